"""Who is told: accounts by what they may do and where, each with its mobile and its choice of SMS."""

from __future__ import annotations

from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Permission as PermissionRow
from flask_appbuilder.security.sqla.models import ViewMenu, assoc_user_role
from sqlalchemy import ColumnElement, CompoundSelect, or_, select, union

from app.domain.duties import Duty
from app.domain.notice_kinds import NoticeKind
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation, Department, Expert, NoticeChoice
from app.policies.delegation import by_role, permission_for, running
from app.policies.roles import Permission


@dataclass(frozen=True)
class Recipient:
    """``mobile`` is where an SMS goes; none where no SMS is to go out."""

    account_id: int
    mobile: str | None


def holders(permission: Permission, within: ColumnElement[bool]) -> CompoundSelect[int]:
    """The accounts in use that hold ``permission`` in a department, by a role or by a running 委托.

    ``within`` is a clause on ``Department``.
    """
    own = (
        by_role(Account.id)
        .join(Account, Account.id == assoc_user_role.c.user_id)
        .join(Department, Department.id == Account.department_id)
        .where(within, Account.active, PermissionRow.name == permission.verb, ViewMenu.name == permission.resource)
    )
    duties = [duty for duty in Duty if permission_for(duty) == permission]
    lent = (
        select(Delegation.delegate_id)
        .join(Department, Department.id == Delegation.department_id)
        .where(within, Delegation.duty.in_(duties), running(today_in_shanghai()))
    )
    return union(own, lent)


def not_the_person(expert: Expert) -> ColumnElement[bool]:
    """Every account but the expert's own, through whatever login (R6): nobody decides on themselves."""
    other = or_(Account.id_number_index.is_(None), Account.id_number_index != expert.id_number_index)
    return (Account.id != expert.user_id) & other


def recipients(kind: NoticeKind, *who: ColumnElement[bool]) -> list[Recipient]:
    """The accounts that these clauses name, in one statement. An expert's mobile is the one that a code has proved."""
    found = db.session.execute(
        select(Account.id, Account.mobile, Expert.mobile, NoticeChoice.by_sms)
        .outerjoin(Expert, Expert.user_id == Account.id)
        .outerjoin(NoticeChoice, (NoticeChoice.account_id == Account.id) & (NoticeChoice.kind == kind.key))
        .where(*who)
        .order_by(Account.id)
    )
    return [
        Recipient(account_id, (proved or given or None) if kind.by_sms(chosen) else None)
        for account_id, given, proved, chosen in found
    ]
