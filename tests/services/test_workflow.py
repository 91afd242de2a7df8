"""The one door: what is written, what is refused, and who wins when two come at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain import transitions
from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed
from app.domain.states import Action, ApplicationStatus, CertificateStatus
from app.extensions import db
from app.models import Application, SmsMessage, Transition
from app.policies.roles import REVIEWER
from app.services import applications, certificates, filings, reviews, workflow
from app.services.unit_of_work import transactional
from tests.support import cases, people
from tests.support.races import Meeting, at_once


@transactional
def advance(case: Any, action: Action, actor: Any, **how: Any) -> None:
    workflow.advance(case, action, actor, **how)


def test_a_step_is_written_with_its_history(app: Flask) -> None:
    case = cases.pending_case()
    head = cases.reviewer_of(case, name="王处长")
    version, before = case.version, case.changed_at
    reviews.reject(case.id, people.actor(head), "  材料不全。 ")
    db.session.refresh(case)
    assert (case.status, case.version) == (ApplicationStatus.REJECTED, version + 1)
    assert case.changed_at > before
    submitted, rejected = cases.history(case)
    assert (submitted.action, submitted.source, submitted.target) == (Action.SUBMIT, None, "pending_review")
    assert (submitted.actor_name, submitted.actor_place, submitted.reason) == ("张三", "专家本人", "")
    assert (rejected.action, rejected.source, rejected.target) == (Action.REJECT, "pending_review", "rejected")
    assert (rejected.actor_id, rejected.actor_name, rejected.reason) == (head.id, "王处长", "材料不全。")
    assert rejected.actor_place == "云南省应急管理厅危险化学品安全监督管理处"


def test_history_keeps_the_names_of_its_day(app: Flask) -> None:
    case = cases.pending_case()
    head = cases.reviewer_of(case, name="王处长")
    reviews.reject(case.id, people.actor(head), "材料不全。")
    head.first_name, case.department.name, case.organization.name = "王厅长", "新的处", "新的厅"
    db.session.commit()
    step = cases.history(case)[-1]
    assert (step.actor_name, step.actor_place) == ("王处长", "云南省应急管理厅危险化学品安全监督管理处")


def test_a_stale_version_is_a_conflict_that_names_the_present_state(app: Flask) -> None:
    case = cases.pending_case()
    seen = case.version
    head = people.actor(cases.reviewer_of(case))
    reviews.approve(case.id, head, cases.a_decision(case), version=seen)
    with pytest.raises(Conflict, match="待备案"):
        reviews.reject(case.id, head, "材料不全。", version=seen)
    assert [step.action for step in cases.history(case)] == [Action.SUBMIT, Action.APPROVE]


def test_the_version_seen_must_be_the_present_one_even_where_the_status_is_the_same(app: Flask) -> None:
    """Approved and sent back since: the reviewer decided on another state of affairs."""
    case = cases.pending_case()
    seen = case.version
    cases.approved_case(case)
    advance(case, Action.SEND_BACK, people.actor(cases.filer_of(case)), reason="聘用单位有误。")
    head = people.actor(cases.reviewer_of(case))
    with pytest.raises(Conflict):
        reviews.reject(case.id, head, "材料不全。", version=seen)
    reviews.reject(case.id, head, "材料不全。", version=seen + 2)
    assert db.session.get_one(Application, case.id).status is ApplicationStatus.REJECTED


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_its_reason_nothing_is_written(app: Flask, reason: str) -> None:
    case = cases.pending_case()
    with pytest.raises(Invalid):
        reviews.reject(case.id, people.actor(cases.reviewer_of(case)), reason)
    db.session.refresh(case)
    assert case.status is ApplicationStatus.PENDING_REVIEW
    assert len(cases.history(case)) == 1


def test_return_and_resubmit_go_through_the_same_door(app: Flask) -> None:
    case = cases.pending_case()
    advance(case, Action.RETURN, people.actor(cases.reviewer_of(case)), reason="请补充职称证书。")
    assert case.status is ApplicationStatus.RETURNED
    advance(case, Action.RESUBMIT, people.actor(case.expert))
    assert case.status is ApplicationStatus.PENDING_REVIEW
    assert [step.reason for step in cases.history(case)] == ["", "请补充职称证书。", ""]


def test_r6_the_door_itself_refuses_the_owner(app: Flask) -> None:
    person = people.new_id_number()
    case = cases.pending_case(people.expert(id_number=person))
    head = people.staff(REVIEWER, at=case.department, id_number=person)
    with pytest.raises(NotAllowed):
        advance(case, Action.APPROVE, people.actor(head))
    assert case.status is ApplicationStatus.PENDING_REVIEW


def test_two_reviewers_at_once_make_one_outcome(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.pending_case()
    case_id, decision = case.id, cases.a_decision(case)
    one, two = (people.actor(cases.reviewer_of(case, name)) for name in ("甲处长", "乙处长"))
    monkeypatch.setattr(transitions, "check", Meeting().before(transitions.check))
    outcomes = at_once(
        app,
        [
            lambda: reviews.approve(case_id, one, decision),
            lambda: reviews.reject(case_id, two, "材料不全。"),
        ],
    )
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert [type(refusal) for refusal in refused] == [Conflict]
    db.session.refresh(case)
    expected = ApplicationStatus.PENDING_FILING if outcomes[0] is None else ApplicationStatus.REJECTED
    assert case.status is expected
    assert [step.target for step in cases.history(case)] == ["pending_review", expected]
    told = {ApplicationStatus.PENDING_FILING: "审核通过", ApplicationStatus.REJECTED: "申报驳回"}
    assert db.session.scalars(select(SmsMessage.purpose)).all() == [told[expected]]


def test_withdrawal_and_approval_at_once_make_one_outcome(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.pending_case()
    case_id, decision = case.id, cases.a_decision(case)
    head, owner = people.actor(cases.reviewer_of(case)), people.actor(case.expert)
    monkeypatch.setattr(transitions, "check", Meeting().before(transitions.check))
    outcomes = at_once(
        app,
        [lambda: reviews.approve(case_id, head, decision), lambda: applications.withdraw(owner, case_id)],
    )
    assert sorted(type(outcome) is Conflict for outcome in outcomes) == [False, True]
    assert len(cases.history(case)) == 2


def test_two_filers_at_once_make_one_certificate(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.approved_case()
    case_id = case.id
    filers = [people.actor(cases.filer_of(case, name)) for name in ("甲", "乙")]
    monkeypatch.setattr(transitions, "check", Meeting().before(transitions.check))
    outcomes = at_once(app, [lambda who=who: filings.file(case_id, who).number for who in filers])
    numbers = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(numbers) == 1
    assert numbers[0].endswith("001")
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1


def test_two_terminations_at_once_end_a_certificate_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = cases.filed_certificate()
    certificate_id, case = certificate.id, certificate.application
    heads = [people.actor(cases.reviewer_of(case, name)) for name in ("甲", "乙")]
    monkeypatch.setattr(transitions, "check", Meeting().before(transitions.check))
    outcomes = at_once(
        app, [lambda who=who: certificates.terminate(certificate_id, who, f"{who.name}的理由") for who in heads]
    )
    winner = outcomes.index(None)
    assert isinstance(outcomes[1 - winner], DomainError)
    db.session.refresh(certificate)
    assert certificate.status is CertificateStatus.TERMINATED
    assert certificate.termination_reason == f"{heads[winner].name}的理由"
    steps = db.session.scalars(select(Transition).where(Transition.action == Action.TERMINATE)).all()
    assert [step.actor_name for step in steps] == [heads[winner].name]
