"""From a login to an ``Actor``: who they are, what they may, where they stand."""

from __future__ import annotations

from functools import cache

from flask_appbuilder.security.sqla.models import Permission as PermissionRow
from flask_appbuilder.security.sqla.models import ViewMenu, assoc_user_role
from sqlalchemy import Date, Executable, Integer, String, bindparam, literal, null, select, type_coerce

from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation, Department, Expert, Organization, Region
from app.policies.actor import Actor, Loan, Rights
from app.policies.delegation import by_role, running
from app.policies.roles import APPLICATIONS, APPLY, Permission


@cache
def _statement() -> Executable:
    """What roles give ``:login`` and what is lent to it ``:today``, put together once: every request asks it."""
    login, today = bindparam("login", type_=Integer), bindparam("today", type_=Date)
    # The lent ones stand first: their columns say how the answer is read.
    lent = (
        select(
            type_coerce(Delegation.duty, String),
            literal(APPLICATIONS),
            Delegation.id,
            Account.id,
            Account.first_name,
            Account.id_number,
            Delegation.ends_on,
        )
        .join(Account, Account.id == Delegation.principal_id)
        .where(Delegation.delegate_id == login, running(today))
    )
    own = by_role(PermissionRow.name, ViewMenu.name, *[null()] * 5).where(assoc_user_role.c.user_id == login)
    return lent.union_all(own)


def rights_of(user_id: int) -> Rights:
    """What all roles of a login give and what is lent to it, in one statement, never kept beyond a request."""
    roles: set[Permission] = set()
    loans: list[Loan] = []
    asked = {"login": user_id, "today": today_in_shanghai()}
    for verb, resource, delegation_id, *principal in db.session.execute(_statement(), asked):
        permission = Permission(verb, resource)
        if delegation_id is None:
            roles.add(permission)
        else:
            loans.append(Loan(delegation_id, permission, *principal))
    # What is one's own is not received as well: the act is one's own then.
    received = tuple(loan for loan in loans if loan.permission not in roles)
    return Rights(frozenset(roles | {loan.permission for loan in received}), received)


def actor_of(user: Account, rights: Rights | None = None) -> Actor:
    """The actor that a login stands for. Reads at most two rows besides the rights."""
    found = rights_of(user.id) if rights is None else rights
    expert_id = id_number = None
    if APPLY in found.permissions:
        row = db.session.execute(select(Expert.id, Expert.id_number).where(Expert.user_id == user.id)).one_or_none()
        expert_id, id_number = row or (None, None)
    if user.department_id is None:
        return Actor(user.id, user.name, found.permissions, expert_id=expert_id, id_number=id_number, place="专家本人")
    department, organization, region = db.session.execute(
        select(Department, Organization, Region)
        .join(Organization, Organization.id == Department.organization_id)
        .join(Region, Region.code == Organization.region_code)
        .where(Department.id == user.department_id)
    ).one()
    return Actor(
        user.id,
        user.name,
        found.permissions,
        department_id=department.id,
        organization_id=organization.id,
        place=f"{organization.name}{department.name}",
        region_span=region.span,
        expert_id=expert_id,
        id_number=id_number or user.id_number,
        loans=found.loans,
    )
