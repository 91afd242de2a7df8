"""Statements that take too long are logged with their text, those that were stopped too; never a parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from app import statements
from app.database import unlimited
from app.trail import Trail, present
from tests.support import databases

MOBILE = "13977771771"
Log = pytest.LogCaptureFixture


@pytest.fixture
def watched(registry: databases.Registry) -> Iterator[Callable[[int], Engine]]:
    """An engine of its own on each database, which calls a statement of more than so many milliseconds slow."""
    engine = create_engine(registry.engine.url, hide_parameters=True)

    def watch(slow_ms: int) -> Engine:
        statements.init_engine(engine, slow_ms)
        return engine

    yield watch
    engine.dispose()


def said(caplog: Log) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "app.statements"]


def test_a_slow_statement_is_logged_without_its_parameters(watched: Callable[[int], Engine], caplog: Log) -> None:
    with watched(0).connect() as connection:
        connection.execute(text("SELECT  :mobile\n AS found"), {"mobile": MOBILE}).all()
    (line,) = [line for line in said(caplog) if "found" in line]
    assert line.startswith("slow statement, ")
    assert "AS found" in line
    assert MOBILE not in caplog.text


def test_a_quick_one_is_counted_for_its_request_alone(watched: Callable[[int], Engine], caplog: Log) -> None:
    with watched(60_000).connect() as connection:
        trail = Trail("bcdf-ghjk-mnpq")
        present.set(trail)
        for _ in range(3):
            connection.execute(text("SELECT 1")).all()
        present.set(None)
        connection.execute(text("SELECT 1")).all()
    assert trail.statements == 3
    assert said(caplog) == []


def test_a_migration_takes_as_long_as_it_takes(watched: Callable[[int], Engine], caplog: Log) -> None:
    with watched(0).connect() as connection:
        unlimited(connection, 1)
        connection.execute(text("SELECT 1")).all()
    assert said(caplog) == []


def test_one_that_failed_is_logged_if_it_was_slow(watched: Callable[[int], Engine], caplog: Log) -> None:
    with watched(0).connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("SELECT :mobile FROM no_such_table"), {"mobile": MOBILE})
    assert "no_such_table" in said(caplog)[-1]
    assert MOBILE not in caplog.text
