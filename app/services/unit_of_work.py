"""One use case, one transaction."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.domain.errors import Conflict
from app.extensions import db

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
        begin_write()
        try:
            result = use_case(*args, **kwargs)
            db.session.commit()
        except (IntegrityError, StaleDataError, OperationalError) as error:
            db.session.rollback()
            raise Conflict("数据已被他人修改或重复提交，本次操作没有保存。请刷新页面后再试。") from error
        except BaseException:
            db.session.rollback()
            raise
        return result

    return run


def begin_write() -> None:
    """Begins a transaction that takes SQLite's write lock at once; on PostgreSQL, an ordinary one."""
    db.session.rollback()
    db.session.connection(execution_options={"begin": "IMMEDIATE"})


def one_at_a_time(what: str) -> None:
    """Waits until no other transaction is at ``what``, and keeps others from it until this one ends.

    For what is counted before it is added to. SQLite has one writer anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))
