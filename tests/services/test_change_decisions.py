"""变更申请, deciding: who may, field by field, written at once, and nothing that was filed moves (R2, R3, R6, R10, R20)."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.states import ChangeState
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import AttachmentKind, AuditEntry, ChangeRequest, SmsMessage
from app.policies.roles import FILER, REVIEWER, STAFF
from app.services import (
    audit,
    certificates,
    change_decisions,
    change_requests,
    filings,
    profile_values,
    profiles,
    reviews,
)
from app.services.change_decisions import Verdict
from tests.support import cases, changes, people
from tests.support.changes import ACCEPTED, NEW_ADDRESS
from tests.support.clock import Clock
from tests.support.races import at_once

NO = Verdict(False, "证明材料与申请不符。")


def untouched(request: ChangeRequest) -> bool:
    """Whether nothing came of it."""
    db.session.expire_all()
    return (
        request.state is ChangeState.OPEN
        and request.expert.address != NEW_ADDRESS
        and all(item.accepted is None and item.found is None for item in request.items)
        and db.session.scalars(select(AuditEntry).where(AuditEntry.action == "处理变更申请")).all() == []
        and db.session.scalars(select(SmsMessage).where(SmsMessage.purpose == "变更申请处理")).all() == []
    )


def test_r10_what_is_accepted_is_written_and_what_is_declined_is_not(app: Flask) -> None:
    request = changes.open_request(values={"address": NEW_ADDRESS, "duty": "总工程师"})
    old = request.items[0].old
    changes.decided(request, duty=NO)
    db.session.expire_all()
    expert = request.expert
    assert (expert.address, expert.duty) == (NEW_ADDRESS, None)
    assert {item.field: (item.accepted, item.found, item.refusal) for item in request.items} == {
        "address": (True, old, ""),
        "duty": (False, "", NO.reason),
    }
    assert (request.state, request.ended_by, request.ended_place) == (
        ChangeState.DECIDED, "李科员", "云南省应急管理厅危险化学品安全监督管理处",
    )  # fmt: skip
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "处理变更申请")).one()
    assert entry.subject == f"变更申请#{request.id}"
    assert audit.detail_of(entry) == {
        "changes": [{"field": "通信地址", "before": old, "after": NEW_ADDRESS}],
        "declined": f"职务（{NO.reason}）",
    }
    message = db.session.scalars(select(SmsMessage).where(SmsMessage.purpose == "变更申请处理")).one()
    assert message.mobile == expert.mobile
    assert "资料变更申请已处理" in message.text


def test_r10_every_kind_of_value_comes_through(app: Flask) -> None:
    values = {
        "name": "张叁",
        "region": people.QILIN,
        "practice_years": 30,
        "titled_on": date(2020, 1, 2),
        "degree": None,
    }
    lists = {"education": [{"began_on": date(1990, 9, 1), "school": "云南大学"}]}
    expert = cases.filed_certificate().expert
    former = profiles.photo_of(expert.id)
    request = changes.open_request(expert, values, lists=lists, photo=changes.portrait())
    changes.decided(request)
    db.session.expire_all()
    assert (expert.name, expert.user.name, expert.region_code) == ("张叁", "张叁", people.QILIN)
    assert (expert.practice_years, expert.titled_on, expert.degree) == (30, date(2020, 1, 2), None)
    (row,) = profile_values.listed_rows(expert.id)["education"]
    assert (row.began_on, row.school, row.ended_on) == (date(1990, 9, 1), "云南大学", None)
    photo = profiles.photo_of(expert.id)
    assert photo is not None
    assert former is not None
    assert (photo.kind, photo.id != former.id, former.removed_at is not None) == (AttachmentKind.PHOTO, True, True)


def test_r20_certificate_and_snapshot_stay_as_they_are(app: Flask) -> None:
    certificate = cases.filed_certificate()
    texts = (certificate.name, certificate.title, certificate.body, certificate.number, certificate.digest)
    pdf, content = certificates.pdf(certificate), certificate.application.snapshot.content
    changes.decided(changes.open_request(certificate.expert, {"name": "张叁", "address": NEW_ADDRESS}))
    db.session.expire_all()
    assert certificate.expert.name == "张叁"
    assert (certificate.name, certificate.title, certificate.body, certificate.number, certificate.digest) == texts
    assert certificates.pdf(certificate) == pdf
    assert certificate.application.snapshot.content == content


def test_each_field_needs_a_decision_and_a_declined_one_a_reason(app: Flask) -> None:
    request = changes.open_request(values={"address": NEW_ADDRESS, "duty": "总工程师"})
    head = people.actor(people.staff(REVIEWER))
    for verdict, words in (
        (None, "请选择"),
        (Verdict(False, " \n"), "请填写理由"),
        (Verdict(False, "长" * 501), "不能超过"),
    ):
        given = {"address": ACCEPTED} | ({"duty": verdict} if verdict else {})
        with pytest.raises(Invalid, match=words) as refusal:
            change_decisions.decide(request.id, head, given)
        assert refusal.value.field == "duty"
        assert untouched(request)


def test_r2_r3_only_a_reviewer_of_that_department_decides(app: Flask) -> None:
    request = changes.open_request()
    for person in (
        people.staff(STAFF),
        people.staff(FILER),
        people.staff(REVIEWER, at=people.department(people.MINES)),
    ):
        with pytest.raises(NotAllowed):
            change_decisions.decide(request.id, people.actor(person), {"address": ACCEPTED})
        assert untouched(request)


def test_r1_out_of_scope_it_is_not_there(app: Flask) -> None:
    request = changes.open_request()
    stranger = people.staff(REVIEWER, at=people.department(region=people.QUJING))
    for request_id in (request.id, 10**6):
        with pytest.raises(NotFound, match="没有找到该记录"):
            change_decisions.decide(request_id, people.actor(stranger), {"address": ACCEPTED})
    with pytest.raises(NotFound):
        change_decisions.decide(request.id, people.actor(request.expert), {"address": ACCEPTED})


def test_r6_nobody_decides_on_their_own_by_login_or_by_id_number(app: Flask) -> None:
    request = changes.open_request()
    twin = people.staff(REVIEWER, id_number=request.expert.id_number)
    nameless = people.staff(REVIEWER, id_number=None)
    for person in (twin, nameless):
        with pytest.raises(NotAllowed):
            change_decisions.decide(request.id, people.actor(person), {"address": ACCEPTED})
        assert untouched(request)


def test_two_who_decide_at_once_have_one_outcome(app: Flask) -> None:
    request = changes.open_request()
    heads = [people.actor(people.staff(REVIEWER, name=name)) for name in ("王处长", "李处长")]
    verdicts = ({"address": ACCEPTED}, {"address": NO})
    deeds = [
        partial(change_decisions.decide, request.id, head, verdict, request.version)
        for head, verdict in zip(heads, verdicts, strict=True)
    ]
    outcomes = at_once(app, deeds)
    assert sum(isinstance(one, Conflict) for one in outcomes) == 1
    db.session.expire_all()
    won = next(number for number, one in enumerate(outcomes) if not isinstance(one, Exception))
    assert request.ended_by == heads[won].name
    assert request.items[0].accepted is verdicts[won]["address"].accepted
    assert (request.expert.address == NEW_ADDRESS) is verdicts[won]["address"].accepted
    assert len(db.session.scalars(select(SmsMessage).where(SmsMessage.purpose == "变更申请处理")).all()) == 1


def test_taking_back_and_deciding_at_once_have_one_outcome(app: Flask) -> None:
    request = changes.open_request()
    head, owner = people.actor(people.staff(REVIEWER)), people.actor(request.expert)
    outcomes = at_once(
        app,
        [
            partial(change_decisions.decide, request.id, head, {"address": ACCEPTED}),
            partial(change_requests.take_back, owner, request.id),
        ],
    )
    assert sum(isinstance(one, Conflict) for one in outcomes) == 1
    db.session.expire_all()
    assert (request.expert.address == NEW_ADDRESS) == (request.state is ChangeState.DECIDED)


def test_a_stale_form_hears_what_happened(app: Flask) -> None:
    request = changes.open_request()
    seen = request.version
    changes.decided(request)
    with pytest.raises(
        Conflict, match="已被他人处理：云南省应急管理厅危险化学品安全监督管理处 李科员，当前状态为“已处理”"
    ):
        change_decisions.decide(request.id, people.actor(people.staff(REVIEWER)), {"address": NO}, seen)


def test_a_profile_that_changed_since_is_shown_and_looked_at_again(app: Flask) -> None:
    """Sent back from filing, edited, approved once more: the request is older than the profile."""
    case = cases.approved_case()
    expert, head = case.expert, people.actor(people.staff(REVIEWER))
    request = changes.open_request(expert)
    seen = expert.version
    filings.send_back(case.id, people.actor(cases.filer_of(case)), "聘用单位有误。")
    profiles.save(people.actor(expert), {"address": "别处"}, {}, version=seen, draft=True)
    reviews.approve(case.id, head, cases.a_decision(case))
    db.session.expire_all()
    assert (change_decisions.present(request)["address"], request.items[0].old) != ("别处", "别处")
    with pytest.raises(Conflict, match="有变化"):
        change_decisions.decide(request.id, head, {"address": ACCEPTED}, None, seen)
    assert request.expert.address == "别处"
    change_decisions.decide(request.id, head, {"address": ACCEPTED}, None, expert.version)
    db.session.expire_all()
    assert (request.items[0].found, expert.address) == ("别处", NEW_ADDRESS)


def test_r10_a_department_whose_certificate_has_ended_decides_no_more(app: Flask, clock: Clock) -> None:
    certificate = cases.filed_certificate()
    request = changes.open_request(certificate.expert)
    cases.end_on(certificate, today_in_shanghai())
    clock.on(date(2099, 1, 1))
    with pytest.raises(Conflict, match="聘任已经结束"):
        change_decisions.decide(request.id, people.actor(people.staff(REVIEWER)), {"address": ACCEPTED})
    assert untouched(request)


def test_a_speciality_that_was_retired_meanwhile_cannot_be_accepted(app: Flask) -> None:
    chosen = people.speciality("防雷工程")
    request = changes.open_request(values={"specialities": [chosen.id]})
    chosen.retired = True
    db.session.commit()
    try:
        with pytest.raises(Invalid, match="已停用") as refusal:
            change_decisions.decide(request.id, people.actor(people.staff(REVIEWER)), {"specialities": ACCEPTED})
        assert refusal.value.field == "specialities"
        assert untouched(request)
    finally:
        chosen.retired = False
        db.session.commit()
