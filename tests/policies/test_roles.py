"""The five roles and what each begins with."""

from __future__ import annotations

from app.policies.roles import (
    ADMINISTRATOR,
    APPLY,
    EXPERT,
    EXPORT_APPLICATIONS,
    EXPORT_AUDIT,
    EXPORT_CERTIFICATES,
    EXPORT_EXPERTS,
    EXPORT_FULL,
    EXPORTS,
    FILE,
    FILER,
    GRANTS,
    IMPORT,
    MENU,
    READ_APPLICATIONS,
    READ_CERTIFICATES,
    READ_EXPERTS,
    RESET_PASSWORD,
    REVEAL,
    REVIEW,
    REVIEWER,
    STAFF,
    UNGIVEN,
    VERBS,
    WORDS,
    Permission,
)

BUSINESS_EXPORTS = {EXPORT_EXPERTS, EXPORT_APPLICATIONS, EXPORT_CERTIFICATES}


def deeds(role: str) -> set[Permission]:
    return {permission for permission in GRANTS[role] if permission.verb != MENU}


def test_the_roles_are_the_five_of_the_manual() -> None:
    assert list(GRANTS) == ["专家用户", "政府用户", "政府用户（审核）", "政府用户（科信）", "系统管理员"]


def test_experts_may_do_their_own_business_and_nothing_else() -> None:
    assert deeds(EXPERT) == {APPLY}


def test_officials_see_and_reset_passwords() -> None:
    assert deeds(STAFF) == {READ_EXPERTS, READ_APPLICATIONS, READ_CERTIFICATES, RESET_PASSWORD}


def test_r3_review_and_r4_filing_are_one_permission_each_beyond_an_official_to_see_whom_it_is_about_and_to_export() -> (
    None
):
    assert deeds(REVIEWER) - deeds(STAFF) == {REVIEW, REVEAL, *BUSINESS_EXPORTS}
    assert deeds(FILER) - deeds(STAFF) == {FILE, REVEAL, *BUSINESS_EXPORTS, IMPORT}
    assert deeds(STAFF) < deeds(REVIEWER)
    assert deeds(STAFF) < deeds(FILER)


def test_r7_administrators_neither_decide_nor_see_experts() -> None:
    business = {
        REVIEW,
        FILE,
        APPLY,
        READ_EXPERTS,
        READ_APPLICATIONS,
        READ_CERTIFICATES,
        RESET_PASSWORD,
        *BUSINESS_EXPORTS,
    }
    assert deeds(ADMINISTRATOR).isdisjoint(business)
    assert deeds(ADMINISTRATOR) & set(EXPORTS) == {EXPORT_AUDIT}
    assert {p.resource for p in deeds(ADMINISTRATOR)} == {
        "账号", "角色", "机构", "部门", "聘用单位", "行业类别", "重点领域", "专业类别",
        "节假日", "短信模板", "聘书样式", "行政区划", "短信记录", "后台任务", "运行状况", "常见问题", "操作日志", "意见反馈", "委托", "权限一览", "专家导入",
    }  # fmt: skip


def test_nobody_is_given_a_permission_twice() -> None:
    for role, permissions in GRANTS.items():
        assert len(set(permissions)) == len(permissions), role


def test_every_verb_has_words_for_the_screen() -> None:
    assert {p.verb for permissions in (*GRANTS.values(), UNGIVEN) for p in permissions} == set(VERBS) | {
        p.verb for p in WORDS
    }


def test_nobody_begins_with_full_exports() -> None:
    assert EXPORT_FULL in UNGIVEN
    assert not any(EXPORT_FULL in permissions for permissions in GRANTS.values())
