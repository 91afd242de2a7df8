"""Who is logged in: sessions that are kept here, so that each can be seen and ended.

A session lives until it is ended, has been idle for SESSION_IDLE_MINUTES, or is SESSION_ABSOLUTE_HOURS old.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar

from flask import current_app
from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select, update

from app import database
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, LoginSession
from app.models.types import UtcDateTime, now
from app.policies.actor import Actor
from app.services import notifications
from app.services.actors import actor_from, people
from app.services.unit_of_work import transactional

SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used: no page writes more often than that."""
SWEPT_AT_ONCE = 200
"""Dead sessions that a login takes away at most, so that none has to wait for it."""


@transactional
def begin(user_id: int, address: str, device: str) -> str:
    """A new session of an account; gives the token for its cookie. Sessions too old to be used are swept."""
    token = secrets.token_urlsafe(32)
    # Two logins at once sweep different rows, and wait for nobody.
    dead = select(LoginSession.id).where(LoginSession.created_at <= now() - _absolute()).limit(SWEPT_AT_ONCE)
    db.session.execute(delete(LoginSession).where(LoginSession.id.in_(dead.with_for_update(skip_locked=True))))
    db.session.add(LoginSession(token_hash=_hash(token), user_id=user_id, address=address[:45], device=device))
    return token


@dataclass(frozen=True)
class Caller:
    """Whose session a request came with, as it stood when the request came; what Flask-Login takes for the user.

    ``unread`` is the figure of the bell, ``seen_at`` when the session was last noted to be in use.
    """

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    actor: Actor
    session_id: int
    seen_at: datetime
    unread: int
    is_active: bool
    session_epoch: int
    must_change_password: bool
    has_totp: bool
    list_columns: Mapping[str, Sequence[str]]
    is_guided: bool

    @property
    def id(self) -> int:
        """Of the account."""
        return self.actor.user_id

    @property
    def is_staff(self) -> bool:
        """As ``Account.is_staff``."""
        return self.actor.department_id is not None

    def get_id(self) -> str:
        """Flask-Login's word for ``id``."""
        return str(self.id)

    def get_full_name(self) -> str:
        """FAB's word for the name."""
        return self.actor.name


def living(token: str, user_id: int) -> Caller | None:
    """Whose session a cookie stands for; None for one that is over.

    In one statement of columns: every page asks for all of it before anything else.
    """
    moment = now()
    asked = {
        "token": _hash(token),
        "user": user_id,
        "today": today_in_shanghai(),
        "used_after": moment - _idle(),
        "begun_after": moment - _absolute(),
    }
    # What begins a request begins its transaction, which may only read until a use case begins one to write.
    begun = db.session().in_transaction()
    connection = db.session.connection(execution_options=None if begun else database.READ_ONLY)
    rows = connection.execute(_with_session(), asked).all()
    if not rows:
        return None
    row = rows[0]
    return Caller(
        actor_from(rows),
        row.session_id,
        row.last_seen_at,
        row.unread,
        row.active,
        row.session_epoch,
        row.must_change_password,
        row.has_totp,
        row.list_columns or {},
        row.guided_at is not None,
    )


@cache
def _with_session() -> Select[Any]:
    used_after, begun_after = (bindparam(name, type_=UtcDateTime) for name in ("used_after", "begun_after"))
    return (
        people()
        .add_columns(
            LoginSession.id.label("session_id"),
            LoginSession.last_seen_at,
            notifications.unread_of(Account.id).label("unread"),
            Account.active,
            Account.session_epoch,
            Account.must_change_password,
            Account.totp_secret.is_not(None).label("has_totp"),
            Account.list_columns,
            Account.guided_at,
        )
        .join(LoginSession, LoginSession.user_id == Account.id)
        .where(
            LoginSession.token_hash == bindparam("token"),
            Account.id == bindparam("user"),
            *_used_and_begun(used_after, begun_after),
        )
    )


@transactional
def seen(session_id: int) -> None:
    """Notes that the session is in use, unless that was noted a moment ago."""
    moment = now()
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.last_seen_at <= moment - SEEN_EVERY)
        .values(last_seen_at=moment)
    )


@transactional
def end(token: str) -> None:
    """Logs a session out, whoever else holds its cookie."""
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == _hash(token), LoginSession.ended_at.is_(None))
        .values(ended_at=now())
    )


@transactional
def end_others(user_id: int, token: str) -> int:
    """退出其他设备: ends every session of an account but this one. Gives how many."""
    ended = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.token_hash != _hash(token))
    return db.session.execute(ended.where(*_alive()).values(ended_at=now())).rowcount


def end_all(user: Account) -> None:
    """Ends every session of an account, in the caller's transaction: their cookies hold the old epoch."""
    user.session_epoch = (user.session_epoch or 0) + 1
    if user.id is not None:
        db.session.execute(
            update(LoginSession)
            .where(LoginSession.user_id == user.id, LoginSession.ended_at.is_(None))
            .values(ended_at=now())
        )


def of(user_id: int) -> list[LoginSession]:
    """The living sessions of an account, the one last used first."""
    return list(
        db.session.scalars(
            select(LoginSession)
            .where(LoginSession.user_id == user_id, *_alive())
            .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
        )
    )


def living_count() -> int:
    """How many sessions live, of whatever account."""
    return db.session.scalar(select(func.count()).select_from(LoginSession).where(*_alive())) or 0


def is_of(session: LoginSession, token: str) -> bool:
    """Whether this is the session whose cookie holds ``token``."""
    return secrets.compare_digest(session.token_hash, _hash(token))


def _idle() -> timedelta:
    return timedelta(minutes=current_app.config["SESSION_IDLE_MINUTES"])


def _absolute() -> timedelta:
    return timedelta(hours=current_app.config["SESSION_ABSOLUTE_HOURS"])


def _alive() -> tuple[ColumnElement[bool], ...]:
    moment = now()
    return _used_and_begun(moment - _idle(), moment - _absolute())


def _used_and_begun(used_after: Any, begun_after: Any) -> tuple[ColumnElement[bool], ...]:
    """Not ended, and used and begun later than these moments, or what stands for them in SQL."""
    return (
        LoginSession.ended_at.is_(None),
        LoginSession.last_seen_at > used_after,
        LoginSession.created_at > begun_after,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
