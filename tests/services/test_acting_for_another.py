"""Acts by 委托: recorded as 受托, refused once it has ended, and never on the principal's own case (R6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.duties import Duty
from app.domain.errors import Conflict, NotAllowed
from app.domain.states import Action, ApplicationStatus
from app.extensions import db
from app.models import Account, Application, AuditEntry, Certificate
from app.policies import explanation
from app.policies.actor import Actor
from app.policies.roles import FILER, REVIEWER
from app.services import case_history, certificates, corrections, delegations, filings, reviews, workflow
from app.services.audit import detail_of
from app.views.cases import timeline
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.lending import lend
from tests.support.races import at_once


@pytest.fixture
def head(app: Flask) -> Account:
    return people.staff(REVIEWER, name="李四")


@pytest.fixture
def deputy(head: Account) -> Account:
    """A colleague to whom the head has lent 审核."""
    made = people.staff(name="张三")
    lend(head, made)
    return made


Deed = Callable[[Actor], Any]


def _deeds() -> dict[str, tuple[Duty, Deed]]:
    pending, returned, refused = cases.pending_case(), cases.pending_case(), cases.pending_case()
    approved, sent_back, certificate = cases.approved_case(), cases.approved_case(), cases.filed_certificate()
    return {
        "approve": (Duty.REVIEW, lambda by: reviews.approve(pending.id, by, cases.a_decision(pending))),
        "return": (Duty.REVIEW, lambda by: corrections.give_back(returned.id, by, "地址不全", {"address": ""})),
        "reject": (Duty.REVIEW, lambda by: reviews.reject(refused.id, by, "材料不全")),
        "terminate": (Duty.REVIEW, lambda by: certificates.terminate(certificate.id, by, "调离")),
        "file": (Duty.FILE, lambda by: filings.file(approved.id, by)),
        "send_back": (Duty.FILE, lambda by: filings.send_back(sent_back.id, by, "请重新核对")),
    }


def _pair(duty: Duty) -> tuple[Account, Account]:
    at = people.department(people.SCIENCE) if duty is Duty.FILE else people.department()
    return people.staff(FILER if duty is Duty.FILE else REVIEWER, at=at, name="李四"), people.staff(at=at, name="张三")


def _steps() -> list[tuple[str, str | None, int | None]]:
    found = db.session.scalars(select(workflow.Transition).order_by(workflow.Transition.id)).all()
    return [(step.actor_name, step.principal_name, step.principal_id) for step in found]


def test_every_act_is_recorded_as_on_behalf(app: Flask) -> None:
    for name, (duty, deed) in _deeds().items():
        principal, deputy = _pair(duty)
        made = lend(principal, deputy, duty)
        deed(people.actor(deputy))
        assert _steps()[-1] == ("张三", "李四", principal.id), name
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert entry.actor_name == "张三"
        assert {"principal": "李四", "delegation": str(made.id)}.items() <= detail_of(entry).items(), name


def test_one_that_has_ended_meanwhile_writes_nothing(app: Flask) -> None:
    """The actor was read while it held, as a request is that began a moment before."""
    for name, (duty, deed) in _deeds().items():
        principal, deputy = _pair(duty)
        made = lend(principal, deputy, duty)
        actor, before = people.actor(deputy), len(_steps())
        delegations.end(made.id, people.actor(principal), "提前返岗")
        with pytest.raises(NotAllowed, match="李四对您的委托已经结束"):
            deed(actor)
        assert len(_steps()) == before, name


def test_a_principal_who_lost_the_role_meanwhile_lends_nothing(head: Account, deputy: Account) -> None:
    case, actor = cases.pending_case(), people.actor(deputy)
    head.roles = people.roles()
    db.session.commit()
    with pytest.raises(NotAllowed, match="已经结束"):
        reviews.reject(case.id, actor, "材料不全")


def test_ending_and_acting_at_once_is_one_or_the_other(app: Flask, head: Account, deputy: Account) -> None:
    case, actor, own = cases.pending_case(), people.actor(deputy), people.actor(head)
    (given,) = delegations.own(own)
    given_id, case_id = given.id, case.id
    answers = at_once(
        app,
        [lambda: reviews.reject(case_id, actor, "材料不全"), lambda: delegations.end(given_id, own, "提前返岗")],
    )
    rejected = db.session.get_one(Application, case_id).status is ApplicationStatus.REJECTED
    assert answers[1] is None
    assert rejected == (answers[0] is None)
    assert answers[0] is None or isinstance(answers[0], NotAllowed)


@pytest.mark.parametrize("by_number", [False, True])
def test_the_principals_own_case_is_not_for_the_deputy(app: Flask, by_number: bool) -> None:
    """R6, through the same login and through another one of the same person."""
    head, deputy = people.staff(REVIEWER, "专家用户", name="李四"), people.staff(name="张三")
    own = {"id_number": head.id_number} | ({} if by_number else {"user": head})
    case = cases.pending_case(people.expert(**own))
    lend(head, deputy)
    actor = people.actor(deputy)
    for deed in (
        lambda: reviews.reject(case.id, actor, "材料不全"),
        lambda: reviews.approve(case.id, actor, cases.a_decision(case)),
        lambda: corrections.give_back(case.id, actor, "地址不全", {"address": ""}),
    ):
        with pytest.raises(NotAllowed, match="委托人本人的申报"):
            deed()
    verdict = explanation.verdicts(actor, case)[0]
    assert verdict.reasons == ("这是委托人本人的申报，须由他人办理，您不能受托审核通过。",)
    reviews.reject(cases.pending_case().id, actor, "材料不全")


def test_another_principal_may_lend_for_the_first_ones_case(head: Account, deputy: Account) -> None:
    case = cases.pending_case(people.expert(id_number=head.id_number))
    lend(people.staff(REVIEWER, name="王五"), deputy)
    reviews.reject(case.id, people.actor(deputy), "材料不全")
    assert _steps()[-1][:2] == ("张三", "王五")


def test_the_deputys_own_case_is_not_for_the_deputy(deputy: Account) -> None:
    case = cases.pending_case(people.expert(id_number=deputy.id_number))
    with pytest.raises(NotAllowed, match="本人的申报须由他人办理"):
        reviews.reject(case.id, people.actor(deputy), "材料不全")


def test_another_departments_case_stays_closed(deputy: Account) -> None:
    case = cases.pending_case(at=people.department(people.MINES))
    with pytest.raises(NotAllowed, match="其他部门只能查看"):
        reviews.reject(case.id, people.actor(deputy), "材料不全")


def test_who_has_the_role_acts_in_their_own_name(head: Account, deputy: Account) -> None:
    case = cases.pending_case()
    deputy.roles = people.roles(REVIEWER)
    db.session.commit()
    reviews.reject(case.id, people.actor(deputy), "材料不全")
    assert _steps()[-1] == ("张三", None, None)


def test_it_is_said_wherever_the_actor_is(app: Flask, deputy: Account, sign_in: Callable[..., Browser]) -> None:
    case = cases.pending_case()
    version = case.version
    reviews.reject(case.id, people.actor(deputy), "材料不全")
    said = "张三（受李四委托）"
    assert timeline(cases.history(case))[-1].who.endswith(said)
    printed = case_history.printed(people.actor(deputy), case.expert)
    assert said in str(printed.parts)
    with pytest.raises(Conflict, match="张三（受李四委托）已驳回"):
        reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "材料不全", version)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == Action.REJECT.label)).one()
    page = sign_in(people.staff("系统管理员")).get(f"/audit/show/{entry.id}").text
    assert "受托于" in page


def test_the_explanation_says_by_whom_and_until_when(
    app: Flask, deputy: Account, sign_in: Callable[..., Browser]
) -> None:
    case = cases.pending_case()
    ground = explanation.verdicts(people.actor(deputy), case)[0].ground
    assert ground.startswith("您受李四委托，至")
    assert ground in sign_in(deputy).get(f"/review/why/{case.id}").text


def test_a_certificate_of_the_department_can_be_terminated(deputy: Account) -> None:
    certificate = cases.filed_certificate()
    certificates.terminate(certificate.id, people.actor(deputy), "调离")
    assert db.session.get_one(Certificate, certificate.id).terminated_at
