"""操作日志: one row for an act, in the act's own transaction or, for what writes nothing else, in one of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import select

from app.extensions import db
from app.models import Account, AuditEntry
from app.policies.actor import Actor
from app.services.unit_of_work import transactional

Detail = Mapping[str, Any] | None

NOBODY = "访客"
OWN_PLACE = "专家本人"
NAME_LENGTH, ROLE_LENGTH, PLACE_LENGTH, ACTION_LENGTH, SUBJECT_LENGTH = 64, 200, 120, 40, 120

client_address: ContextVar[str | None] = ContextVar("client_address", default=None)
"""Where the present request comes from: set by the views for each request, nothing on the command line."""


def audit(actor: Actor, action: str, subject: str, detail: Detail = None) -> None:
    """One row for what ``actor`` does, in the caller's transaction.

    ``subject`` is kind and id (``专家#12``), never personal data; ``detail`` is what JSON holds, with
    values of masked fields masked already.
    """
    add(action, subject, detail, actor_id=actor.user_id, name=actor.name, place=actor.place)


@transactional
def audit_apart(actor: Actor, action: str, subject: str, detail: Detail = None) -> None:
    """The same in a transaction of its own, for what changes nothing: a view, a download."""
    audit(actor, action, subject, detail)


def audit_login(user: Account, action: str, detail: Detail = None) -> None:
    """One row about a login of ``user``, in the caller's transaction: at that moment nobody is an ``Actor`` yet."""
    add(action, f"账号#{user.id}", detail, actor_id=user.id, name=user.name, place=user.place or OWN_PLACE)


@transactional
def logged_out(user_id: int) -> None:
    """退出."""
    audit_login(db.session.get_one(Account, user_id), "退出")


def add(
    action: str, subject: str, detail: Detail = None, *, name: str, actor_id: int | None = None, place: str = ""
) -> None:
    """One row, in the caller's transaction, with the roles of the account as they are now."""
    db.session.add(
        AuditEntry(
            actor_id=actor_id,
            actor_name=name[:NAME_LENGTH],
            role=_roles(actor_id)[:ROLE_LENGTH] or None,
            place=place[:PLACE_LENGTH] or None,
            address=client_address.get(),
            action=action[:ACTION_LENGTH],
            subject=subject[:SUBJECT_LENGTH],
            detail=json.dumps(detail, ensure_ascii=False, separators=(",", ":")) if detail else None,
        )
    )


def detail_of(entry: AuditEntry) -> dict[str, Any]:
    """What a row says besides its columns."""
    found: dict[str, Any] = json.loads(entry.detail) if entry.detail else {}
    return found


def _roles(user_id: int | None) -> str:
    if user_id is None:
        return ""
    held = select(Role.name).join(assoc_user_role, assoc_user_role.c.role_id == Role.id)
    # The act is not written because somebody asks for a name: what is pending goes out when its service says so.
    with db.session.no_autoflush:
        return "、".join(db.session.scalars(held.where(assoc_user_role.c.user_id == user_id).order_by(Role.id)))
