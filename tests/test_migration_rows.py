"""The migrations on a database with rows: down and up again, a step at a time, on both databases."""

from __future__ import annotations

from typing import Any

import flask_migrate
from alembic.migration import MigrationContext
from flask import Flask

from app.extensions import db
from app.services import reference
from tests.support import filled
from tests.support.filled import Rows


def at() -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


MEANT = {"0008": ["attachment"], "0002": ["verification_code"]}
"""What goes by design: the evidence of change requests with these; codes of ten minutes, which cannot be sealed."""


def differing(one: Rows, other: Rows) -> list[str]:
    """The tables that both have and whose rows differ in the columns that both have. What is sealed is sealed anew."""
    return sorted(table for table in one.keys() & other.keys() if not alike(one[table], other[table]))


def alike(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    if not some or not others:
        return some == others
    shared = [name for name in some[0] if name in others[0] and not sealed(name, some) and not sealed(name, others)]
    first, second = ([[row[name] for name in shared] for row in rows] for rows in (some, others))
    return sorted(first, key=repr) == sorted(second, key=repr)


def sealed(name: str, rows: list[dict[str, Any]]) -> bool:
    return any(isinstance(row[name], (bytes, memoryview)) for row in rows)


def guards() -> list[tuple[Any, ...]]:
    """Every trigger and every index with its text: SQLite forgets what a rebuilt table had, and Alembic does not see it."""
    queries = {
        "sqlite": ("SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'index')",),
        "postgresql": (
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        ),
    }
    with db.engine.connect() as connection:
        found = [tuple(row) for query in queries[connection.dialect.name] for row in connection.exec_driver_sql(query)]
    return sorted(found, key=repr)


def test_every_step_down_and_up_again_keeps_every_row_trigger_and_index(unbuilt: Flask) -> None:
    flask_migrate.upgrade()
    reference.seed()
    filled.fill()
    db.session.remove()
    above, lost = filled.held(), {}
    assert [table for table, rows in above.items() if not rows] == []
    head, built = at(), guards()
    while (revision := at()) is not None:
        flask_migrate.downgrade(revision="-1")
        below, guarded = filled.held(), guards()
        flask_migrate.upgrade(revision="+1")
        lost[revision] = differing(above, below) + differing(below, filled.held())
        flask_migrate.downgrade(revision="-1")
        assert guards() == guarded, revision
        above = below
    assert {revision: tables for revision, tables in lost.items() if tables} == MEANT
    flask_migrate.upgrade()
    assert (at(), guards()) == (head, built)
