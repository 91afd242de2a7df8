"""续聘: from when and until when, with what, once at a time; and what the reviewer finds filled in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.states import ApplicationStatus
from app.domain.term import Term
from app.extensions import db
from app.models import Application, Certificate
from app.services import applications, certificates, filings, profiles, renewals, reviews
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.races import Meeting, at_once

FILED, LAST = date(2020, 10, 15), date(2030, 10, 14)
OPENS = LAST - timedelta(days=90)


def certificate_until_2030(clock: Clock, term: Term | None = None) -> Certificate:
    clock.on(FILED)
    case = cases.pending_case()
    return cases.filed_certificate(cases.approved_case(case, cases.a_decision(case, term=term)))


def filed_again(case: Application, term: Term) -> Certificate:
    return cases.filed_certificate(cases.approved_case(case, cases.a_decision(case, term=term)))


def renew(certificate: Certificate) -> Application:
    return renewals.renew(people.actor(certificate.expert), certificate.id)


def refusal(certificate: Certificate) -> str:
    return renewals.refusals([certificate])[certificate.id]


def test_it_opens_on_the_ninetieth_day_before_the_end_and_not_before(app: Flask, clock: Clock) -> None:
    certificate = certificate_until_2030(clock)
    clock.on(OPENS - timedelta(days=1), 23, 59, 59)
    assert refusal(certificate) == f"聘书 {certificate.number} 从2030年7月16日起可以申请续聘。"
    with pytest.raises(Conflict, match="从2030年7月16日起"):
        renew(certificate)
    assert db.session.scalar(select(func.count()).select_from(Application)) == 1
    clock.forward(seconds=1)  # midnight in Shanghai
    assert refusal(certificate) == ""
    with pytest.raises(Conflict, match="已有有效聘书"):  # the exception is the renewal's alone
        applications.submit(people.actor(certificate.expert), [certificate.department_id])
    case = renew(certificate)
    assert (case.status, case.renews, case.kind) == (ApplicationStatus.PENDING_REVIEW, certificate, "续聘")
    assert case.department_id == certificate.department_id
    assert case.snapshot.content["name"] == certificate.name
    assert cases.history(case)[0].reason == (
        f"续聘，原聘书 {certificate.number}，有效期限 2020年10月15日 至 2030年10月14日"
    )


@pytest.mark.parametrize("day", [LAST, LAST + timedelta(days=1), LAST + timedelta(days=400)])
def test_on_the_last_day_and_after_it_may_still_be_renewed(app: Flask, clock: Clock, day: date) -> None:
    certificate = certificate_until_2030(clock)
    clock.on(day)
    assert renew(certificate).renews_id == certificate.id


def test_the_profile_is_shut_through_the_renewal_and_renewed_as_it_stands(app: Flask, clock: Clock) -> None:
    certificate = certificate_until_2030(clock)
    clock.on(LAST)
    assert profiles.is_locked(certificate.expert_id)
    certificate.expert.strengths = ""
    db.session.commit()
    with pytest.raises(Invalid, match="请先填写：专业特长。"):
        renew(certificate)
    certificate.expert.strengths = "防爆"
    db.session.commit()
    assert renew(certificate).status is ApplicationStatus.PENDING_REVIEW


def test_only_ones_own_certificate_is_renewed(app: Flask, clock: Clock) -> None:
    certificate = certificate_until_2030(clock)
    clock.on(LAST)
    stranger = people.actor(people.expert(name="李四"))
    for number in (certificate.id, 0):
        with pytest.raises(NotFound):
            renewals.renew(stranger, number)


def test_never_a_second_open_renewal_and_again_after_a_refusal(app: Flask, clock: Clock) -> None:
    certificate = certificate_until_2030(clock)
    clock.on(OPENS)
    case = renew(certificate)
    for _again in (renew, lambda _: cases.approved_case(case) and renew(certificate)):
        with pytest.raises(Conflict, match="该部门已有您的申报"):
            _again(certificate)
    filings.send_back(case.id, people.actor(cases.filer_of(case)), "聘用单位有误。")
    reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "材料不全。")
    second = renew(certificate)
    applications.withdraw(people.actor(certificate.expert), second.id)
    assert renew(certificate).id > second.id


def test_two_at_once_open_one(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certificate_until_2030(clock)
    clock.on(OPENS)
    actor, number = people.actor(certificate.expert), certificate.id
    monkeypatch.setattr(applications, "applicant", Meeting().before(applications.applicant))
    came = at_once(app, [lambda: renewals.renew(actor, number).id] * 2)
    assert sum(isinstance(result, Conflict) for result in came) == 1
    assert db.session.scalar(select(func.count()).where(Application.renews_id == number)) == 1


def test_a_renewed_one_keeps_its_end_and_the_new_one_is_like_any_other(app: Flask, clock: Clock) -> None:
    old = certificate_until_2030(clock)
    clock.on(OPENS)
    new = filed_again(renew(old), Term(start=LAST + timedelta(days=1), years=10))
    assert (new.number, new.valid_from, new.valid_to) == ("YNS20300716001", date(2030, 10, 15), date(2040, 10, 14))
    assert (old.valid_to, old.status_now) == (LAST, "有效")
    assert refusal(old) == f"聘书 {old.number} 之后已有新的聘书，不需要续聘。"
    assert profiles.approving_departments(old.expert_id) == {old.department_id}
    clock.on(LAST + timedelta(days=1))
    assert (old.status_now, new.status_now) == ("已失效", "有效")
    assert profiles.is_locked(old.expert_id)
    with pytest.raises(Conflict, match="之后已有新的聘书"):
        renew(old)
    certificates.terminate(new.id, people.actor(cases.reviewer_of(new.application)), "聘错了。")
    assert not profiles.is_locked(old.expert_id)
    assert renew(old).renews_id == old.id


def test_what_is_ended_early_or_never_ends_is_not_renewed(app: Flask, clock: Clock) -> None:
    certificate = certificate_until_2030(clock)
    lasting = filed_again(
        applications.submit(people.actor(certificate.expert), [people.department(people.MINES).id])[0], Term()
    )
    clock.on(LAST)
    assert refusal(lasting).endswith("长期有效，不需要续聘。")
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "调离。")
    with pytest.raises(Conflict, match="已终止，不能续聘"):
        renew(certificate)
    certificate.department.receives = False
    db.session.commit()


def test_a_department_that_takes_no_more_applications_renews_nothing(app: Flask, clock: Clock) -> None:
    certificate = certificate_until_2030(clock)
    clock.on(LAST)
    certificate.department.receives = False
    db.session.commit()
    with pytest.raises(Conflict, match="已不再受理申报"):
        renew(certificate)


def test_a_renewal_goes_on_where_the_old_one_is_ended_meanwhile(app: Flask, clock: Clock) -> None:
    old = certificate_until_2030(clock)
    clock.on(OPENS)
    case = renew(old)
    certificates.terminate(old.id, people.actor(cases.reviewer_of(case)), "调离。")
    proposal = renewals.proposed(case)
    assert proposal is not None
    assert proposal.starts_on is None
    assert filed_again(case, Term(years=1)).valid_from == OPENS


def test_the_reviewer_begins_with_what_the_old_one_says(app: Flask, clock: Clock) -> None:
    old = certificate_until_2030(clock, Term(years=10))
    clock.on(OPENS)
    case = renew(old)
    proposal = renewals.proposed(case)
    assert proposal is not None
    assert (proposal.title, proposal.speciality, proposal.appointing_body_id, proposal.starts_on, proposal.years) == (
        old.title, old.application.speciality, old.application.appointing_body_id, date(2030, 10, 15), 10,
    )  # fmt: skip
    assert renewals.proposed(old.application) is None
    clock.on(LAST + timedelta(days=1))
    late = renewals.proposed(case)
    assert late is not None
    assert late.starts_on == LAST + timedelta(days=1)  # the day after the end is today
    clock.on(LAST + timedelta(days=2))
    later = renewals.proposed(case)
    assert later is not None
    assert later.starts_on is None
