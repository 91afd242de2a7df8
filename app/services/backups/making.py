"""Making a backup: the database's state of one moment, every file that it names, checked, then put on the shelf."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from app.adapters.archive import MANIFEST, ArchiveWriter, archive_key, entries
from app.adapters.head_file import sync_folder
from app.adapters.sealing import StorageDamaged
from app.domain.errors import Invalid
from app.domain.validity import SHANGHAI
from app.models.types import now
from app.services import last_backup
from app.services.at_rest import files_at_rest
from app.services.backups import manifest, shelf
from app.services.backups.manifest import Manifest
from app.services.backups.snapshot import Report, require_room, snapshot
from app.services.ports import ports

EVERY = 100
"""Files between two reports."""


@dataclass(frozen=True)
class Made:
    """A backup that was found whole; ``removed`` are the older ones that are kept no longer."""

    path: Path
    size: int
    seconds: float
    said: Manifest
    removed: tuple[Path, ...]


def make(report: Report) -> Made:
    """Makes a backup while people work.

    The database is copied first and the files after it: a file is stored before a row names it and never changes, and
    ``files_at_rest`` keeps the sweep away, so each file that the copy names is there. What the storage cannot give is
    ``lacking``; such a backup removes no older one and does not count as the last. Raises ``Invalid`` where there is
    nothing to do it with, ``Conflict`` where another is being made or the disk is full, and leaves nothing half done.
    """
    key = backup_key()
    began, moment = time.monotonic(), now().astimezone(SHANGHAI)
    with files_at_rest("备份"), _room() as room:
        require_room(room)
        path = shelf.place(moment)
        written = room / "archive"
        _write(written, key, moment.isoformat(timespec="seconds"), report)
        said = check(written, report)
        size = written.stat().st_size
        os.replace(written, path)
        sync_folder(path.parent)
        removed = () if said.lacking else shelf.prune()
    seconds = time.monotonic() - began
    if not said.lacking:
        last_backup.note(seconds, size)
    return Made(path, size, seconds, said, removed)


def daily() -> int:
    """For the worker, where it is to. Gives how many were made."""
    if not current_app.config["BACKUP_DAILY"]:
        return 0
    made = make(lambda *_: None)
    if made.said.lacking:
        current_app.logger.error("%d files lack in the storage, and in the backup", len(made.said.lacking))
    return 1


def check(path: Path, report: Report) -> Manifest:
    """Reads every byte of a backup and restores nothing. Raises ``Invalid`` where any is not as it was written."""
    size = path.stat().st_size
    for entry in entries(path, backup_key(), lambda done: report("校验", done, size)):
        if entry.kind == MANIFEST:
            return Manifest.from_json(entry.content)
    raise Invalid("备份文件没有清单。")


def backup_key() -> bytes:
    """From the setting. Raises ``Invalid``."""
    return archive_key(current_app.config["BACKUP_KEY"])


@contextmanager
def _room() -> Iterator[Path]:
    """A folder on the shelf for what is not finished; what a killed backup left there goes with it."""
    room = shelf.folder() / ".unfinished"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(mode=0o700)
    try:
        yield room
    finally:
        shutil.rmtree(room)


def _write(path: Path, key: bytes, made_at: str, report: Report) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        archive = ArchiveWriter(out, key, current_app.config["ENCRYPTION_ALGORITHM"])
        with snapshot(path.parent, report) as taken:
            said = manifest.read(taken.connection, made_at)
            digests = manifest.digests(taken.connection)
            archive.add_database(_counted(taken.pieces, report))
        for number, digest in enumerate(digests, 1):
            try:
                archive.add_file(digest, ports().storage.read(digest))
            except (FileNotFoundError, StorageDamaged, ValueError):
                said.lacking.append(digest)
            if number % EVERY == 0 or number == len(digests):
                report("附件和聘书", number, len(digests))
        archive.finish(said.about())
        out.flush()
        os.fsync(out.fileno())


def _counted(pieces: Iterator[bytes], report: Report) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        done += len(piece)
        yield piece
    report("数据库", done, done)
