"""From a login to an ``Actor``: who they are, what they may, where they stand. One statement says it all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from flask_appbuilder.security.sqla.models import Permission as PermissionRow
from flask_appbuilder.security.sqla.models import ViewMenu, assoc_user_role
from sqlalchemy import Date, Row, Select, and_, bindparam, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import aggregate_strings

from app.domain.errors import NotAllowed
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation, Department, Expert, Organization, Region
from app.models.region import span_of
from app.policies.actor import Actor, Loan
from app.policies.delegation import by_role, permission_for, running
from app.policies.roles import APPLY, Permission

_WITHIN, _BETWEEN = "\t", "\n"
"""What stands between verb and resource, and between permissions, in the one text that the database makes of them."""
_SETS_KEPT = 256


@cache
def people() -> Select[Any]:
    """What makes an actor of each account on the day ``:today``: a row, or one for each of its loans (R2-R7).

    Put together once: every request asks it. To be narrowed to one account, and read by ``actor_from``.
    """
    principal = aliased(Account)
    lent = and_(Delegation.delegate_id == Account.id, running(bindparam("today", type_=Date)))
    given = by_role(aggregate_strings(PermissionRow.name + _WITHIN + ViewMenu.name, _BETWEEN))
    return (
        select(
            Account.id.label("user_id"),
            Account.first_name.label("name"),
            Account.id_number,
            Account.department_id,
            Department.name.label("department"),
            Department.organization_id,
            Organization.name.label("organization"),
            Region.code.label("region_code"),
            Region.level.label("region_level"),
            Expert.id.label("expert_id"),
            Expert.id_number.label("expert_id_number"),
            given.where(assoc_user_role.c.user_id == Account.id).scalar_subquery().label("given"),
            Delegation.id.label("delegation_id"),
            Delegation.duty,
            principal.id.label("principal_id"),
            principal.first_name.label("principal_name"),
            principal.id_number.label("principal_id_number"),
            Delegation.ends_on,
        )
        .select_from(Account)
        .outerjoin(Department, Department.id == Account.department_id)
        .outerjoin(Organization, Organization.id == Department.organization_id)
        .outerjoin(Region, Region.code == Organization.region_code)
        .outerjoin(Expert, Expert.user_id == Account.id)
        .outerjoin(Delegation, lent)
        .outerjoin(principal, principal.id == Delegation.principal_id)
    )


def actor_from(rows: Sequence[Row[Any]]) -> Actor:
    """The actor of whom the rows of ``people`` tell: as things stood when they were read, never kept beyond a request.

    What is one's own is not received as well: the act is one's own then.
    """
    person = rows[0]
    own = _permissions(person.given or "")
    loans = tuple(
        Loan(
            row.delegation_id,
            permission_for(row.duty),
            row.principal_id,
            row.principal_name,
            row.principal_id_number,
            row.ends_on,
        )
        for row in rows
        if row.delegation_id is not None and permission_for(row.duty) not in own
    )
    permissions = own.union(loan.permission for loan in loans) if loans else own
    is_expert = APPLY in permissions
    expert_id = person.expert_id if is_expert else None
    id_number = person.expert_id_number if is_expert else None
    if person.department_id is None:
        return Actor(
            person.user_id, person.name, permissions, expert_id=expert_id, id_number=id_number, place="专家本人"
        )
    return Actor(
        person.user_id,
        person.name,
        permissions,
        department_id=person.department_id,
        organization_id=person.organization_id,
        place=f"{person.organization}{person.department}",
        region_span=span_of(person.region_code, person.region_level),
        expert_id=expert_id,
        id_number=id_number or person.id_number,
        loans=loans,
    )


def actor_of(user: Account) -> Actor:
    """The actor that an account stands for now. One statement."""
    asked = people().where(Account.id == user.id)
    return actor_from(db.session.execute(asked, {"today": today_in_shanghai()}).all())


def behind(user_id: int) -> Actor:
    """Who ordered what a worker does, with what they may now. Raises ``NotAllowed`` for a stopped account."""
    account = db.session.get_one(Account, user_id, populate_existing=True)
    if not account.active:
        raise NotAllowed("账号已停用。")
    return actor_of(account)


@lru_cache(_SETS_KEPT)
def _permissions(given: str) -> frozenset[Permission]:
    # Kept by the very text that the database gave in this request: another role is another text.
    pairs = (line.partition(_WITHIN) for line in given.split(_BETWEEN) if line)
    return frozenset(Permission(verb, resource) for verb, _, resource in pairs)
