"""One state of the database, held while it is copied: nobody who writes meanwhile is kept waiting."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Connection, NullPool, create_engine, func, select

from app.adapters import postgresql_dump, sqlite_copy
from app.adapters.parts import PART
from app.adapters.postgresql_dump import Server
from app.database import unlimited
from app.domain.errors import Conflict
from app.extensions import db
from app.models import Attachment, Certificate, ExportPart, ImportPart
from app.services import rows

CERTIFICATE_BYTES = 64 * 1024
"""No certificate is larger; its row does not say."""
MARGIN = 64 * 1024 * 1024
Report = Callable[[str, int, int], None]
"""Told what is done, how much of it, and how much there is."""


@dataclass(frozen=True)
class Snapshot:
    """``connection`` sees the state that ``pieces`` give the copy of; they are taken once."""

    connection: Connection
    pieces: Iterator[bytes]


@contextmanager
def snapshot(room: Path, report: Report) -> Iterator[Snapshot]:
    """The database as it is now. ``room`` is a folder for what is only needed meanwhile. Raises ``Invalid``."""
    taking = _of_postgresql() if db.engine.dialect.name == "postgresql" else _of_sqlite(room / "database", report)
    with taking as taken:
        yield taken


@contextmanager
def _of_postgresql() -> Iterator[Snapshot]:
    with db.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        unlimited(connection, current_app.config["DATABASE_LOCK_SECONDS"])
        postgresql_dump.require_client(major_version(connection))
        exported = connection.scalar(select(func.pg_export_snapshot()))
        yield Snapshot(connection, postgresql_dump.dump(server(), str(exported)))


@contextmanager
def _of_sqlite(target: Path, report: Report) -> Iterator[Snapshot]:
    sqlite_copy.copy(database_file(), target, lambda done, total: report("复制数据库", done, total))
    with reading(target) as connection:
        yield Snapshot(connection, sqlite_copy.packed(target))
    target.unlink()


@contextmanager
def reading(copied: Path) -> Iterator[Connection]:
    """A copy of SQLite's that nobody writes to."""
    engine = create_engine("sqlite://", creator=lambda: sqlite_copy.opened(copied), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def database_file() -> Path:
    """SQLite's."""
    return Path(str(db.engine.url.database))


def server() -> Server:
    """PostgreSQL's address as its own programs take it."""
    _, given = db.engine.dialect.create_connect_args(db.engine.url)
    # "context" is psycopg's own, for its types.
    parameters: dict[str, Any] = {name: value for name, value in given.items() if name != "context"}
    return Server(parameters, str(parameters.pop("password", "")))


def major_version(connection: Connection) -> int:
    """Of PostgreSQL."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000


def require_room(folder: Path) -> None:
    """Raises ``Conflict`` where the disk of ``folder`` has not room enough for one more backup."""
    if db.engine.dialect.name == "postgresql":
        size = int(db.session.scalar(select(func.pg_database_size(func.current_database()))) or 0)
    else:
        size = 2 * sum(path.stat().st_size for path in database_file().parent.glob(f"{database_file().name}*"))
    for model in (Attachment, ExportPart):
        size += int(db.session.scalar(select(func.coalesce(func.sum(model.size), 0))) or 0)
    for model, at_most in ((Certificate, CERTIFICATE_BYTES), (ImportPart, PART)):
        size += at_most * rows.count(select(model.digest))
    db.session.rollback()
    free = shutil.disk_usage(folder).free
    if free < size + MARGIN:
        wanted, there = ((number + 1_048_575) // 1_048_576 for number in (size + MARGIN, free))
        raise Conflict(f"磁盘空间不足，没有开始备份：约需 {wanted} MB，{folder} 所在的磁盘只剩 {there} MB。")
