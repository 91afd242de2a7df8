"""Who may act on this row? Small predicates, composed (R2-R7)."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.errors import NotAllowed
from app.domain.states import Action, ChangeAction
from app.models import Application, Certificate, ChangeRequest
from app.policies.actor import Actor, Loan
from app.policies.roles import APPLY, FILE, KEEP_DEPARTMENTS, REVIEW, Permission

Case = Application | Certificate | ChangeRequest
Verb = Action | ChangeAction
Rule = Callable[[Actor, Case], bool]


def reviews(actor: Actor, case: Case) -> bool:
    """R3: the review permission, in the very department applied to (R2)."""
    return actor.may(REVIEW) and actor.department_id is not None and actor.department_id == case.department_id


def files(actor: Actor, case: Case) -> bool:
    """R4: the filing permission, in the organization applied to."""
    return actor.may(FILE) and actor.organization_id is not None and actor.organization_id == case.organization_id


def is_own(actor: Actor, case: Case) -> bool:
    """Whether the case is the actor's own, through this login or another of the same person (R6)."""
    expert = case.expert
    return expert.user_id == actor.user_id or (actor.id_number is not None and actor.id_number == expert.id_number)


def loan_for(actor: Actor, action: Verb, case: Case) -> Loan | None:
    """The 委托 by which the actor would do this; ``None`` where it is the actor's own to do.

    R6 holds for both: nobody acts on a principal's own case in the principal's name.
    """
    return next((loan for loan in _loans(actor, action) if not _is_principals(loan, case)), None)


def _loans(actor: Actor, action: Verb) -> tuple[Loan, ...]:
    permission = _LENDABLE.get(_RULES[action])
    return actor.lent(permission) if permission else ()


def _is_principals(loan: Loan, case: Case) -> bool:
    return case.expert.user_id == loan.principal_id or case.expert.id_number == loan.principal_id_number


def applies(actor: Actor, case: Case) -> bool:
    """R5: the expert of the case."""
    return actor.may(APPLY) and actor.expert_id == case.expert_id


def keeps_departments(actor: Actor, case: Case) -> bool:
    """R7: who keeps departments moves a department's cases with it, and decides none of them."""
    return actor.may(KEEP_DEPARTMENTS)


_RULES: dict[Verb, Rule] = {
    Action.SUBMIT: applies,
    Action.WITHDRAW: applies,
    Action.RESUBMIT: applies,
    Action.RETURN: reviews,
    Action.APPROVE: reviews,
    Action.REJECT: reviews,
    Action.TERMINATE: reviews,
    Action.FILE: files,
    Action.SEND_BACK: files,
    Action.REISSUE: files,
    Action.MOVE: keeps_departments,
    ChangeAction.PROPOSE: applies,
    ChangeAction.TAKE_BACK: applies,
    ChangeAction.DECIDE: reviews,
}

_LENDABLE: dict[Rule, Permission] = {reviews: REVIEW, files: FILE}
"""The permission that a rule asks for and a head can hand to a colleague."""

_REFUSALS: dict[Rule, str] = {
    applies: "只有申报人本人可以{}。",
    reviews: "只有申报部门中有审核权限的人员可以{}；其他部门只能查看。",
    keeps_departments: "只有维护部门的人员可以并入部门。",
    files: "只有申报机构中有备案权限的人员可以{}；其他人员只能查看。",
}


def refusal(actor: Actor, action: Verb, case: Case) -> str | None:
    """Why the actor may not, as a sentence for them; ``None`` where they may."""
    rule = _RULES[action]
    if not rule(actor, case):
        return _REFUSALS[rule].format(action.label)
    if rule in (applies, keeps_departments):
        return None
    if is_own(actor, case):
        return f"本人的申报须由他人办理，不能自己{action.label}。"
    if actor.id_number is None:
        # Nobody can say then that the case is not the person's own, through another login.
        return f"您的账号没有登记身份证号，不能{action.label}；请联系系统管理员登记。"
    if _loans(actor, action) and loan_for(actor, action, case) is None:
        return f"这是委托人本人的申报，须由他人办理，您不能受托{action.label}。"
    return None


def may(actor: Actor, action: Verb, case: Case) -> bool:
    """Whether the actor may do this to the case, whatever its status."""
    return refusal(actor, action, case) is None


def require(actor: Actor, action: Verb, case: Case) -> None:
    """Raises ``NotAllowed`` with the reason where the actor may not."""
    reason = refusal(actor, action, case)
    if reason is not None:
        raise NotAllowed(reason)
