"""Files that nobody takes away while they are copied, and one backup at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select

from app.adapters.turn import turn_at_once
from app.database import unlimited
from app.domain.errors import Conflict
from app.extensions import db


@contextmanager
def files_at_rest(what: str) -> Iterator[None]:
    """Keeps sweeps, backups and restores from each other, on all hosts. Raises ``Conflict`` where one is at it.

    PostgreSQL's lock ends with its transaction, so it holds behind PgBouncer too. That transaction reads nothing
    meanwhile, and so keeps nothing from being vacuumed.
    """
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            unlimited(connection, current_app.config["DATABASE_LOCK_SECONDS"])
            _require(bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_KEY)))), what)
            yield
    else:
        with turn_at_once(Path(current_app.instance_path) / "turns", "files") as ours:
            _require(ours, what)
            yield


_KEY = func.hashtextextended("files at rest", 0)


def _require(ours: bool, what: str) -> None:
    if not ours:
        raise Conflict(f"另一个备份、恢复或文件清理正在进行，{what}没有开始。请稍后再试。")
