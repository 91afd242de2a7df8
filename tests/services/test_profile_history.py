"""资料修改: field by field, old and new, who, when and why, in the transaction of the change; and in the history by time."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from app.domain.errors import Invalid
from app.domain.states import Action
from app.extensions import db
from app.models import AttachmentKind, Expert, ProfileChange
from app.services import (
    accounts,
    applications,
    attachments,
    case_history,
    closing,
    codes,
    corrections,
    dossier,
    profile_history,
    profiles,
)
from tests.support import cases, entry, people
from tests.support.clock import Clock


def save(expert: Expert, lists: dict[str, list[dict[str, Any]]] | None = None, **values: Any) -> None:
    db.session.refresh(expert)
    profiles.save(people.actor(expert), values, lists or {}, version=expert.version, draft=True)


def changes(expert: Expert) -> list[tuple[str, str]]:
    return [(row.action, profile_history.said(row)) for row in profile_history.of(expert.id)]


def test_drafts_before_the_first_application_have_no_history(app: Flask) -> None:
    expert = people.expert()
    save(expert, address="昆明市五华区1号")
    attachments.upload(people.actor(expert), AttachmentKind.PHOTO, people.picture(), "照片.jpg")
    assert changes(expert) == []


def test_a_change_says_old_and_new_of_what_differs_by_whom_and_when(app: Flask, clock: Clock) -> None:
    expert = people.expert(address="昆明市五华区1号", email=None)
    cases.pending_case(expert)
    clock.forward(hours=1)
    save(expert, address="昆明市盘龙区2号", email="duan@example.com", major=expert.major)
    (row,) = profile_history.of(expert.id)
    assert (row.actor_name, row.actor_place, row.at, row.reason) == ("张三", "专家本人", clock.now(), "")
    assert changes(expert) == [
        ("修改资料", "邮箱：（空） → duan@example.com\n通信地址：昆明市五华区1号 → 昆明市盘龙区2号")
    ]
    save(expert, address="昆明市盘龙区2号")
    assert len(changes(expert)) == 1


def test_of_a_list_it_says_which_rows_went_and_came(app: Flask) -> None:
    expert = people.expert()
    cases.pending_case(expert)
    first, second, third = ({"school": name, "began_on": date(1993, 9, 1)} for name in ("甲校", "乙校", "丙校"))
    save(expert, {"education": [first, second]})
    save(expert, {"education": [first, third]})
    assert changes(expert)[1] == ("修改资料", "教育经历：删去“1993年9月1日，乙校”；增加“1993年9月1日，丙校”")


def test_what_is_saved_in_vain_has_no_history(app: Flask) -> None:
    expert = people.expert()
    cases.pending_case(expert)
    with pytest.raises(Invalid):
        profiles.save(people.actor(expert), {"address": None}, {}, version=expert.version, draft=False)
    assert changes(expert) == []


def test_a_change_for_a_returned_case_says_so(app: Flask) -> None:
    case = cases.pending_case()
    corrections.give_back(case.id, people.actor(cases.reviewer_of(case)), "请写明门牌号。", {"address": ""})
    save(case.expert, address="昆明市五华区3号")
    assert changes(case.expert)[0][1].endswith("\n理由：按退回补正的要求")


def test_another_mobile_is_masked_even_where_both_look_alike(app: Flask) -> None:
    expert = people.expert(mobile="13911110000")
    cases.pending_case(expert)
    codes.send("13922220000", codes.CHANGE_MOBILE)
    code_id = codes.check("13922220000", codes.CHANGE_MOBILE, entry.last_code("13922220000"))
    accounts.change_mobile(people.actor(expert), "13922220000", code_id)
    assert changes(expert) == [("更换手机号", "手机：139****0000 → 139****0000")]


def test_files_that_come_and_go_and_a_reset_by_staff_are_there(app: Flask) -> None:
    expert = people.expert()
    cases.pending_case(expert)
    file = next(file for file in expert.attachments if file.kind is AttachmentKind.CONSENT)
    attachments.remove(people.actor(expert), file.id)
    attachments.upload(people.actor(expert), AttachmentKind.PHOTO, people.picture(301), "新照片.jpg")
    accounts.reset_password(expert.id, people.actor(people.staff(name="李科员")), "Lingyige-2026-mima")
    label = AttachmentKind.CONSENT.label
    assert changes(expert) == [
        ("删除附件", f"{label}：单位同意.pdf → （空）"),
        ("上传附件", "照片：照片.jpg → 新照片.jpg"),
        ("重置密码", ""),
    ]
    assert profile_history.of(expert.id)[-1].actor_place == "云南省应急管理厅危险化学品安全监督管理处"


def test_staff_who_are_experts_too_find_changes_of_their_account(app: Flask) -> None:
    account, plain = people.staff("政府用户", "专家用户"), people.staff()
    expert = people.expert(user=account)
    administrator = people.actor(people.staff("系统管理员"))
    change = [{"field": "启用", "before": "是", "after": "否"}]
    for person in (account, plain):
        profile_history.note_account(administrator, person.id, "修改账号", change)
    db.session.commit()
    assert changes(expert) == [("修改账号", "启用：是 → 否")]


def test_the_history_merges_steps_and_changes_by_time(app: Flask, clock: Clock) -> None:
    expert = people.expert()
    case = cases.pending_case(expert)
    clock.forward(minutes=1)
    save(expert, address="昆明市五华区3号")
    clock.forward(minutes=1)
    cases.approved_case(case)
    found = case_history.entries(dossier.of(expert))
    assert [(entry.action, entry.about and entry.about.id) for entry in found] == [
        (Action.APPROVE.label, case.id), ("修改资料", None), (Action.SUBMIT.label, case.id),
    ]  # fmt: skip
    official = people.actor(people.staff())
    rows = case_history.exported(official, expert).parts[1].rows
    assert [row[3] for row in rows] == [Action.SUBMIT.label, "修改资料", Action.APPROVE.label]
    assert "昆明市五华区3号" in rows[1][-1]


@pytest.mark.parametrize("statement", ["DELETE FROM profile_change", "UPDATE profile_change SET actor_name = '别人'"])
def test_the_database_keeps_it(app: Flask, statement: str) -> None:
    expert = people.expert()
    cases.pending_case(expert)
    save(expert, address="昆明市五华区3号")
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.connection().exec_driver_sql(statement)
    db.session.rollback()
    assert len(changes(expert)) == 1


def test_erasure_empties_what_it_says_and_keeps_that_it_was(app: Flask, clock: Clock) -> None:
    expert = people.expert(address="昆明市五华区1号")
    case = cases.pending_case(expert)
    save(expert, address="昆明市五华区3号")
    applications.withdraw(people.actor(expert), case.id)
    closing.close(people.actor(expert), people.PASSWORD)
    clock.forward(days=31)
    closing.erase_due()
    assert [row.changes for row in db.session.scalars(select(ProfileChange))] == [[]]
