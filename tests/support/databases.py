"""The two databases of the tests: made by the real migrations, seeded once, cleaned after each test."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import Connection, Engine, Select, Table, event, insert, literal, select, union_all

from app.extensions import db
from app.services import reference
from tests.support.parts import REQUIRED, left_out

SQLITE, POSTGRESQL = "sqlite", "postgresql"
SERVER = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
"""A server on which databases may be made and dropped, without a database's name."""

REFERENCE = frozenset({
    "region", "organization", "department", "appointing_body", "industry", "field", "speciality", "holiday", "sms_template",
    "ab_role", "ab_permission", "ab_view_menu", "ab_permission_view", "ab_permission_view_role",
})  # fmt: skip
"""Tables that seeding fills. They keep their rows between tests; a test that changed one has them restored."""

GUARDED = ("audit_entry", "audit_seal", "profile_change", "certificate_design")
"""Tables of which the database refuses to change a row."""

_WRITE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)


def postgresql_answers() -> bool:
    """Whether the server can be reached."""
    try:
        psycopg.connect(f"{SERVER}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


ANSWERS = postgresql_answers()
LACKING = f"PostgreSQL does not answer at {SERVER}"
ASKED = os.environ.get("TEST_DATABASES", "").split()
"""The databases that were asked for by name; all where none was."""
KINDS = ASKED or ([SQLITE, POSTGRESQL] if ANSWERS or REQUIRED else [SQLITE])
"""The databases that tests run on; the first has those to which it makes no difference, and the browser's. A required
one that lacks fails each of its tests."""


def _on_server(*statements: str) -> None:
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def create(kind: str, folder: Path, name: str) -> tuple[str, Callable[[], None]]:
    """An empty database of this process's own: its address, and what drops it."""
    if kind == POSTGRESQL and not ANSWERS:
        left_out(LACKING)
    if kind == SQLITE:
        return f"sqlite:///{folder / name}.db", lambda: None
    _on_server(
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE template0",
        # What a power cut would take does not matter to a test.
        f"ALTER DATABASE {name} SET synchronous_commit = off",
    )
    return f"{SERVER}/{name}", lambda: _on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Without the triggers that keep 操作日志 append-only: as somebody would who owns the database."""
    if connection.dialect.name == POSTGRESQL:
        for table in GUARDED:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in GUARDED:
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    guards = [(name, sql) for name, sql in found if name.startswith(GUARDED) and "_grams_" not in name]
    for name, _ in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, sql in guards:
        connection.exec_driver_sql(sql)


@contextmanager
def _unchecked(engine: Engine) -> Iterator[Connection]:
    """A transaction that looks for no orphans, nor on PostgreSQL for guards: everything goes, so each look is in vain."""
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        if engine.dialect.name == SQLITE:
            raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                if engine.dialect.name == POSTGRESQL:
                    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                yield connection
        finally:
            if engine.dialect.name == SQLITE:
                raw.execute("PRAGMA foreign_keys = ON")


def _name_if_filled(table: Table) -> Select[tuple[str]]:
    return select(literal(table.name)).where(select(table).exists())


def _hurry(connection: Any, _record: Any) -> None:
    """What a power cut would take does not matter to a test. Rows that nobody put in order come in the other one."""
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA reverse_unordered_selects = ON")


@dataclass
class Registry:
    """A seeded database with its application. ``clean`` undoes whatever a test committed."""

    app: Flask
    kind: str
    _seeded: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)

    @property
    def engine(self) -> Engine:
        """Of the application."""
        with self.app.app_context():
            return db.engine

    def build(self) -> None:
        """By the migrations and the seeding that an installation runs; then remembers the reference rows."""
        with self.app.app_context():
            flask_migrate.upgrade()
            reference.seed()
        engine = self.engine
        with engine.connect() as connection:
            for table in Model.metadata.sorted_tables:
                if table.name in REFERENCE:
                    self._seeded[table] = [dict(row) for row in connection.execute(select(table)).mappings()]
        event.listen(engine, "before_cursor_execute", self._note_write)
        if self.kind == SQLITE:
            engine.dispose()
            event.listen(engine, "connect", _hurry)

    def _note_write(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if (match := _WRITE.match(statement)) and match[1] in REFERENCE:
            self._touched.add(match[1])

    def clean(self) -> None:
        """Takes away every row that is not reference, and puts reference rows back where one was written."""
        tables = Model.metadata.sorted_tables
        (Path(self.app.instance_path) / "audit_head").unlink(missing_ok=True)
        with _unchecked(self.engine) as connection:
            going = [table for table in tables if self._touched or table.name not in REFERENCE]
            filled = set(connection.scalars(union_all(*map(_name_if_filled, going))))
            with nullcontext() if self.kind == POSTGRESQL else unguarded(connection):
                for table in reversed(going):
                    if table.name in filled:
                        connection.execute(table.delete())
            if self._touched:
                for table in tables:
                    if self._seeded.get(table):
                        connection.execute(insert(table), self._seeded[table])
        self._touched.clear()
