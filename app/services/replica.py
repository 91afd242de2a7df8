"""Rows from a streaming replica of the primary: while it is close enough behind, and nobody's own writes are missed.

Only what is read within ``read`` comes from there, and only by SELECT. Who asks, and what they may, was read from the
primary before: a right that was taken away counts at the next request, while a row may be as old as the lag allowed.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from flask import Flask, current_app
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, Session

from app import database
from app.database import Trouble, trouble
from app.domain.errors import NotFound
from app.extensions import db
from app.services.unit_of_work import READING

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_SECONDS = 1.0
"""How often a process looks how far the replica is, while there are pages to read from it."""
PAUSE_SECONDS = 10.0
"""How long a replica that failed is left alone."""

# Positions in the log of writes, as bytes since its beginning.
_WRITTEN_TO = text("SELECT (pg_current_wal_lsn() - '0/0')::bigint")
_REPLAYED_TO = text("SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END")
# A conflict with what the primary has cleaned up meanwhile; a statement that would write.
_ONLY_THERE = {"40001", "40P01", "25006"}


class Standby:
    """A replica as one process sees it; safe for its threads.

    It counts as close while it has replayed all that the primary had written ``lag`` seconds ago. Both positions are
    compared, no clocks: an idle primary makes no lag, and a replica that is cut off is not taken for a close one.
    """

    def __init__(self, engine: Engine, lag: float) -> None:
        self.engine, self._lag = engine, lag
        self._looking = Lock()
        self._written: deque[tuple[float, int]] = deque()
        self._looked_at = self._close_at = self._left_until = float("-inf")
        self._state = "serves"

    def is_close(self, session: Session) -> bool:
        """Whether pages may be read from it now. ``session`` is the request's, on the primary."""
        moment = time.monotonic()
        if moment < self._left_until:
            return False
        # One thread looks; to the others the last look counts, and while that is too old, the primary serves.
        if moment - self._looked_at >= LOOK_SECONDS and self._looking.acquire(blocking=False):
            try:
                self._look(session, moment)
            finally:
                self._looking.release()
        return moment - self._close_at <= self._lag

    def fail(self, reason: str) -> None:
        """Leaves it alone for a while."""
        self._left_until = time.monotonic() + PAUSE_SECONDS
        self._close_at = float("-inf")
        self._note(f"does not serve ({reason})")

    def _look(self, session: Session, moment: float) -> None:
        self._looked_at = moment
        self._written.append((moment, session.connection().scalar(_WRITTEN_TO) or 0))
        while self._written[0][0] < moment - self._lag:
            self._written.popleft()
        try:
            with self.engine.connect() as connection:
                replayed = connection.scalar(_REPLAYED_TO)
        except SQLAlchemyError as error:
            self.fail(_named(error))
            return
        if replayed is None:
            self.fail("it is no replica")
            return
        self._close_at = max((at for at, position in self._written if position <= replayed), default=self._close_at)
        self._note("serves" if moment - self._close_at <= self._lag else "lags behind")

    def _note(self, state: str) -> None:
        """Says once what has changed."""
        if state != self._state:
            self._state = state
            log.warning("the replica %s%s", state, "" if state == "serves" else ": reading from the primary")


def read(ask: Callable[[], T]) -> T:
    """What ``ask`` gives, its SELECTs answered by the replica; by the primary where that cannot be, or fails.

    ``ask`` may be called twice, so it writes nothing that cannot be written again. What it does not find is looked for
    on the primary too: it may have come a moment ago.
    """
    standby: Standby | None = current_app.extensions.get("standby")
    session = db.session()
    if standby is None or READING in session.info or not standby.is_close(session):
        return ask()
    session.info[READING] = standby.engine
    try:
        return ask()
    except NotFound:
        pass
    except (DBAPIError, PoolTimeout) as error:
        # A use case has begun to write, on the primary: what failed is not the replica's.
        if READING not in session.info or not _is_its_own(error):
            raise
        standby.fail(_named(error))
    finally:
        session.info.pop(READING, None)
    return ask()


def _is_its_own(error: SQLAlchemyError) -> bool:
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return trouble(error) in (Trouble.AWAY, Trouble.BUSY) or state in _ONLY_THERE


def _named(error: SQLAlchemyError) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _to_the_replica(state: ORMExecuteState) -> None:
    engine = state.session.info.get(READING)
    if engine is not None and state.is_select:
        state.bind_arguments.setdefault("bind", engine)


def init_app(app: Flask) -> None:
    """Binds to ``app`` the replica of ``DATABASE_REPLICA_URL``, where one is set."""
    if not app.config["DATABASE_REPLICA_URL"]:
        return
    engine = db.engines[database.REPLICA]
    database.tame(engine, app.config, is_replica=True)
    app.extensions["standby"] = Standby(engine, app.config["DATABASE_REPLICA_LAG_SECONDS"])
    if not event.contains(db.session, "do_orm_execute", _to_the_replica):
        event.listen(db.session, "do_orm_execute", _to_the_replica)
