"""Statements as they ran, and what of them reads a whole table however large it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.extensions import db

LARGE = frozenset({
    "ab_user", "application", "attachment", "audit_entry", "certificate", "certificate_reminder", "expert",
    "expert_reach", "notification", "sms_message", "snapshot", "transition",
})  # fmt: skip
"""Tables that grow with the number of experts."""


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What the session runs meanwhile, with its parameters; transaction control left out."""
    ran: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SET", "LOCK")):
            ran.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def whole_tables(statement: str, parameters: Any) -> list[str]:
    """The large tables of which the database would read every row, or every entry of an index."""
    db.session.rollback()
    connection = db.session.connection()
    if db.engine.dialect.name == "sqlite":
        lines = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        words = [line[3].split() for line in lines]
        return [name for word in words if word[0] == "SCAN" and (name := _plain(word[1])) in LARGE]
    # A table of a few rows is read whole whatever its indexes: it is asked what it would do if it could help it.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    plan = explained if isinstance(explained, list) else json.loads(explained)
    db.session.rollback()
    return [
        node["Relation Name"]
        for node in _nodes(plan[0]["Plan"])
        if node.get("Relation Name") in LARGE and "Index Cond" not in node and node["Node Type"] != "Bitmap Heap Scan"
        and node["Node Type"] not in ("ModifyTable", "LockRows")
    ]  # fmt: skip


def _plain(name: str) -> str:
    """SQLite names a table as the statement does: an alias of SQLAlchemy's has a number at its end."""
    return name.rstrip("0123456789").rstrip("_")


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
