"""Statements as they run: how many a request needs, and those that take too long, with their text."""

from __future__ import annotations

import logging
import time
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, event

from app import metrics
from app.database import OWN_LIMITS
from app.trail import present

log = logging.getLogger(__name__)

TEXT_AT_MOST = 1000
"""Characters of a statement that are logged."""
_BEGUN = "statement begun"


def init_engine(engine: Engine, slow_ms: int) -> None:
    """Binds to ``engine`` what counts its statements, and logs those of more than ``slow_ms`` milliseconds.

    What is logged is the text with its placeholders: its parameters may be ID numbers. A statement that was stopped
    for its length is logged too.
    """

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        connection.info[_BEGUN] = time.perf_counter()
        trail = present.get()
        if trail is not None and not statement.startswith("BEGIN"):
            trail.statements += 1

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        judge(connection, statement)

    @event.listens_for(engine, "handle_error")
    def fail(context: ExceptionContext) -> None:
        if context.connection is not None and context.statement and not context.connection.invalidated:
            judge(context.connection, context.statement)

    def judge(connection: Connection, statement: str) -> None:
        begun = connection.info.pop(_BEGUN, None)
        if begun is None:
            return
        if OWN_LIMITS in connection.get_execution_options():  # a migration takes as long as it takes
            return
        took = (time.perf_counter() - begun) * 1000
        if took > slow_ms:
            trail = present.get()
            metrics.slow_statement(trail.rule if trail else "")
            log.warning("slow statement, %.0f ms: %s", took, " ".join(statement.split())[:TEXT_AT_MOST])
