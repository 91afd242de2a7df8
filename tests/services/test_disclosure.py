"""Masked by the declaration, whole for a reason: profile, snapshot, Word."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.identity import mask_id_number, mask_mobile
from app.extensions import db
from app.models import AuditEntry, Expert
from app.policies.roles import EXPERTS, EXPORT_FULL, READ_EXPERTS, REVIEWER, STAFF
from app.services import audit, disclosure, profile_document, roles
from tests.support import cases, people
from tests.support.people import KUNMING, QILIN

REASON = "核对聘书上的身份信息"


def values(parts: object) -> str:
    return repr(parts)


def test_parts_are_masked_unless_asked_for_in_full(app: Flask) -> None:
    expert = people.expert()
    hidden, full = profile_document.parts_of(expert), profile_document.parts_of(expert, full=True)
    for secret, mask in ((expert.id_number, mask_id_number), (expert.mobile, mask_mobile)):
        assert secret not in values(hidden)
        assert mask(secret) in values(hidden)
        assert secret in values(full)
    assert "1975年5月20日" in values(hidden), "the birth date stays: reviewers need the age"


def test_r11_a_snapshot_keeps_what_was_submitted_and_shows_it_masked(app: Flask) -> None:
    expert = people.expert()
    snapshot = cases.pending_case(expert).snapshot
    assert profile_document.snapshot_parts(snapshot, full=True) == profile_document.parts_of(expert, full=True)
    assert profile_document.snapshot_parts(snapshot) == profile_document.parts_of(expert)
    assert expert.id_number not in values(profile_document.snapshot_parts(snapshot))
    assert expert.mobile not in values(profile_document.snapshot_parts(snapshot))


def test_a_snapshot_from_before_the_masks_is_masked_by_label(app: Flask) -> None:
    expert = people.expert()
    snapshot = cases.pending_case(expert).snapshot
    snapshot.content = {name: value for name, value in snapshot.content.items() if name != "masked"}
    assert profile_document.snapshot_parts(snapshot) == profile_document.parts_of(expert)


def test_a_snapshot_whose_field_has_another_name_today_stays_masked(app: Flask) -> None:
    expert = people.expert()
    snapshot = cases.pending_case(expert).snapshot
    renamed = {"title": "个人信息", "entries": [["证件号码", expert.id_number, False], ["护照", "E1234", False]]}
    snapshot.content = {**snapshot.content, "parts": [renamed], "masked": {"证件号码": "id_number", "护照": "passport"}}
    (section,) = profile_document.snapshot_parts(snapshot)
    assert [entry.value for entry in section.entries] == [mask_id_number(expert.id_number), "*****"]  # type: ignore[union-attr]


def test_who_may_reveals_with_a_reason_that_is_kept(app: Flask) -> None:
    expert = people.expert()
    case = cases.pending_case(expert)
    official = people.actor(people.staff(REVIEWER))
    disclosure.reveal_expert(official, expert.id, f" {REASON}\n")
    disclosure.reveal_case(official, case.id, REASON)
    found = list(
        db.session.scalars(select(AuditEntry).where(AuditEntry.action == "查看完整信息").order_by(AuditEntry.id))
    )
    assert [entry.subject for entry in found] == [f"专家#{expert.id}", f"申报#{case.id}"]
    assert audit.detail_of(found[0]) == {"reason": REASON, "fields": ["身份证号", "手机"]}
    assert audit.detail_of(found[1])["expert"] == f"专家#{expert.id}"


@pytest.mark.parametrize("reason", ["", "    ", "看一下", "四个字啊", "长" * 201])
def test_a_reason_that_says_nothing_is_refused(app: Flask, reason: str) -> None:
    expert = people.expert()
    case = cases.pending_case(expert)
    official = people.actor(people.staff(REVIEWER))
    before = len(list(db.session.scalars(select(AuditEntry.id))))
    for use in (lambda: disclosure.reveal_expert(official, expert.id, reason),
                lambda: disclosure.reveal_case(official, case.id, reason)):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            use()
        assert refused.value.field == "reason"
    assert len(list(db.session.scalars(select(AuditEntry.id)))) == before


def test_without_the_permission_or_out_of_scope_nothing_is_revealed(app: Flask) -> None:
    expert = people.expert(QILIN)
    case = cases.pending_case(expert)
    with pytest.raises(NotAllowed):
        disclosure.reveal_expert(people.actor(people.staff(STAFF)), expert.id, REASON)
    with pytest.raises(NotAllowed):
        disclosure.reveal_case(people.actor(people.staff(STAFF)), case.id, REASON)
    elsewhere = people.actor(people.staff(REVIEWER, at=people.department(region=KUNMING)))
    with pytest.raises(NotFound):
        disclosure.reveal_expert(elsewhere, expert.id, REASON)
    with pytest.raises(NotFound):
        disclosure.reveal_case(elsewhere, case.id, REASON)


def exporter() -> object:
    """An official of a role that an administrator has given full exports."""
    role = people.roles(STAFF)[0]
    offered = {words: row for _, group in roles.offered() for row, words in group}
    administrator = people.actor(people.staff("系统管理员"))
    roles.save(administrator, None, "数据管理员", [*(row.id for row in role.permissions), offered["导出完整专家信息"]])
    return people.actor(people.staff("数据管理员", name="周导出"))


def test_the_word_form_is_masked_and_says_so(app: Flask) -> None:
    expert = people.expert()
    data = disclosure.masked_form(people.actor(people.staff(REVIEWER)), expert)
    assert data.note == "证件号码、手机号已脱敏"
    assert expert.id_number not in values(data)
    assert expert.mobile not in values(data)


def test_the_whole_word_form_names_who_took_it_and_when(app: Flask) -> None:
    expert = people.expert()
    number = expert.id_number
    with pytest.raises(NotAllowed):
        disclosure.full_form(people.actor(people.staff(REVIEWER)), expert, REASON)
    who = exporter()
    with pytest.raises(Invalid):
        disclosure.full_form(who, expert, "看")  # type: ignore[arg-type]
    data = disclosure.full_form(who, expert, REASON)  # type: ignore[arg-type]
    assert number in values(data)
    assert data.note.startswith("含完整个人信息，导出人：周导出（云南省应急管理厅危险化学品安全监督管理处），时间：20")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "导出完整信息")).one()
    assert audit.detail_of(entry)["reason"] == REASON


def test_the_permissions_are_on_the_resource_that_administrators_know(app: Flask) -> None:
    assert EXPORT_FULL.resource == EXPERTS == READ_EXPERTS.resource


def test_an_experts_own_form_is_whole(app: Flask) -> None:
    expert = people.expert()
    data = disclosure.own_form(people.actor(expert), expert)
    kept = db.session.get_one(Expert, expert.id)
    assert kept.id_number in values(data)
    assert data.note == ""
