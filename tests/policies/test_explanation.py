"""我为什么能/不能处理 says what the services do, for each role, relation and state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from flask import Flask

from app.domain.errors import Conflict, DomainError, NotAllowed, NotFound
from app.domain.states import Action
from app.domain.transitions import EXPIRED
from app.models import Account, Application, Certificate
from app.policies import explanation
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from app.services import certificates, corrections, filings, reissues, reviews
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.frozen import Frozen

pytestmark = pytest.mark.one_file

RELATIONS = ("the department", "another department", "another organization", "own", "no number")
STATES: dict[str, Callable[[Application], object]] = {
    "pending review": lambda case: None,
    "pending filing": cases.approved_case,
    "filed": lambda case: cases.filed_certificate(cases.approved_case(case)),
    "terminated": lambda case: _end(cases.filed_certificate(cases.approved_case(case))),
    "expired": lambda case: _expire(cases.filed_certificate(cases.approved_case(case))),
}


def _end(certificate: Certificate) -> None:
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "调离")


def _expire(certificate: Certificate) -> None:
    certificate.valid_from = date(2010, 1, 1)
    cases.end_on(certificate, date(2020, 1, 1))


def _person(role: str, relation: str, case: Application) -> Account:
    at = {
        "another department": people.department(people.MINES),
        "another organization": people.department(people.CHEMICALS, people.KUNMING),
    }.get(relation, case.department)
    numbers = {"own": {"id_number": case.expert.id_number}, "no number": {"id_number": None}}
    return people.staff(role, at=at, **numbers.get(relation, {}))


def _do(action: Action, case: Application, person: Account) -> None:
    actor, version = people.actor(person), case.version
    if action is Action.APPROVE:
        reviews.approve(case.id, actor, cases.a_decision(case), version)
    elif action is Action.REJECT:
        reviews.reject(case.id, actor, "材料不全", version)
    elif action is Action.RETURN:
        corrections.give_back(case.id, actor, "地址不全", {"address": ""}, version)
    elif action is Action.TERMINATE:
        certificate = certificates.of_application(case.id)
        assert certificate is not None
        certificates.terminate(certificate.id, actor, "调离", certificate.version)
    elif action is Action.FILE:
        filings.file(case.id, actor, version)
    elif action is Action.REISSUE:
        certificate = certificates.of_case(case.id)[0]
        words = replace(reissues.as_filed(certificate), title="省化工-消防")
        reissues.reissue(certificate.id, actor, words, "聘任名称有误", certificate.version)
    else:
        filings.send_back(case.id, actor, "请重新核对", version)


def _refusal(action: Action, case: Application, person: Account) -> DomainError | None:
    try:
        _do(action, case, person)
    except (NotAllowed, Conflict, NotFound) as refused:
        return refused
    return None


@pytest.mark.parametrize("state", STATES)
def test_the_explanation_says_what_the_services_do(app: Flask, state: str) -> None:
    """One case; each person is new, and what each act wrote is undone."""
    case = cases.pending_case(people.expert(region=people.WUHUA))
    STATES[state](case)
    frozen, filed = Frozen(), state in ("filed", "terminated", "expired")
    for role, relation in product((STAFF, REVIEWER, FILER, ADMINISTRATOR), RELATIONS):
        person = _person(role, relation, case)
        with_person = Frozen()
        for action in (*explanation.EXPLAINED, *(EXPIRED if filed else [])):
            verdicts = explanation.verdicts(people.actor(person), case, certificates.of_application(case.id))
            said = {verdict.action: verdict for verdict in verdicts}[action]
            refused = _refusal(action, case, person)
            with_person.restore()
            assert said.open == (refused is None), (role, relation, action)
            # Who does not even see the case is told no more than that, and has no page that explains it.
            if refused is not None and not isinstance(refused, NotFound):
                assert any(refused.message.startswith(reason) for reason in said.reasons), (role, relation, action)
        with_person.close()
        frozen.restore()
    frozen.close()


def test_the_page_tells_a_neighbour_why_not(app: Flask, sign_in: Callable[..., Browser]) -> None:
    case = cases.pending_case()
    page = sign_in(people.staff(REVIEWER, at=people.department(people.MINES))).get(f"/review/why/{case.id}").text
    assert "只有申报部门中有审核权限的人员可以审核通过；其他部门只能查看。" in page
    assert "专家所在地区在您的管理范围内" in page


def test_a_case_out_of_scope_is_not_explained(app: Flask, sign_in: Callable[..., Browser]) -> None:
    case = cases.pending_case()
    elsewhere = people.staff(REVIEWER, at=people.department(people.CHEMICALS, people.QUJING))
    assert sign_in(elsewhere).get(f"/review/why/{case.id}").status_code == 404
