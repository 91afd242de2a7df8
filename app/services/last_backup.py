"""When the last backup went well: a small file in the instance folder says so, written by ``flask backup``."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from app.adapters.head_file import read_text, write_text
from app.models.types import now

NAME = "last-backup.json"
HOURS = 26
"""A day, and two hours for a night on which it took longer."""


@dataclass(frozen=True)
class Backup:
    """A backup that went well."""

    finished_at: datetime
    seconds: float
    bytes: int

    @property
    def is_overdue(self) -> bool:
        """Whether the next one should have been made."""
        return self.finished_at < now() - timedelta(hours=HOURS)


def note(seconds: float, size: int) -> None:
    """A backup of so many bytes has just gone well."""
    said = {"finished_at": now().isoformat(timespec="seconds"), "seconds": round(seconds, 1), "bytes": size}
    write_text(_path(), json.dumps(said))


def _path() -> Path:
    return Path(current_app.config["INSTANCE_PATH"]) / NAME


def last() -> Backup | None:
    """The last one; ``None`` where there is none, or where the file says nothing that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(read_text(_path()) or "")
        finished_at = datetime.fromisoformat(said["finished_at"])
        if finished_at.tzinfo is not None:
            return Backup(finished_at, float(said["seconds"]), int(said["bytes"]))
    return None
