"""权限一览: who may 审核 and who may 备案 in each department, by a role or by 委托, and where nobody may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask_appbuilder.security.sqla.models import Permission as PermissionRow
from flask_appbuilder.security.sqla.models import Role, ViewMenu, assoc_user_role
from sqlalchemy import ColumnElement, String, false, null, or_, select, true, type_coerce
from sqlalchemy.orm import aliased, contains_eager

from app.documents.csv_file import Cells
from app.domain.duties import Duty
from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation, Department, Organization
from app.policies.actor import Actor
from app.policies.delegation import by_role, running
from app.policies.roles import APPLICATIONS
from app.services.audit import audit_apart

COLUMNS = ("机构", "部门", "事项", "姓名", "用户名", "依据", "委托截止日", "提示")
_OF_DEPARTMENT = aliased(Organization)
BY_TREE = (
    select(_OF_DEPARTMENT.region_code).where(_OF_DEPARTMENT.id == Department.organization_id).scalar_subquery(),
    Department.id,
)
"""The order of departments: as the tree of regions goes, then as they came to be."""


@dataclass(frozen=True)
class Holder:
    """Who has a duty: ``ground`` is the role, or whose 委托; ``until`` its last day; ``flaw`` why they cannot act."""

    account_id: int
    name: str
    username: str
    ground: str
    until: date | None = None
    flaw: str = ""


Holders = dict[tuple[int, Duty], list[Holder]]


def holders(departments: Iterable[Department]) -> Holders:
    """By department and duty, in one statement. A 委托 that does not hold now gives nothing and is not listed."""
    ids = [department.id for department in departments]
    principal = aliased(Account)
    # The lent ones stand first: their columns say how the answer is read.
    lent = (
        select(
            Account.department_id,
            type_coerce(Delegation.duty, String),
            Account.id,
            Account.first_name,
            Account.username,
            true(),
            true(),
            null(),
            principal.first_name,
            Delegation.ends_on,
        )
        .select_from(Delegation)
        .join(Account, Account.id == Delegation.delegate_id)
        .join(principal, principal.id == Delegation.principal_id)
        .where(running(today_in_shanghai()), Account.department_id.in_(ids))
    )
    own = (
        by_role(
            Account.department_id,
            PermissionRow.name,
            Account.id,
            Account.first_name,
            Account.username,
            Account.active,
            Account.id_number_index.is_not(None),
            Role.name,
            null(),
            null(),
        )
        .join(Account, Account.id == assoc_user_role.c.user_id)
        .join(Role, Role.id == assoc_user_role.c.role_id)
        .where(
            ViewMenu.name == APPLICATIONS,
            PermissionRow.name.in_([duty.value for duty in Duty]),
            Account.department_id.in_(ids),
        )
    )
    found: dict[tuple[int, Duty], dict[tuple[int, bool], Holder]] = {}
    for place, verb, account_id, name, username, active, numbered, role, by, until in db.session.execute(
        lent.union_all(own)
    ):
        flaw = "已停用" if not active else "" if numbered else "未登记身份证号"
        held = Holder(account_id, name, username, role or f"受{by}委托", until, flaw)
        theirs = found.setdefault((place, Duty(verb)), {})  # type: ignore[call-arg]
        before = theirs.get((account_id, role is None))
        theirs[account_id, role is None] = replace(held, ground=f"{before.ground}、{held.ground}") if before else held
    return {key: sorted(theirs.values(), key=lambda one: (one.account_id, one.ground)) for key, theirs in found.items()}


def gap(department: Department, duty: Duty, found: Holders) -> str:
    """What is lacking: nobody who can act, where the department takes or files applications; "" for nothing."""
    needed = department.receives if duty is Duty.REVIEW else department.files
    if department.retired or not needed or any(not one.flaw for one in found.get((department.id, duty), ())):
        return ""
    return f"无人可{duty.label}"


def lacking(duty: Duty) -> ColumnElement[bool]:
    """The same of ``gap`` as a clause over departments."""
    needed = Department.receives if duty is Duty.REVIEW else Department.files
    able = (
        by_role(Account.id)
        .join(Account, Account.id == assoc_user_role.c.user_id)
        .where(
            ViewMenu.name == APPLICATIONS,
            PermissionRow.name == duty.value,
            Account.department_id == Department.id,
            Account.active,
            Account.id_number_index.is_not(None),
        )
        .exists()
    )
    lent = (
        select(Delegation.id)
        .where(Delegation.department_id == Department.id, Delegation.duty == duty, running(today_in_shanghai()))
        .exists()
    )
    return (Department.retired == false()) & needed & ~or_(able, lent)


def exported(actor: Actor, clauses: Sequence[ColumnElement[bool]]) -> list[Cells]:
    """Every department that passes, a row for each person and duty, and one for each gap; noted in 操作日志."""
    departments = list(
        db.session.scalars(
            select(Department)
            .join(Department.organization)
            .options(contains_eager(Department.organization))
            .where(*clauses)
            .order_by(*BY_TREE)
        )
    )
    found, rows = holders(departments), [COLUMNS]
    for department in departments:
        place = (department.organization.name, f"{department.name}{'（已停用）' if department.retired else ''}")
        for duty in Duty:
            rows += [
                (
                    *place, duty.label, one.name, one.username, one.ground,
                    chinese_date(one.until) if one.until else "", one.flaw,
                )
                for one in found.get((department.id, duty), ())
            ]  # fmt: skip
            if lack := gap(department, duty, found):
                rows.append((*place, duty.label, "", "", "", "", lack))
    audit_apart(actor, "导出权限一览", "权限一览", {"count": len(rows) - 1})
    return list(rows)
