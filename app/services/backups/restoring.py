"""Bringing a backup back: everything is looked at before anything is touched, and the database changes in one step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import delete, inspect, text

from app.adapters import postgresql_dump, sqlite_copy
from app.adapters.archive import DATABASE, FILES, entries
from app.adapters.head_file import read_text, write_text
from app.domain.errors import Conflict, Invalid
from app.extensions import db
from app.models import LoginSession
from app.models.types import now
from app.services import audit, audit_check, audit_seals
from app.services.at_rest import files_at_rest
from app.services.backups import manifest
from app.services.backups.making import backup_key, check
from app.services.backups.manifest import Manifest
from app.services.backups.snapshot import Report, database_file, major_version, reading, server
from app.services.ports import ports
from app.services.unit_of_work import transactional

GONE_SECONDS, LOOK_SECONDS = 5.0, 0.2
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Plan:
    """A backup that can be restored here; ``replaces`` where the database has something already."""

    path: Path
    said: Manifest
    replaces: bool


def plan(path: Path, report: Report) -> Plan:
    """Looks at everything and touches nothing.

    Raises ``Invalid`` where the backup is damaged, of another kind of database, of a later version, or sealed or filled
    under other keys than this machine has, or where PgBouncer is between; ``Conflict`` where the database is in use.
    """
    said = check(path, report)
    here = db.engine.dialect.name
    if said.kind != here:
        raise Invalid(f"这是 {NAMES[said.kind]} 的备份，不能恢复到 {NAMES[here]}。请把 DATABASE_URL 设为同一种数据库。")
    try:
        _scripts().get_revision(said.revision)
    except CommandError:
        raise Invalid(f"备份的数据库结构（{said.revision}）比本程序新。请先把程序升级到同一版本，再恢复。") from None
    said.require_keys()
    with db.engine.connect() as connection:
        replaces = bool(inspect(connection).get_table_names())
    if here == "postgresql":
        _require_no_pooler()
        _require_nobody_there()
    return Plan(path, said, replaces)


def restore(planned: Plan, by: str, report: Report) -> Path | None:
    """Stores every file, then puts the database in place, brings its schema up to date and ends all sessions.

    操作日志 is verified then, and its head noted anew. Gives where the former database was put aside, on SQLite. Files
    come first: they are only added, so until the last step nothing has changed, and what stops before it leaves no more
    than files that the sweep takes away. From that step on ``unfinished`` says so until all is done. Raises as ``plan``
    does, and ``Conflict`` where the database is in use, or where all is restored and 操作日志 does not agree with its
    seals.
    """
    with files_at_rest("恢复"):
        _store_files(planned, report)
        db.session.remove()
        with _marked(planned.path.name):
            if planned.said.kind == "postgresql":
                _load(planned)
                aside = None
            else:
                aside = _switch(planned)
        db.engine.dispose()
    flask_migrate.upgrade()
    _note(planned.said, by)
    try:
        if audit_seals.last_seal() is not None:
            audit_check.renew_head(by)
    finally:
        _mark().unlink(missing_ok=True)
    return aside


def unfinished() -> str:
    """The name of the backup of which a restore began to change the database and was cut off; empty where none was.

    Either nothing has changed or all rows are there already; what may lack is the newer schema, the end of all sessions
    and the head of 操作日志. Restoring again, of any backup, does all of it.
    """
    return read_text(_mark()) or ""


@contextmanager
def _marked(name: str) -> Iterator[None]:
    """What is refused has changed nothing; of what is killed, or loses its connection at the end, nobody knows."""
    write_text(_mark(), name.encode("ascii", "replace").decode())
    try:
        yield
    except postgresql_dump.Uncertain:
        raise
    except Exception:
        # Whatever it was, the one step was not taken: PostgreSQL rolls back, on SQLite the former file is in its place.
        _mark().unlink(missing_ok=True)
        raise


def _mark() -> Path:
    return Path(current_app.config["INSTANCE_PATH"]) / "restore-unfinished"


def _store_files(planned: Plan, report: Report) -> None:
    total, done = planned.said.files["count"], 0
    for entry in entries(planned.path, backup_key()):
        if entry.kind == FILES:
            ports().storage.put(entry.content)
            done += 1
            report("附件和聘书", done, total)


def _database(planned: Plan) -> Iterator[bytes]:
    for entry in entries(planned.path, backup_key()):
        if entry.kind != DATABASE:
            return
        yield entry.content


def _switch(planned: Plan) -> Path | None:
    """SQLite: a new file beside the former, and then in its place."""
    path = database_file()
    made = path.with_name(f".{path.name}-restoring")
    aside = _aside(path) if planned.replaces else None
    db.engine.dispose()
    try:
        sqlite_copy.unpack(_database(planned), made)
        with reading(made) as connection:
            _require_rows(planned.said, manifest.count_rows(connection))
        sqlite_copy.replace(path, made, aside)
    finally:
        made.unlink(missing_ok=True)
    return aside


def _aside(path: Path) -> Path:
    """A name that nothing has yet: not what a restore that was killed has put aside a moment ago either."""
    moment = now()
    while (free := path.with_name(f"{path.name}.before-{moment:%Y%m%d%H%M%S}")).exists():
        moment += timedelta(seconds=1)
    return free


def _load(planned: Plan) -> None:
    """PostgreSQL: out with the former tables and in with the others, in one transaction that also counts the rows."""
    with db.engine.connect() as connection:
        postgresql_dump.require_client(major_version(connection))
        before = [f"SET lock_timeout = '{current_app.config['DATABASE_LOCK_SECONDS']}s';"]
        before += [f"{statement};" for statement in connection.scalars(text(_DROPS))]
        schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
        counts = [
            # What the names are, the seal of the archive vouches for.
            f"""IF (SELECT count(*) FROM {schema}."{name}") <> {rows} THEN RAISE 'rows of {name}'; END IF;"""  # nosec B608
            for name, rows in planned.said.rows.items()
        ]
    after = f"DO $rows$ BEGIN {' '.join(counts)} END $rows$;\nANALYZE;"
    postgresql_dump.load(server(), "\n".join(before), _database(planned), after)


_DROPS = """
SELECT format('DROP %s IF EXISTS %I.%I CASCADE', what, nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
JOIN (VALUES ('r', 'TABLE'), ('p', 'TABLE'), ('v', 'VIEW'), ('m', 'MATERIALIZED VIEW'), ('S', 'SEQUENCE'))
  AS kinds (kind, what) ON relkind::text = kind
WHERE nspname = current_schema()
UNION ALL
SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', pg_proc.oid::regprocedure)
FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE nspname = current_schema()
  AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""
"""What a database of ours has in its schema: tables, what reads them, and the functions of triggers and indexes."""


def _require_no_pooler() -> None:
    """Where one is between, whoever answered at first gave another number than the server gives of itself."""
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if connection.scalar(text("SELECT pg_backend_pid()")) != driver.info.backend_pid:
            raise Invalid(
                "DATABASE_URL 指向 PgBouncer，没有恢复。恢复要直接连接数据库："
                "请把 DATABASE_URL 改为 PostgreSQL 自己的地址和端口，去掉 DATABASE_POOLER，再运行一次。"
            )


_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def _require_nobody_there() -> None:
    """Who is connected would go on with what they had read before. One that has just left takes its time to be gone."""
    db.session.remove()
    db.engine.dispose()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        until = time.monotonic() + GONE_SECONDS
        while (others := connection.scalar(text(_OTHERS))) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
    if others:
        raise Conflict(f"数据库正在使用（另有 {others} 个连接），没有恢复。请先停止网站和后台工作进程。")


def _require_rows(said: Manifest, counted: dict[str, int]) -> None:
    wrong = sorted(manifest.faults(said, counted))
    if wrong:
        raise Invalid(f"恢复出的行数与备份的清单不符（{'、'.join(wrong[:5])}），没有恢复。")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(current_app.extensions["migrate"].directory)


@transactional
def _note(said: Manifest, by: str) -> None:
    """Sessions that were ended since the backup would be open again: everybody logs in anew."""
    db.session.execute(delete(LoginSession))
    audit.add("恢复备份", f"备份 {said.made_at}", name=by)
