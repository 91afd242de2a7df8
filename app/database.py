"""How the two databases are reached: connections, how long one may take, and what it means when they say no."""

from __future__ import annotations

import sqlite3
from enum import Enum
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Engine, ExecutionContext, event, exc, make_url

TRANSACTION = "transaction"
"""``DATABASE_POOLER``: PgBouncer lends a connection of its own for a transaction at a time."""

READ_ONLY = {"postgresql_readonly": True}
"""Execution options of a connection whose transaction may only read (``reading.py``). SQLite takes no notice."""

OWN_LIMITS = "limits"
"""Among the execution options of a connection that has other limits than the rest; PostgreSQL is told them."""
REPLICA = "replica"
"""The bind of ``DATABASE_REPLICA_URL``."""
_NO_WAIT = {"connect_timeout": 2, "tcp_user_timeout": 3000}
"""Nobody waits for a replica that has gone: seconds to connect, milliseconds for the other end to be heard of."""

_STEP = 100_000
"""Instructions of SQLite between two looks at what is left, about 4 ms."""
_STEPS_A_SECOND = 200
"""What a slow processor does. Instructions are counted, for a clock would run on while nobody asks for the next row."""


class Trouble(Enum):
    """Why the database did not answer, as far as somebody can do something about it."""

    TOO_LONG = "too long"
    BUSY = "busy"
    AWAY = "away"
    FULL = "out of disk space"


# PostgreSQL: the statement timeout; too many connections, a wait for a lock, no more memory; a full disk; its classes
# of lost connections, shut-downs and transactions that idled.
_SQLSTATES = {
    "57014": Trouble.TOO_LONG,
    "53300": Trouble.BUSY,
    "55P03": Trouble.BUSY,
    "53200": Trouble.BUSY,
    "53100": Trouble.FULL,
}
_SQLITE = {
    sqlite3.SQLITE_INTERRUPT: Trouble.TOO_LONG,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_FULL: Trouble.FULL,
}
_AWAY = ("08", "57P", "25P03")


def trouble(error: Exception) -> Trouble | None:
    """What ails the database, or None where the fault is the program's."""
    if isinstance(error, exc.TimeoutError):
        return Trouble.BUSY
    if not isinstance(error, exc.DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.OperationalError):
        return _SQLITE.get(error.orig.sqlite_errorcode & 0xFF)
    state = getattr(error.orig, "sqlstate", None)
    # A server that cannot be reached gives no state at all.
    if error.connection_invalidated or (state is None and isinstance(error, exc.OperationalError)):
        return Trouble.AWAY
    return Trouble.AWAY if (state or "").startswith(_AWAY) else _SQLSTATES.get(state or "")


def engine_options(config: dict[str, Any]) -> dict[str, Any]:
    """For ``create_engine``, by the settings ``DATABASE_*`` of ``config.py``."""
    # Parameters of a failing statement may be ID numbers; they belong into no log.
    options: dict[str, Any] = {"hide_parameters": True}
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() != "postgresql":
        return options
    # What the address says goes before each of these: application_name, and options, of which the last counts.
    arguments: dict[str, Any] = {"fallback_application_name": "registry", "client_encoding": "utf8"}
    if config["DATABASE_POOLER"] == TRANSACTION:
        # The next transaction may come to a connection that knows nothing of what this one prepared or set.
        arguments["prepare_threshold"] = None
    else:
        ours = [f"-c {name}={value}" for name, value in _limits(config).items()]
        arguments["options"] = " ".join([*ours, str(url.query.get("options", ""))]).strip()
    return options | {
        "pool_size": config["DATABASE_POOL_SIZE"],
        "max_overflow": config["DATABASE_POOL_OVERFLOW"],
        "pool_timeout": config["DATABASE_POOL_WAIT_SECONDS"],
        "pool_recycle": config["DATABASE_POOL_RECYCLE_SECONDS"],
        # A tenth of a millisecond, so that a restart of the server costs nobody an error.
        "pool_pre_ping": True,
        # The connection that was used last knows the statements of pages already; turn by turn, each would learn them.
        "pool_use_lifo": True,
        "connect_args": arguments,
    }


def binds(config: dict[str, Any]) -> dict[str, Any]:
    """The engines besides the primary's, for Flask-SQLAlchemy: the replica's, where one is set."""
    url = config["DATABASE_REPLICA_URL"]
    if not url:
        return {}
    options = engine_options({**config, "SQLALCHEMY_DATABASE_URI": url})
    return {
        REPLICA: options
        | {"url": url, "pool_timeout": 1, "execution_options": READ_ONLY}
        | {"connect_args": options["connect_args"] | _NO_WAIT}
    }


def tame(engine: Engine, config: dict[str, Any], *, is_replica: bool = False) -> None:
    """Binds to ``engine`` what none of ``engine_options`` can say."""
    if engine.dialect.name == "sqlite":
        _tame_sqlite(engine, config["DATABASE_STATEMENT_SECONDS"] * _STEPS_A_SECOND)
    else:
        # Psycopg, which it needs, takes memory that nobody has to spare on SQLite.
        import_module("app.reading").init_engine(engine, is_replica=is_replica)
        _limit_each_transaction(engine, _limits(config) if config["DATABASE_POOLER"] == TRANSACTION else {})


def unlimited(connection: Connection, lock_seconds: float) -> None:
    """For migrations: each statement of ``connection`` takes as long as it takes, but waits briefly for a lock.

    Whoever waits for the lock of a whole table holds up everybody behind. To be called before the first transaction.
    """
    limits = {
        "statement_timeout": 0,
        "idle_in_transaction_session_timeout": 0,
        "lock_timeout": int(lock_seconds * 1000),
    }
    connection.execution_options(**{OWN_LIMITS: limits})
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        raw.set_progress_handler(None, 0)


def _limits(config: dict[str, Any]) -> dict[str, int | str]:
    """Settings of a session of PostgreSQL's, times in milliseconds."""
    return {
        "statement_timeout": config["DATABASE_STATEMENT_SECONDS"] * 1000,
        "idle_in_transaction_session_timeout": config["DATABASE_IDLE_SECONDS"] * 1000,
        "timezone": "UTC",
        # Compiling a statement takes longer than any of ours may.
        "jit": "off",
    }


def _limit_each_transaction(engine: Engine, limits: dict[str, int | str]) -> None:
    """``limits`` for each transaction, or those that its connection has of its own."""

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        own = connection.get_execution_options().get(OWN_LIMITS, limits)
        if own:
            settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in own.items())
            connection.exec_driver_sql(f"SELECT {settings}")


def _tame_sqlite(engine: Engine, steps: int) -> None:
    """WAL, full synchronisation, foreign keys, a wait for the lock; transactions that begin when we say; an end."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")
        record.info["steps"] = steps

        def spent() -> bool:
            record.info["steps"] -= 1
            return record.info["steps"] < 0

        connection.set_progress_handler(spent, _STEP)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")

    @event.listens_for(engine, "before_cursor_execute")
    def on_execute(
        connection: Connection, _cursor: Any, _text: Any, _bound: Any, context: ExecutionContext, _many: bool
    ) -> None:
        # A statement may be given less time than others: ``instructions`` among its execution options.
        own = context.execution_options.get("instructions", 0)
        connection.info["steps"] = -(-own // _STEP) or steps
