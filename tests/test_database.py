"""How the databases are reached: limits on both, what a person reads when they bite, the pool, the pooler."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, exc, text

from app import database
from app.database import Trouble, trouble
from app.extensions import db
from app.views.errors import TROUBLES
from config import load
from tests.support.databases import KINDS, POSTGRESQL, SQLITE

HASTY = {
    "DATABASE_STATEMENT_SECONDS": "1", "DATABASE_IDLE_SECONDS": "1", "DATABASE_LOCK_SECONDS": "1",
    "DATABASE_POOL_SIZE": "1", "DATABASE_POOL_OVERFLOW": "0", "DATABASE_POOL_WAIT_SECONDS": "1",
}  # fmt: skip
ENDLESS = {
    SQLITE: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    POSTGRESQL: "SELECT count(*) FROM generate_series(1, 1000000000000)",
}
LONG = {
    SQLITE: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT count(*) FROM n",
    POSTGRESQL: "SELECT pg_sleep(1.3)",
}
Making = Callable[[str], Flask]
postgresql_only = pytest.mark.parametrize("hasty", [kind for kind in KINDS if kind == POSTGRESQL], indirect=True)


@pytest.fixture(params=KINDS)
def hasty(
    request: pytest.FixtureRequest,
    make_app: Making,
    empty_database: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """The application on an empty database, with one connection and a second for everything."""
    for name, value in HASTY.items():
        monkeypatch.setenv(name, value)
    made = make_app(empty_database(request.param, "hasty"))
    yield made
    with made.app_context():
        db.engine.dispose()


def answer(app: Flask, monkeypatch: pytest.MonkeyPatch, page: Callable[[], Any], **headers: str) -> tuple[int, str]:
    """What a visitor gets where ``page`` stands in for the log-in page."""
    endpoint = app.url_map.bind("localhost").match("/login/")[0]
    monkeypatch.setitem(app.view_functions, endpoint, page)
    response = app.test_client().get("/login/", headers=headers)
    found = re.search(r'class="error-text">([^<]*)<', response.text)
    return response.status_code, found[1] if found else response.text


def test_a_statement_that_takes_too_long_is_stopped_and_explained(
    hasty: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with hasty.app_context():
        endless = ENDLESS[db.engine.dialect.name]
    assert answer(hasty, monkeypatch, lambda: db.session.execute(text(endless)).all()) == (
        503,
        TROUBLES[Trouble.TOO_LONG],
    )
    assert "the database is too long at GET /login/" in caplog.text
    assert "Traceback" not in caplog.text
    _, said = answer(hasty, monkeypatch, lambda: db.session.execute(text(endless)).all(), Accept="application/json")
    assert "too long" not in said
    # The connection serves the next.
    assert answer(hasty, monkeypatch, lambda: str(db.session.scalar(text("SELECT 7")))) == (200, "7")


def test_short_statements_add_up_to_no_limit(hasty: Flask) -> None:
    """Each has its own time: an export reads for minutes."""
    with hasty.app_context(), db.engine.connect() as connection:
        half = (
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000) SELECT count(*) FROM n"
            )
            if db.engine.dialect.name == SQLITE
            else text("SELECT pg_sleep(0.4)")
        )
        for _ in range(4):
            assert len(connection.execute(half).all()) == 1


@postgresql_only
def test_who_gets_no_connection_is_asked_to_come_back(hasty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with hasty.app_context():
        held = db.engine.connect()
    try:
        asked = answer(hasty, monkeypatch, lambda: str(db.session.scalar(text("SELECT 7"))))
        assert asked == (503, TROUBLES[Trouble.BUSY])
    finally:
        held.close()


@postgresql_only
def test_a_transaction_that_idles_lets_its_locks_go(hasty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def idle() -> str:
        db.session.execute(text("SELECT 1"))
        # Another connection waits, so that this one idles.
        with psycopg.connect(hasty.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", "")) as other:
            other.execute("SELECT pg_sleep(1.3)")
        return str(db.session.scalar(text("SELECT 7")))

    assert answer(hasty, monkeypatch, idle) == (503, TROUBLES[Trouble.AWAY])
    assert answer(hasty, monkeypatch, lambda: str(db.session.scalar(text("SELECT 7")))) == (200, "7")


@postgresql_only
def test_a_restarted_server_costs_nobody_an_error(hasty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with hasty.app_context(), db.engine.connect() as connection:
        process = connection.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(hasty.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", "")) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (process,))
    assert answer(hasty, monkeypatch, lambda: str(db.session.scalar(text("SELECT 7")))) == (200, "7")


def test_a_server_that_is_away_is_said_to_be(make_app: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    away = make_app("postgresql://registry@127.0.0.1:1/registry")
    asked = answer(away, monkeypatch, lambda: str(db.session.scalar(text("SELECT 7"))))
    assert asked == (503, TROUBLES[Trouble.AWAY])


@postgresql_only
def test_a_session_is_what_the_program_counts_on(hasty: Flask) -> None:
    with hasty.app_context(), db.engine.connect() as connection:
        names = (
            "application_name",
            "TimeZone",
            "client_encoding",
            "statement_timeout",
            "idle_in_transaction_session_timeout",
        )
        found = [connection.scalar(text(f"SHOW {name}")) for name in names]
    assert found == ["registry", "UTC", "UTF8", "1s", "1s"]


@postgresql_only
def test_the_address_has_the_last_word(hasty: Flask) -> None:
    address = hasty.config["SQLALCHEMY_DATABASE_URI"] + "?application_name=audit&options=-c%20statement_timeout%3D7000"
    options = database.engine_options({**hasty.config, "SQLALCHEMY_DATABASE_URI": address})
    engine = create_engine(address, **options)
    with engine.connect() as connection:
        found = [
            connection.scalar(text(f"SHOW {name}")) for name in ("application_name", "statement_timeout", "timezone")
        ]
    engine.dispose()
    assert found == ["audit", "7s", "UTC"]


def pooled(app: Flask) -> Engine:
    """An engine as it is behind PgBouncer's transaction mode."""
    config = {**app.config, "DATABASE_POOLER": database.TRANSACTION}
    engine = create_engine(config["SQLALCHEMY_DATABASE_URI"], **database.engine_options(config))
    database.tame(engine, config)
    return engine


@postgresql_only
def test_behind_a_pooler_nothing_outlasts_a_transaction(hasty: Flask) -> None:
    """What PgBouncer would not take: settings at the start, statements prepared for the connection."""
    engine = pooled(hasty)
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        assert "options" not in raw.info.get_parameters()
        for _ in range(20):
            assert connection.scalar(text("SELECT CAST(:n AS integer)"), {"n": 7}) == 7
        assert connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
        assert [connection.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "timezone")] == ["1s", "UTC"]
        connection.commit()
        # Outside of a transaction of ours the connection is as the server made it.
        assert raw.execute("SHOW statement_timeout").fetchone() == ("0",)
        raw.rollback()
        database.unlimited(connection, 3)
        assert [connection.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")] == [
            "0",
            "3s",
        ]
    engine.dispose()


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else reads a table that a migration wants to itself."""
    with psycopg.connect(url.replace("+psycopg", "")) as other:
        other.execute("SELECT * FROM holiday")
        yield


@postgresql_only
def test_a_migration_does_not_wait_for_a_lock(hasty: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with hasty.app_context():
        flask_migrate.upgrade()
        with locked(hasty.config["SQLALCHEMY_DATABASE_URI"]), pytest.raises(SystemExit):
            flask_migrate.downgrade(revision="0009")
        assert "没有等到锁" in caplog.text
        flask_migrate.downgrade(revision="0009")


def test_a_migration_may_take_its_time(hasty: Flask) -> None:
    with hasty.app_context(), db.engine.connect() as connection:
        long = text(LONG[db.engine.dialect.name])
        with pytest.raises(exc.OperationalError):
            connection.execute(long).all()
        connection.rollback()
        connection.detach()
        database.unlimited(connection, 3)
        assert len(connection.execute(long).all()) == 1


@postgresql_only
def test_each_transaction_of_a_migration_waits_briefly_for_a_lock(hasty: Flask) -> None:
    with hasty.app_context(), db.engine.connect() as connection:
        database.unlimited(connection, 3)
        for _ in range(2):
            names = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
            assert [connection.scalar(text(f"SHOW {name}")) for name in names] == ["0", "0", "3s"]
            connection.commit()
    with hasty.app_context(), db.engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "1s"


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (exc.TimeoutError(), Trouble.BUSY),
        (exc.OperationalError("", {}, psycopg.errors.QueryCanceled()), Trouble.TOO_LONG),
        (exc.OperationalError("", {}, psycopg.errors.TooManyConnections()), Trouble.BUSY),
        (exc.OperationalError("", {}, psycopg.errors.AdminShutdown()), Trouble.AWAY),
        (exc.InternalError("", {}, psycopg.errors.IdleInTransactionSessionTimeout()), Trouble.AWAY),
        (exc.OperationalError("", {}, psycopg.OperationalError("connection refused")), Trouble.AWAY),
        (exc.OperationalError("", {}, psycopg.errors.DiskFull()), Trouble.FULL),
        (exc.OperationalError("", {}, psycopg.errors.DeadlockDetected()), None),
        (exc.ProgrammingError("", {}, psycopg.errors.UndefinedTable()), None),
        (exc.IntegrityError("", {}, psycopg.errors.UniqueViolation()), None),
        (ValueError(), None),
    ],
)
def test_only_what_passes_is_called_trouble(error: Exception, found: Trouble | None) -> None:
    assert trouble(error) is found


def test_the_pool_is_as_large_as_is_set(tmp_path: Any) -> None:
    environ = {"INSTANCE_PATH": str(tmp_path), "DATABASE_URL": "postgresql://u@host/db"}
    options = database.engine_options(load(environ))
    assert (options["pool_size"], options["max_overflow"], options["pool_timeout"], options["pool_recycle"]) == (
        5,
        10,
        10,
        1800,
    )
    assert (options["pool_pre_ping"], options["hide_parameters"]) == (True, True)
    set_ = database.engine_options(load({**environ, "DATABASE_POOL_SIZE": "8", "DATABASE_POOL_OVERFLOW": "0"}))
    assert (set_["pool_size"], set_["max_overflow"]) == (8, 0)
    assert database.engine_options(load({"INSTANCE_PATH": str(tmp_path)})) == {"hide_parameters": True}


def test_threads_wait_for_each_others_connections(hasty: Flask) -> None:
    """More threads than connections: nobody fails while each is quick."""
    met, found = Barrier(8), []

    def ask() -> None:
        met.wait()
        with hasty.app_context():
            found.append(db.session.scalar(text("SELECT 7")))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [7] * 8
