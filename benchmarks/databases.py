"""The two databases of a comparison: the product's own, and the same rows with the indexes of keys alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Connection, create_engine, inspect, make_url

from app.extensions import db
from benchmarks.population import filled
from benchmarks.rotation import SERVER

POSTGRESQL = "postgresql"
INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX%'",
    POSTGRESQL: "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
    " WHERE NOT indisunique AND relnamespace = 'public'::regnamespace"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
}
TRIGGERS = {
    "sqlite": "SELECT name, '' FROM sqlite_master WHERE type = 'trigger'",
    POSTGRESQL: "SELECT tgname, ' ON ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal",
}


@contextmanager
def pair(kind: str, size: int, folder: Path, reuse: bool = False, leave: bool = False) -> Iterator[tuple[str, str]]:
    """The addresses of the product's database and of its bare copy, filled with ``size`` experts.

    ``reuse`` takes those that an earlier run has left in ``folder``, or at the server; ``leave`` leaves them there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = size if reuse or leave else f"{size}_{os.getpid()}"
    own, bare = (_address(kind, folder, f"registry_bench_{run}_{name}") for name in ("own", "bare"))
    if not (reuse and _is_there(bare)):
        _drop(own)
        _drop(bare)
        _fill(size, own, folder)
        _copy(own, bare)
        _strip(bare)
    try:
        yield own, bare
    finally:
        if not leave:
            _drop(own)
            _drop(bare)


def _address(kind: str, folder: Path, name: str) -> str:
    return f"{SERVER}/{name}" if kind == POSTGRESQL else f"sqlite:///{folder.resolve() / name}.db"


def _name(url: str) -> str:
    return make_url(url).database or ""


def _on_server(statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        done = server.execute(statement.encode())
        return done.fetchall() if done.description else []


def _is_there(url: str) -> bool:
    if url.startswith("sqlite"):
        return Path(_name(url)).exists()
    return bool(_on_server(f"SELECT 1 FROM pg_database WHERE datname = '{_name(url)}'"))


def _drop(url: str) -> None:
    if url.startswith("sqlite"):
        for ending in ("", "-wal", "-shm"):
            Path(_name(url) + ending).unlink(missing_ok=True)
    else:
        _on_server(f"DROP DATABASE IF EXISTS {_name(url)} WITH (FORCE)")


def _fill(size: int, url: str, folder: Path) -> None:
    if not url.startswith("sqlite"):
        _on_server(f"CREATE DATABASE {_name(url)}")
    app = filled(size, url, folder)
    with app.app_context():
        if url.startswith("sqlite"):
            # Into one file, which can be copied.
            db.session.connection().exec_driver_sql("COMMIT")
            db.session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.session.remove()
        db.engine.dispose()


def _copy(url: str, target: str) -> None:
    if url.startswith("sqlite"):
        shutil.copyfile(_name(url), _name(target))
    else:
        _on_server(f"CREATE DATABASE {_name(target)} TEMPLATE {_name(url)}")


def _strip(url: str) -> None:
    """Leaves the indexes that Django itself would make: of primary keys, unique columns and foreign keys."""
    engine = create_engine(make_url(url.replace("postgresql://", "postgresql+psycopg://")))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        kind = engine.dialect.name
        for name, where in connection.exec_driver_sql(TRIGGERS[kind]).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}{where}")
        for (name,) in connection.exec_driver_sql(INDEXES[kind]).all():
            connection.exec_driver_sql(f"DROP INDEX {name}")
        _index_foreign_keys(connection)
        if kind == POSTGRESQL:
            connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def _index_foreign_keys(connection: Connection) -> None:
    inspector = inspect(connection)
    for table in inspector.get_table_names():
        for key in inspector.get_foreign_keys(table):
            columns = key["constrained_columns"]
            connection.exec_driver_sql(f"CREATE INDEX fk_{table}_{'_'.join(columns)} ON {table} ({', '.join(columns)})")
