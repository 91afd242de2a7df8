"""Who is told: accounts by what they may do and where, each with its mobile and its choice of SMS."""

from __future__ import annotations

from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Permission as PermissionRow
from flask_appbuilder.security.sqla.models import (
    PermissionView,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import ColumnElement, Select, or_, select

from app.domain.notice_kinds import NoticeKind
from app.extensions import db
from app.models import Account, Department, Expert, NoticeChoice
from app.policies.roles import Permission


@dataclass(frozen=True)
class Recipient:
    """``mobile`` is where an SMS goes; none where no SMS is to go out."""

    account_id: int
    mobile: str | None


def holders(permission: Permission, within: ColumnElement[bool]) -> Select[int]:
    """The accounts in use that hold ``permission`` in a department; ``within`` is a clause on ``Department``.

    What somebody holds for a time, by another's hand, is one more select to be united with this one.
    """
    return (
        select(Account.id)
        .join(Department, Department.id == Account.department_id)
        .join(assoc_user_role, assoc_user_role.c.user_id == Account.id)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.role_id == assoc_user_role.c.role_id)
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(PermissionRow, PermissionRow.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(within, Account.active, PermissionRow.name == permission.verb, ViewMenu.name == permission.resource)
    )


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
