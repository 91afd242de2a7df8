"""One use case, one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.adapters.turn import turn
from app.domain.errors import Conflict
from app.extensions import db

READING = "reads from the replica"
"""In a session's ``info``, with the engine: what is selected need not be quite up to date (``replica.py``)."""
WRITTEN = "has written"
"""In a session's ``info``: since its beginning it has begun to write."""

P = ParamSpec("P")
T = TypeVar("T")


def transactional(use_case: Callable[P, T]) -> Callable[P, T]:
    """Runs ``use_case`` in a write transaction of its own: all of it is committed, or nothing.

    What the request has read before is let go first: SQLite refuses to write on a snapshot that
    another writer has passed, and waits politely only where the transaction asks to write at its
    beginning. Raises ``Conflict`` where the database finds that another hand was quicker.
    """

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            begin_write()
            result = use_case(*args, **kwargs)
            db.session.commit()
        except BaseException as error:
            db.session.rollback()
            if _another_hand(error):
                raise Conflict("数据已被他人修改或重复提交，本次操作没有保存。请刷新页面后再试。") from error
            raise
        return result

    return run


# PostgreSQL: serialization failure, deadlock, lock not available, a wait that the statement timeout ended.
_WAITED_IN_VAIN = {"40001", "40P01", "55P03", "57014"}


def _another_hand(error: BaseException) -> bool:
    """Whether the database refused for another's write; a full disk or a lost server is a fault, not that."""
    if isinstance(error, (IntegrityError, StaleDataError)):
        return True
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return getattr(error.orig, "sqlstate", None) in _WAITED_IN_VAIN


def begin_write() -> None:
    """Begins a transaction that takes SQLite's write lock at once; on PostgreSQL, an ordinary one."""
    db.session.rollback()
    # What a decision rests on, and whatever is read after it, comes from where it is written.
    db.session.info.pop(READING, None)
    db.session.info[WRITTEN] = True
    db.session.connection(execution_options={"begin": "IMMEDIATE"})


def one_at_a_time(what: str) -> None:
    """Waits until no other transaction is at ``what``, and keeps others from it until this one ends.

    For what is counted before it is added to. SQLite has one writer anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


@contextmanager
def in_line(what: str) -> Iterator[bool]:
    """On SQLite, waits for one's turn at ``what`` before any transaction begins; what was read before is let go.

    Gives whether there is a line. Elsewhere there is none: a row can be waited for without keeping others out.
    """
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    db.session.rollback()
    if not is_sqlite:
        yield False
        return
    with turn(Path(current_app.instance_path) / "turns", what):
        yield True
