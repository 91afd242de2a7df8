"""Migrations on PostgreSQL while people work: whoever is cut off goes on where it was, whoever meets a lock lets others pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from benchmarks import grown
from tests.stress.processes import killed_at
from tests.support.databases import KINDS, POSTGRESQL, Registry
from tests.test_migration_rows import at, guards

pytestmark = pytest.mark.skipif(POSTGRESQL not in KINDS, reason="SQLite has one lock, whatever a migration does")
EXPERTS = 40
A_STEP = 19
"""How many more statements each try may make before it is killed: from the first to the last in about ten tries."""


@pytest.fixture
def grown_up_to(
    make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]
) -> Iterator[Callable[[str], Flask]]:
    """Makes the application on a database with experts at an earlier revision, its context pushed."""
    app = make_app(empty_database(POSTGRESQL, "gently"))

    def of(revision: str) -> Flask:
        flask_migrate.upgrade(revision=revision)
        db.session.remove()
        with psycopg.connect(url(app), autocommit=True) as connection:
            grown.fill(connection, EXPERTS)
        return app

    with app.app_context():
        yield of
        db.session.remove()
        db.engine.dispose()


def url(app: Flask) -> str:
    return str(app.config["SQLALCHEMY_DATABASE_URI"]).replace("+psycopg", "")


def one(statement: str) -> Any:
    with db.engine.connect() as connection:
        return connection.scalar(text(statement))


@pytest.mark.parametrize("registry", [POSTGRESQL], indirect=True)
def test_a_migration_that_is_killed_anywhere_is_finished_by_the_next(
    registry: Registry, grown_up_to: Callable[[str], Flask]
) -> None:
    with registry.app.app_context():
        head, wanted = at(), guards()
    app = grown_up_to("0003")
    kills = 0
    while killed_at(app, flask_migrate.upgrade, (kills + 1) * A_STEP):
        kills += 1
    assert kills > 5
    assert (at(), guards()) == (head, wanted)
    for half in ("pg_index WHERE NOT indisvalid", "pg_constraint WHERE NOT convalidated"):
        assert one(f"SELECT count(*) FROM {half}") == 0
    assert one("SELECT count(DISTINCT check_code) FROM certificate WHERE check_code ~ '^[\\w-]{22}$'") == EXPERTS * 0.6
    assert one("SELECT count(*) FROM submission") == one("SELECT count(*) FROM application")
    kept = "SELECT md5(string_agg(expert_reach::text, ',' ORDER BY region_code, expert_id)) FROM expert_reach"
    filled = one(kept)
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM expert_reach"))
        connection.execute(text("SELECT refresh_expert_reach(id) FROM expert"))
    assert filled == one(kept)


def test_half_an_index_is_made_anew_and_a_lock_is_waited_for_in_short_tries(
    grown_up_to: Callable[[str], Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = grown_up_to("0020")
    with db.engine.begin() as connection:
        connection.execute(text("CREATE INDEX ix_transition_at ON transition (at)"))
        connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_transition_at'::regclass")
        )
    flask_migrate.upgrade(revision="0021")
    assert "(at, action, application_id)" in one("SELECT pg_get_indexdef('ix_transition_at'::regclass)")

    passed = []
    with psycopg.connect(url(app)) as reader:
        reader.execute("SELECT count(*) FROM export_job")

        def let_go(_seconds: float) -> None:
            """Between two tries others pass, and the reader is done."""
            passed.append(one("SELECT count(*) FROM export_job"))
            reader.rollback()

        monkeypatch.setattr(time, "sleep", let_go)
        flask_migrate.upgrade(revision="0022")
    assert (at(), passed) == ("0022", [0])


def test_what_cannot_be_unique_leaves_no_half_index_behind(grown_up_to: Callable[[str], Flask]) -> None:
    grown_up_to("0012")
    with db.engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_certificate_current"))
        connection.execute(
            text("UPDATE certificate SET application_id = (SELECT min(application_id) FROM certificate)")
        )
    with pytest.raises(Exception, match="could not create unique index"):
        flask_migrate.downgrade(revision="0011")
    assert (at(), one("SELECT to_regclass('certificate_application_id_key')")) == ("0012", None)
