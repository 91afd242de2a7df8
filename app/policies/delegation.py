"""Does a 委托 hold now? The only answer to that question, asked at each use and not only when it was made."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Permission as PermissionRow
from flask_appbuilder.security.sqla.models import (
    PermissionView,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, exists, or_, select, true
from sqlalchemy.orm import aliased, with_expression

from app.domain.duties import Duty
from app.domain.validity import today_in_shanghai
from app.models import Account, Delegation
from app.policies.actor import Actor, Loan
from app.policies.roles import APPLICATIONS, END_DELEGATIONS, Permission


def permission_for(duty: Duty) -> Permission:
    """The permission that carries a duty."""
    return Permission(duty.value, APPLICATIONS)


def by_role(*columns: Any) -> Select[Any]:
    """``columns`` over the permissions that roles give: joins logins' roles to verbs and resources."""
    return (
        select(*columns)
        .select_from(assoc_user_role)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.role_id == assoc_user_role.c.role_id)
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(PermissionRow, PermissionRow.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
    )


def within_days(day: Any) -> ColumnElement[bool]:
    """Neither before its days nor after them, and not ended early."""
    return and_(Delegation.ended_at.is_(None), Delegation.starts_on <= day, Delegation.ends_on >= day)


def running(day: Any) -> ColumnElement[bool]:
    """Delegations that hold on ``day``, a date or what stands for one in SQL.

    Both people are active, still of that department and have an ID number (R6), and the principal still has
    the duty by a role: what was lent to somebody is nothing to hand on.
    """
    principal, delegate = aliased(Account), aliased(Account)
    both = (
        select(principal.id)
        .join(delegate, delegate.department_id == principal.department_id)
        .where(
            principal.id == Delegation.principal_id,
            delegate.id == Delegation.delegate_id,
            principal.department_id == Delegation.department_id,
            principal.active,
            delegate.active,
            principal.id_number_index.is_not(None),
            delegate.id_number_index.is_not(None),
        )
        .exists()
    )
    still_theirs = (
        by_role(assoc_user_role.c.user_id)
        .where(
            assoc_user_role.c.user_id == Delegation.principal_id,
            PermissionRow.name == Delegation.duty,
            ViewMenu.name == APPLICATIONS,
        )
        .exists()
    )
    return and_(within_days(day), both, still_theirs)


def still_lent(loan: Loan | None) -> ColumnElement[bool]:
    """What the statement that acts asks once more; what is the actor's own is nobody's to end."""
    if loan is None:
        return true()
    return exists().where(Delegation.id == loan.delegation_id, running(today_in_shanghai()))


def ended_words(loan: Loan, action: str) -> str:
    """What one hears whose 委托 ended while the page was open."""
    return f"{loan.principal_name}对您的委托已经结束，不能{action}。本次操作没有保存。"


def with_status() -> Any:
    """The loader option that reads ``Delegation.holds``, of the day on which the statement runs."""
    return with_expression(Delegation.holds, running(bindparam("today", type_=Date, callable_=today_in_shanghai)))


def own_delegations(actor: Actor) -> ColumnElement[bool]:
    """Those that the actor has given or received."""
    return or_(Delegation.principal_id == actor.user_id, Delegation.delegate_id == actor.user_id)


def endable(actor: Actor) -> ColumnElement[bool]:
    """Those that the actor may end early: one's own, and for who may end anybody's, every one."""
    return true() if actor.may(END_DELEGATIONS) else Delegation.principal_id == actor.user_id
