"""Who is logged in: sessions that are kept here, so that each can be seen and ended.

A session lives until it is ended, has been idle for SESSION_IDLE_MINUTES, or is SESSION_ABSOLUTE_HOURS old.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, select, update

from app.extensions import db
from app.models import Account, LoginSession
from app.models.types import now
from app.services import notifications
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
    dead = select(LoginSession.id).where(LoginSession.created_at <= _oldest()).limit(SWEPT_AT_ONCE)
    db.session.execute(delete(LoginSession).where(LoginSession.id.in_(dead.with_for_update(skip_locked=True))))
    db.session.add(LoginSession(token_hash=_hash(token), user_id=user_id, address=address[:45], device=device))
    return token


def living(token: str, user_id: int) -> tuple[Account, LoginSession, int] | None:
    """The account and the session that a cookie stands for, and how many notices are unread; None for one that is over.

    In one statement: every page asks for all three.
    """
    found = db.session.execute(
        select(Account, LoginSession, notifications.unread_of(Account.id))
        .join(LoginSession, LoginSession.user_id == Account.id)
        .where(LoginSession.token_hash == _hash(token), Account.id == user_id, *_alive())
    ).one_or_none()
    return None if found is None else (found[0], found[1], found[2])


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


def is_of(session: LoginSession, token: str) -> bool:
    """Whether this is the session whose cookie holds ``token``."""
    return secrets.compare_digest(session.token_hash, _hash(token))


def _oldest() -> datetime:
    return now() - timedelta(hours=current_app.config["SESSION_ABSOLUTE_HOURS"])


def _alive() -> tuple[ColumnElement[bool], ...]:
    idle = now() - timedelta(minutes=current_app.config["SESSION_IDLE_MINUTES"])
    return LoginSession.ended_at.is_(None), LoginSession.last_seen_at > idle, LoginSession.created_at > _oldest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
