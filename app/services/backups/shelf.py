"""Where backups lie, what they are called, and how long each stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from app.domain.retention import kept

NAME = "registry-%Y%m%d-%H%M%S.backup"
"""By the clock of Shanghai."""


def folder() -> Path:
    """The setting ``BACKUP_PATH``; made where it is not there."""
    path = Path(current_app.config["BACKUP_PATH"])
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def place(moment: datetime) -> Path:
    """The path of a backup made at ``moment``: of the next second that has none."""
    while (path := folder() / moment.strftime(NAME)).exists():
        moment += timedelta(seconds=1)
    return path


def prune() -> tuple[Path, ...]:
    """Removes what ``BACKUP_KEEP`` does not keep; gives which. Files of other names are none of ours."""
    there = dict(_backups())
    keeping = kept(there, current_app.config["BACKUP_KEEP"])
    removed = tuple(path for moment, path in sorted(there.items()) if moment not in keeping)
    for path in removed:
        path.unlink()
    return removed


def _backups() -> Iterator[tuple[datetime, Path]]:
    for path in folder().iterdir():
        try:
            yield datetime.strptime(path.name, NAME), path  # noqa: DTZ007  (compared with its like alone)
        except ValueError:
            continue
