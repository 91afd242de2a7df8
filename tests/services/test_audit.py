"""操作日志: one row for each act, with who, where, what, and what was before and after."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed
from app.extensions import db
from app.models import AttachmentKind, AuditEntry, Expert
from app.policies.roles import FILER, REVIEWER
from app.services import (
    accounts,
    applications,
    attachments,
    audit,
    certificates,
    codes,
    disclosure,
    filings,
    profiles,
    registration,
    reviews,
)
from tests.support import cases, people
from tests.support.people import PASSWORD


def entries(*actions: str) -> list[AuditEntry]:
    """The rows, of these actions or of all, the oldest first."""
    db.session.rollback()
    found = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [entry for entry in found if not actions or entry.action in actions]


def detail(action: str) -> dict[str, Any]:
    (entry,) = entries(action)
    return audit.detail_of(entry)


def test_an_entry_says_who_with_which_roles_where_and_from_which_address(app: Flask) -> None:
    official = people.staff(REVIEWER, FILER, name="王处长")
    audit.client_address.set("203.0.113.9")
    audit.audit_apart(people.actor(official), "试", "专家#1")
    audit.client_address.set(None)
    (entry,) = entries()
    assert (entry.actor_id, entry.actor_name, entry.address) == (official.id, "王处长", "203.0.113.9")
    assert entry.role == "政府用户（审核）、政府用户（科信）"
    assert entry.place == "云南省应急管理厅危险化学品安全监督管理处"


def test_each_decision_has_a_row_in_its_own_transaction(app: Flask) -> None:
    case = cases.pending_case()
    reviewer, filer = people.actor(cases.reviewer_of(case)), people.actor(cases.filer_of(case))
    reviews.approve(case.id, reviewer, cases.a_decision(case))
    filings.send_back(case.id, filer, "聘任名称有误")
    reviews.approve(case.id, reviewer, cases.a_decision(case))
    certificate = filings.file(case.id, filer)
    certificates.terminate(certificate.id, reviewer, "本人申请")
    assert [(e.action, e.subject) for e in entries()] == [
        ("申报", f"申报#{case.id}"), ("审核通过", f"申报#{case.id}"), ("备案退回", f"申报#{case.id}"),
        ("审核通过", f"申报#{case.id}"), ("备案", f"申报#{case.id}"), ("提前终止", f"聘书#{certificate.id}"),
    ]  # fmt: skip
    assert detail("备案退回") == {
        "changes": [{"field": "状态", "before": "待备案", "after": "待审核"}], "reason": "聘任名称有误",
    }  # fmt: skip
    assert detail("提前终止")["changes"] == [{"field": "状态", "before": "有效", "after": "已终止"}]
    other = cases.pending_case()
    reviews.reject(other.id, people.actor(cases.reviewer_of(other)), "材料不全")
    assert detail("驳回")["reason"] == "材料不全"
    applications.withdraw(people.actor((third := cases.pending_case()).expert), third.id)
    assert len(entries("撤回")) == 1


def test_what_did_not_happen_has_no_row(app: Flask) -> None:
    case = cases.pending_case()
    before = len(entries())
    with pytest.raises(NotAllowed):
        reviews.reject(case.id, people.actor(people.staff()), "不行")
    reviewer = people.actor(cases.reviewer_of(case))
    with pytest.raises(Conflict):
        reviews.reject(case.id, reviewer, "不行", version=99)
    assert len(entries()) == before


def test_a_changed_profile_says_before_and_after(app: Flask) -> None:
    expert = people.expert(address="旧地址1号")
    who = people.actor(expert)
    school = {"education": [{"school": "昆明理工大学", "began_on": people.date(1994, 9, 1)}]}
    profiles.save(who, {"address": "新地址2号"}, school, version=expert.version, draft=True)
    assert detail("修改资料")["changes"] == [
        {"field": "通信地址", "before": "旧地址1号", "after": "新地址2号"},
        {"field": "教育经历", "before": "", "after": "1994年9月1日，昆明理工大学"},
    ]
    db.session.refresh(expert)
    profiles.save(who, {"address": "新地址2号"}, school, version=expert.version, draft=True)
    assert len(entries("修改资料")) == 1, "nothing changed"


def test_masked_fields_stand_masked_before_and_after(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    expert = people.expert(mobile="13800001111")
    monkeypatch.setattr(codes, "use", lambda code_id: None)
    accounts.change_mobile(people.actor(expert), "13900002222", 1)
    assert detail("更换手机号")["changes"] == [{"field": "手机", "before": "138****1111", "after": "139****2222"}]


def test_log_in_and_out_and_registration_have_rows(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    official, expert = people.staff(), people.expert()
    accounts.note_login(official.id)
    accounts.note_login(expert.user_id)
    audit.logged_out(official.id)
    accounts.change_password(official.id, PASSWORD, "another-fine-horse-7")
    assert [(e.actor_id, e.action, e.subject) for e in entries()] == [
        (official.id, "登录", f"账号#{official.id}"), (expert.user_id, "登录", f"账号#{expert.user_id}"),
        (official.id, "退出", f"账号#{official.id}"), (official.id, "修改密码", f"账号#{official.id}"),
    ]  # fmt: skip
    assert entries()[1].place == "专家本人"
    monkeypatch.setattr(codes, "check", lambda *args: 1)
    monkeypatch.setattr(codes, "use", lambda code_id: None)
    number = people.new_id_number()
    registration.register(registration.Registration("李四", number, people.new_mobile(), "1", PASSWORD))
    opened = db.session.scalars(select(Expert.user_id).where(Expert.id_number == number)).one()
    assert [e.subject for e in entries("注册")] == [f"账号#{opened}"]


def test_files_taken_up_opened_and_taken_away_have_rows_and_a_photo_on_its_page_none(app: Flask) -> None:
    expert = people.expert()
    who, official = people.actor(expert), people.actor(people.staff())
    for file in list(expert.attachments):
        attachments.read(official, file.id)
    consent = next(file for file in expert.attachments if file.kind is AttachmentKind.CONSENT)
    attachments.upload(who, AttachmentKind.PHOTO, people.picture(360, 480), "新照片.jpg")
    attachments.remove(who, consent.id)
    assert [(e.action, e.subject) for e in entries("打开附件", "删除附件")] == [
        ("打开附件", f"附件#{consent.id}"), ("删除附件", f"附件#{consent.id}"),
    ]  # fmt: skip
    assert detail("上传附件") == {"kind": "照片"}


def test_a_word_file_has_a_row_whoever_takes_it(app: Flask) -> None:
    expert = people.expert()
    disclosure.own_form(people.actor(expert), expert)
    disclosure.masked_form(people.actor(people.staff()), expert)
    assert [(e.action, e.subject) for e in entries()] == [
        ("导出本人资料", f"专家#{expert.id}"), ("导出专家信息", f"专家#{expert.id}"),
    ]  # fmt: skip


def test_no_row_holds_an_id_number_a_mobile_or_a_password(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    expert = people.expert()
    number, old_mobile, new_mobile = expert.id_number, expert.mobile, people.new_mobile()
    accounts.note_login(expert.user_id)
    case = cases.pending_case(expert)
    monkeypatch.setattr(codes, "use", lambda code_id: None)
    accounts.change_mobile(people.actor(expert), new_mobile, 1)
    for typed in (number, old_mobile, "my-secret-password", new_mobile):
        with pytest.raises(DomainError):
            accounts.authenticate(typed, "wrong-password-typed")
    with pytest.raises(Invalid):
        accounts.authenticate_by_code(new_mobile, "000000")
    reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "材料不全")
    rows = entries()
    written = json.dumps([[e.subject, e.action, e.actor_name, e.detail] for e in rows], ensure_ascii=False)
    for secret in (number, old_mobile, new_mobile, "my-secret-password", "wrong-password-typed"):
        assert secret not in written
    assert [e.subject for e in rows if e.action.startswith("登录失败")] == [
        f"账号#{expert.user_id}", "没有账号的手机号", "没有账号的用户名", f"账号#{expert.user_id}", f"账号#{expert.user_id}",
    ]  # fmt: skip
