"""待审核: the department's decision (R1, R2, R3, R6, R13, R14)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.sms import FakeSms
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.states import ApplicationStatus
from app.domain.term import Term
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, AppointingBody, SmsMessage
from app.policies.roles import ADMINISTRATOR, EXPERT, FILER, REVIEWER, STAFF
from app.services import filings, messages, reviews
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, MINES, QUJING, SCIENCE


def approve(case: Application, **choices: object) -> None:
    decision = replace(cases.a_decision(case), **choices)  # type: ignore[arg-type]
    reviews.approve(case.id, people.actor(cases.reviewer_of(case)), decision)


def test_r13_an_approval_keeps_field_validity_and_body(app: Flask) -> None:
    case = cases.pending_case()
    body = cases.bodies_of(case.organization)[1]
    chosen, term = people.speciality("安全工程"), Term(start=date(2026, 1, 1), end=date(2028, 12, 31))
    approve(case, speciality_id=chosen.id, appointing_body_id=body.id, title=" 省化工-安全专家 ", term=term)
    db.session.refresh(case)
    assert case.status is ApplicationStatus.PENDING_FILING
    assert (case.speciality_id, case.appointing_body_id, case.title) == (chosen.id, body.id, "省化工-安全")
    assert filings.term_of(case) == term


@pytest.mark.parametrize("term", [Term(), Term(years=3), Term(start=date(2030, 1, 1), years=1)])
def test_r13_the_term_is_kept_as_it_was_given(app: Flask, term: Term) -> None:
    case = cases.pending_case()
    approve(case, term=term)
    assert filings.term_of(case) == term


def test_r13_an_end_before_today_is_refused_at_review(app: Flask) -> None:
    """The start is the day of filing by default, and that is never before today."""
    case = cases.pending_case()
    today = today_in_shanghai()
    with pytest.raises(Invalid) as refused:
        approve(case, term=Term(end=today - timedelta(days=1)))
    assert refused.value.field == "ends_on"
    assert "退回" not in refused.value.message
    db.session.refresh(case)
    assert case.status is ApplicationStatus.PENDING_REVIEW
    approve(case, term=Term(end=today))


def test_r13_an_end_that_passed_before_the_filing_is_refused_at_filing(app: Flask, clock: Clock) -> None:
    case = cases.pending_case()
    clock.on(date(2026, 12, 31))
    approve(case, term=Term(end=date(2026, 12, 31)))
    clock.on(date(2027, 1, 1), 0, 0, 0)
    with pytest.raises(Invalid, match="退回审核部门"):
        cases.filed_certificate(case)
    db.session.refresh(case)
    assert case.status is ApplicationStatus.PENDING_FILING


def test_r14_each_organization_has_its_three_bodies(app: Flask) -> None:
    kinds: dict[int, set[int]] = {}
    for organization_id, kind in db.session.execute(select(AppointingBody.organization_id, AppointingBody.kind)):
        kinds.setdefault(organization_id, set()).add(kind)
    assert Counter(frozenset(found) for found in kinds.values()) == {frozenset({1, 2, 3}): 146}


def test_r14_the_bodies_offered_are_those_of_the_organization_applied_to(app: Flask) -> None:
    province, kunming = cases.pending_case(), cases.pending_case(at=people.department(CHEMICALS, KUNMING))
    assert [body.name for body in reviews.bodies(province)] == [
        "云南省应急管理厅", "云南省安全生产委员会办公室", "云南省自然灾害应急管理委员会办公室",
    ]  # fmt: skip
    assert [body.name for body in reviews.bodies(kunming)] == [
        "昆明市应急管理局", "昆明市安全生产委员会办公室", "昆明市自然灾害应急管理委员会办公室",
    ]  # fmt: skip


def test_r14_another_organizations_body_and_a_retired_one_are_refused(app: Flask) -> None:
    case = cases.pending_case()
    foreign = cases.bodies_of(people.organization(KUNMING))[0]
    retired = cases.bodies_of(case.organization)[2]
    retired.retired = True
    db.session.commit()
    words = {foreign.id: "不是本机构的聘用单位", retired.id: "已停用", 0: "请选择聘用单位", 10**8: "请选择聘用单位"}
    for body_id, said in words.items():
        with pytest.raises(Invalid, match=said) as refused:
            approve(case, appointing_body_id=body_id)
        assert refused.value.field == "appointing_body"
    assert retired.id not in {body.id for body in reviews.bodies(case)}
    db.session.refresh(case)
    assert case.status is ApplicationStatus.PENDING_REVIEW


def test_r13_a_retired_or_unknown_field_is_refused(app: Flask) -> None:
    case = cases.pending_case()
    retired = people.speciality()
    retired.retired = True
    db.session.commit()
    for speciality_id, words in ((retired.id, "已停用"), (10**8, "请选择行业领域")):
        with pytest.raises(Invalid, match=words) as refused:
            approve(case, speciality_id=speciality_id)
        assert refused.value.field == "speciality"


def test_r17_the_title_proposed_is_level_industry_and_speciality(app: Flask) -> None:
    province, kunming = cases.pending_case(), cases.pending_case(at=people.department(CHEMICALS, KUNMING))
    chosen = people.speciality()
    assert chosen.field.industry.short_name == "化工"
    assert reviews.title_for(province, chosen) == "省化工-防火防爆"
    assert reviews.title_for(kunming, chosen) == "市化工-防火防爆"
    assert reviews.claimed_specialities(province.expert) == [chosen]


def test_r2_r3_officials_who_see_a_case_cannot_decide_it(app: Flask) -> None:
    case = cases.pending_case()
    decision = cases.a_decision(case)
    seeing = [
        people.staff(REVIEWER, at=people.department(MINES)),
        people.staff(STAFF, at=case.department),
        people.staff(FILER, at=people.department(SCIENCE)),
        people.staff(STAFF, ADMINISTRATOR, at=case.department),
    ]
    for official in seeing:
        who = people.actor(official)
        assert reviews.case(case.id, who).id == case.id
        with pytest.raises(NotAllowed):
            reviews.approve(case.id, who, decision)
        with pytest.raises(NotAllowed):
            reviews.reject(case.id, who, "材料不全。")
    assert len(cases.history(case)) == 1


def test_r1_a_case_of_another_region_is_not_there(app: Flask) -> None:
    case = cases.pending_case()
    elsewhere = people.actor(people.staff(REVIEWER, at=people.department(CHEMICALS, QUJING)))
    with pytest.raises(NotFound):
        reviews.case(case.id, elsewhere)
    with pytest.raises(NotFound):
        reviews.approve(case.id, elsewhere, cases.a_decision(case))
    with pytest.raises(NotFound):
        reviews.case(case.id, people.actor(case.expert))


def test_r6_a_head_does_not_decide_the_own_case(app: Flask) -> None:
    head = people.staff(REVIEWER, EXPERT)
    case = cases.pending_case(people.expert(user=head, id_number=head.id_number))
    for decide in (
        lambda: reviews.approve(case.id, people.actor(head), cases.a_decision(case)),
        lambda: reviews.reject(case.id, people.actor(head), "理由"),
    ):
        with pytest.raises(NotAllowed, match="本人"):
            decide()


def test_a_rejection_tells_the_expert_to_look_and_keeps_the_reason_out_of_the_message(app: Flask, sms: FakeSms) -> None:
    case = cases.pending_case()
    reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "职称证书不清晰。")
    messages.deliver()
    sent = sms.last_to(case.expert.mobile)
    assert sent.text == (
        "【应急管理专家库】张三同志，您向云南省应急管理厅危险化学品安全监督管理处的申报未通过审核，"
        "请登录系统查看理由，修改后可重新申报。"
    )


def test_an_approval_tells_the_expert_that_filing_comes_next(app: Flask) -> None:
    cases.approved_case()
    assert "已通过审核，等待备案。" in db.session.scalars(select(SmsMessage.text)).one()


def test_an_approved_case_is_not_approved_again(app: Flask) -> None:
    case = cases.approved_case()
    with pytest.raises(Conflict, match="待备案"):
        approve(case)


@pytest.mark.parametrize(
    ("born", "level", "expected"),
    [
        (date(1961, 11, 24), "正高级", []),
        (date(1960, 11, 25), "副高级", []),
        (date(1960, 11, 24), "正高级", ["年龄66岁，超过65岁。"]),
        (date(1975, 1, 1), "中级", ["职称为“中级”，低于副高级。"]),
        (date(1950, 1, 1), None, ["年龄76岁，超过65岁。", "职称为“未填”，低于副高级。"]),
    ],
)
def test_hints_warn_of_age_and_title(
    app: Flask, clock: Clock, born: date, level: str | None, expected: list[str]
) -> None:
    clock.on(date(2026, 11, 24))
    assert reviews.hints(people.expert(birth_date=born, title_level=level)) == expected
