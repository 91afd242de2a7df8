"""Who may act on this row? (R2, R3, R4, R6, R7)"""

from __future__ import annotations

import pytest
from flask import Flask

from app.domain.errors import NotAllowed
from app.domain.states import Action, ChangeAction
from app.models import Account, Application
from app.policies import permissions
from app.policies.roles import ADMINISTRATOR, EXPERT, FILER, REVIEWER, STAFF
from tests.support import cases, people
from tests.support.people import CHEMICALS, KUNMING, MINES, QUJING, SCIENCE

DECIDING = (Action.APPROVE, Action.REJECT, Action.RETURN)
FILING = (Action.FILE, Action.SEND_BACK, Action.REISSUE)
OWN = (Action.SUBMIT, Action.WITHDRAW, Action.RESUBMIT)


@pytest.fixture
def case(app: Flask) -> Application:
    """At the department for chemicals of 昆明."""
    return cases.pending_case(at=people.department(CHEMICALS, KUNMING))


def allowed(account: Account, case: Application) -> set[Action]:
    actor = people.actor(account)
    return {action for action in Action if permissions.may(actor, action, case)}


def test_r2_another_department_of_the_organization_cannot_act(case: Application) -> None:
    neighbour = people.staff(REVIEWER, at=people.department(MINES, KUNMING))
    assert allowed(neighbour, case) == set()


def test_r3_only_the_review_permission_in_the_department_applied_to_decides(case: Application) -> None:
    at = case.department
    assert allowed(people.staff(REVIEWER, at=at), case) == {*DECIDING, Action.TERMINATE}
    assert allowed(people.staff(STAFF, at=at), case) == set()
    same_name_elsewhere = people.department(CHEMICALS, QUJING)
    above = people.department(CHEMICALS)
    for elsewhere in (same_name_elsewhere, above):
        assert allowed(people.staff(REVIEWER, at=elsewhere), case) == set()


def test_r3_termination_is_for_the_department_that_reviewed(app: Flask) -> None:
    certificate = cases.filed_certificate()
    head = people.actor(people.staff(REVIEWER, at=certificate.department))
    neighbour = people.actor(people.staff(REVIEWER, at=people.department(MINES)))
    filer = people.actor(people.staff(FILER, at=people.department(SCIENCE)))
    may = {who: permissions.may(who, Action.TERMINATE, certificate) for who in (head, neighbour, filer)}
    assert may == {head: True, neighbour: False, filer: False}


def test_r4_only_the_filing_permission_in_the_organization_applied_to_files(case: Application) -> None:
    assert allowed(people.staff(FILER, at=people.department(SCIENCE, KUNMING)), case) == set(FILING)
    named_by_an_administrator = people.staff(FILER, at=people.department(MINES, KUNMING))
    assert allowed(named_by_an_administrator, case) == set(FILING)
    assert allowed(people.staff(FILER, at=people.department(SCIENCE)), case) == set()
    assert allowed(people.staff(STAFF, at=people.department(SCIENCE, KUNMING)), case) == set()


def test_r5_a_case_is_its_experts_to_withdraw_and_nobody_elses(case: Application) -> None:
    assert allowed(case.expert.user, case) == set(OWN)
    assert allowed(people.expert().user, case) == set()


def test_r6_nobody_decides_on_themselves_in_one_login(app: Flask) -> None:
    head = people.staff(REVIEWER, FILER, EXPERT, at=people.department())
    case = cases.pending_case(people.expert(user=head, id_number=head.id_number))
    assert allowed(head, case) == set(OWN)
    other = cases.pending_case()
    assert allowed(head, other) == {*DECIDING, Action.TERMINATE, *FILING}


def test_r6_nobody_decides_on_themselves_through_a_second_login(app: Flask) -> None:
    person = people.new_id_number()
    case = cases.pending_case(people.expert(id_number=person))
    head = people.staff(REVIEWER, FILER, at=case.department, id_number=person)
    assert allowed(head, case) == set()
    with pytest.raises(NotAllowed, match="本人的申报须由他人办理"):
        permissions.require(people.actor(head), Action.APPROVE, case)


def test_r6_an_expert_profile_in_another_login_is_no_way_round(app: Flask) -> None:
    """Whoever has a profile of one number and a staff login that names none is still the owner of the profile."""
    owner = people.staff(REVIEWER, EXPERT, id_number=None)
    case = cases.pending_case(people.expert(user=owner))
    assert not permissions.may(people.actor(owner), Action.APPROVE, case)


def test_r6_who_is_not_known_by_number_decides_on_nobody(case: Application) -> None:
    """Without the ID number nobody can say that it is not the person's own case."""
    unknown = people.staff(REVIEWER, FILER, at=case.department, id_number=None)
    assert allowed(unknown, case) == set()
    with pytest.raises(NotAllowed, match="身份证号"):
        permissions.require(people.actor(unknown), Action.APPROVE, case)


def test_r7_administration_is_no_way_round(case: Application) -> None:
    """A case moves with its department, and is decided by nobody on the way."""
    assert allowed(people.staff(ADMINISTRATOR, at=case.department), case) == {Action.MOVE}
    own = people.staff(ADMINISTRATOR, REVIEWER, FILER, EXPERT, at=case.department)
    self_case = cases.pending_case(people.expert(user=own, id_number=own.id_number), at=case.department)
    assert allowed(own, self_case) == {*OWN, Action.MOVE}


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Action.APPROVE, "只有申报部门中有审核权限的人员可以审核通过；其他部门只能查看。"),
        (Action.FILE, "只有申报机构中有备案权限的人员可以备案；其他人员只能查看。"),
        (Action.WITHDRAW, "只有申报人本人可以撤回。"),
    ],
)
def test_a_refusal_says_who_may(case: Application, action: Action, words: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        permissions.require(people.actor(people.staff()), action, case)
    assert refused.value.message == words
    assert refused.value.status == 403


def test_every_action_has_its_rule() -> None:
    assert set(permissions._RULES) == {*Action, *ChangeAction}
    assert set(permissions._RULES.values()) == set(permissions._REFUSALS)
