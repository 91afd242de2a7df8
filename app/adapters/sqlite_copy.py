"""A SQLite database copied while others write to it, and put in the place of another."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from app.adapters.head_file import sync_folder
from app.domain.errors import Conflict, Invalid

PAGES = 2000
"""Copied between two reports: about 8 MB."""
CHUNK = 1024 * 1024
FAST = 1
"""zlib's level: sealed values do not shrink, and what else there is shrinks most at the first."""
BESIDE = ("-wal", "-shm")


def copy(source: Path, target: Path, report: Callable[[int, int], None]) -> None:
    """Copies the database as it stands now; ``report`` is told of pages done and pages in all.

    The read transaction keeps the state that it began with, so nobody who writes meanwhile makes the copy begin anew or
    waits for it (https://www.sqlite.org/wal.html, "Concurrency"); the log is cut back after it.
    """
    with closing(sqlite3.connect(source, isolation_level=None)) as live, closing(sqlite3.connect(target)) as made:
        os.chmod(target, 0o600)
        made.execute("PRAGMA synchronous = OFF")
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(made, pages=PAGES, progress=lambda _status, left, total: report(total - left, total))
        live.execute("ROLLBACK")


def opened(path: Path) -> sqlite3.Connection:
    """A copy that nobody writes to, for reading, without a file beside it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)


def packed(path: Path) -> Iterator[bytes]:
    """The file's bytes, compressed."""
    pack = zlib.compressobj(FAST)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield pack.compress(chunk)
    yield pack.flush()


def unpack(pieces: Iterable[bytes], target: Path) -> None:
    """Writes the file whose compressed bytes these are; it outlives a power cut. Raises ``Invalid``."""
    unpacked = zlib.decompressobj()
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for piece in pieces:
                out.write(unpacked.decompress(piece))
            out.write(unpacked.flush())
            out.flush()
            os.fsync(out.fileno())
    except zlib.error as fault:
        raise Invalid("备份中的数据库不能解压，不能使用。") from fault
    with closing(opened(target)) as made:
        if not unpacked.eof or made.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise Invalid("备份中的数据库不完整，不能使用。")


def replace(path: Path, made: Path, aside: Path | None) -> None:
    """Puts ``made`` in the place of ``path``, which goes to ``aside``, or away where that is None.

    Raises ``Conflict`` where anybody has ``path`` open: they would go on writing into what is no longer there.
    """
    if path.exists():
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as old:
            try:
                # SQLite leaves its log for good only where no other connection is left, idle ones among them.
                old.execute("PRAGMA journal_mode = DELETE").fetchone()
            except sqlite3.OperationalError as busy:
                raise Conflict("数据库正在使用，没有恢复。请先停止网站和后台工作进程。") from busy
        if aside is not None:
            os.link(path, aside)
    for ending in BESIDE:
        path.with_name(path.name + ending).unlink(missing_ok=True)
    os.replace(made, path)
    sync_folder(path.parent)
