"""Where the parts meet: 委托 and 变更申请, mergers and what waits, the bell and who acts for another."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import NotAllowed, NotFound
from app.domain.states import ChangeState
from app.extensions import db
from app.models import Account, AuditEntry, ChangeRequest, Department, Notification
from app.models.types import now
from app.policies.roles import ADMINISTRATOR, REVIEWER
from app.services import change_decisions, change_history, change_requests, delegations, departments, reviews
from tests.support import cases, changes, lending, people


@pytest.fixture
def head(app: Flask) -> Account:
    return people.staff(REVIEWER, name="王处长")


@pytest.fixture
def deputy(head: Account) -> Account:
    """Who reviews for the head."""
    made = people.staff(name="李副处长")
    lending.lend(head, made)
    return made


def merge(source: Department, target: Department) -> None:
    keeper = people.actor(people.staff(ADMINISTRATOR, at=people.department(people.SCIENCE)))
    seen = departments.plan(keeper, source.id, target.id).seen
    departments.merge(keeper, source.id, target.id, seen, with_people=False)
    db.session.expire_all()


def test_a_change_request_is_decided_by_the_deputy_in_the_heads_name(deputy: Account) -> None:
    request = changes.open_request()
    change_decisions.decide(request.id, people.actor(deputy), {"address": changes.ACCEPTED})
    assert (request.state, request.principal_name) == (ChangeState.DECIDED, "王处长")
    decision = change_history.steps_of([request])[0]
    assert decision.who.endswith("李副处长（受王处长委托）")
    detail = db.session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "处理变更申请")).one()
    assert json.loads(detail)["principal"] == "王处长"


def test_r6_the_heads_own_change_request_is_not_for_the_deputy(head: Account, deputy: Account) -> None:
    expert = people.expert(id_number=head.id_number)
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    request = changes.open_request(certificate.expert)
    with pytest.raises(NotAllowed, match="委托人本人"):
        change_decisions.decide(request.id, people.actor(deputy), {"address": changes.ACCEPTED})


def test_a_loan_that_has_ended_meanwhile_decides_no_change_request(head: Account, deputy: Account) -> None:
    request, acting = changes.open_request(), people.actor(deputy)
    (loan,) = delegations.own(people.actor(head))
    delegations.end(loan.id, people.actor(head), "提前返岗")
    with pytest.raises(NotAllowed, match="委托已经结束"):
        change_decisions.decide(request.id, acting, {"address": changes.ACCEPTED})
    db.session.expire_all()
    assert request.state is ChangeState.OPEN


def test_a_change_request_that_waits_goes_with_its_department(head: Account) -> None:
    waiting, decided = changes.open_request(), changes.decided(changes.open_request())
    source, target = waiting.department, people.department(people.MINES)
    merge(source, target)
    assert (waiting.department_id, decided.department_id) == (target.id, source.id)
    with pytest.raises((NotAllowed, NotFound)):
        change_decisions.decide(waiting.id, people.actor(head), {"address": changes.ACCEPTED})
    receiving = people.staff(REVIEWER, at=target)
    change_decisions.decide(waiting.id, people.actor(receiving), {"address": changes.ACCEPTED})
    assert waiting.expert.address == changes.NEW_ADDRESS


def test_a_case_that_goes_with_its_department_has_waited_since_it_came(app: Flask) -> None:
    case = cases.pending_case()
    case.changed_at = came = now() - timedelta(days=30)
    db.session.commit()
    merge(case.department, people.department(people.MINES))
    assert case.changed_at == came


def test_the_deputy_is_told_what_the_head_is_told(head: Account, deputy: Account) -> None:
    stranger = people.staff(name="赵科员")
    case = cases.pending_case()
    told = set(db.session.scalars(select(Notification.account_id).where(Notification.kind == "arrived")))
    assert {head.id, deputy.id} <= told
    assert stranger.id not in told
    reviews.reject(case.id, people.actor(deputy), "材料不全")
    unread = select(Notification.account_id).where(Notification.kind == "arrived", Notification.read_at.is_(None))
    assert list(db.session.scalars(unread)) == []


def test_a_change_request_is_told_to_the_department_and_its_result_to_the_expert(head: Account) -> None:
    request = changes.open_request()

    def unread(kind: str) -> set[int]:
        told = select(Notification.account_id).where(Notification.kind == kind, Notification.read_at.is_(None))
        return set(db.session.scalars(told))

    assert head.id in unread("change_asked")
    changes.decided(request)
    assert unread("change_asked") == set()
    assert unread("change_decided") == {request.expert.user_id}


def test_what_is_taken_back_is_nobodys_to_do(head: Account) -> None:
    request = changes.open_request()
    change_requests.take_back(people.actor(request.expert), request.id)
    asked = select(Notification.id).where(Notification.kind == "change_asked", Notification.read_at.is_(None))
    assert db.session.scalars(asked).all() == []
    assert db.session.get_one(ChangeRequest, request.id).state is ChangeState.WITHDRAWN
