"""A backup as one file: a tar of the database in pieces, of every stored file, and of what is said of them at its end.

``database/00000001`` ... hold the database's copy, ``files/<sha256>`` a file each, ``manifest.json`` ends it. The tar
is sealed (sealed_stream.py), so with that key what is in it can be got at by any tar, should the product be gone.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.adapters.sealed_stream import SealedReader, SealedWriter
from app.cipher import Algorithm, parse_key
from app.domain.errors import Invalid

PART = 4 * 1024 * 1024
"""Bytes of the database that stand in one member."""
DATABASE, FILES, MANIFEST = "database/", "files/", "manifest.json"
AT_MOST = 64 * 1024 * 1024
"""Bytes of a member: none that was written is as long, and a reader holds one in memory."""
Report = Callable[[int], None]
"""Told how many bytes are done."""


def archive_key(text: str) -> bytes:
    """The key from the setting ``BACKUP_KEY``. Raises ``Invalid``."""
    if not text:
        raise Invalid("没有设置 BACKUP_KEY（32 字节的 Base64），不能备份和恢复。")
    try:
        return parse_key(text)
    except ValueError as fault:
        raise Invalid(f"BACKUP_KEY 设置有误：{fault}。") from None


class ArchiveWriter:
    """Writes the database first, then files, then ``finish``. ``algorithm`` is named as in ``ENCRYPTION_ALGORITHM``."""

    def __init__(self, out: BinaryIO, key: bytes, algorithm: str) -> None:
        self._sealed = SealedWriter(out, key, Algorithm.named(algorithm))
        self._tar = tarfile.open(fileobj=self._sealed, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._tally = _Tally()

    def add_database(self, pieces: Iterable[bytes]) -> None:
        """The database's copy, in pieces of any length."""
        waiting = bytearray()
        for piece in pieces:
            waiting += piece
            while len(waiting) >= PART:
                self._add(self._tally.database(bytes(waiting[:PART])), waiting[:PART])
                del waiting[:PART]
        self._add(self._tally.database(bytes(waiting)), waiting)

    def add_file(self, digest: str, content: bytes) -> None:
        """A stored file; each digest once, in ascending order."""
        self._add(self._tally.file(digest, len(content)), content)

    def finish(self, about: dict[str, Any]) -> None:
        """``about``, and what was written, as the manifest."""
        self._add(MANIFEST, json.dumps(about | self._tally.said(), ensure_ascii=False, sort_keys=True).encode())
        self._tar.close()
        self._sealed.finish()

    def _add(self, name: str, content: bytes | bytearray) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o600
        self._tar.addfile(member, io.BytesIO(content))


@dataclass(frozen=True)
class Entry:
    """A member: its folder (``DATABASE`` or ``FILES``) or ``MANIFEST``, its name in the folder, its content."""

    kind: str
    name: str
    content: bytes


def entries(path: Path, key: bytes, report: Report = lambda _: None) -> Iterator[Entry]:
    """Every member in order, each checked; the manifest comes once all of the archive was found whole.

    Raises ``Invalid`` for what is no archive, was sealed under another key, or is not as it was written; ``OSError``.
    """
    with path.open("rb") as source:
        sealed = SealedReader(source, key)
        tally, manifest = _Tally(), None
        try:
            with tarfile.open(fileobj=io.BufferedReader(sealed), mode="r|", bufsize=PART) as tar:
                for member in tar:
                    if manifest is not None:
                        raise Invalid(_NOT_OURS)
                    entry = _read(tar, member)
                    report(source.tell())
                    if entry.kind == MANIFEST:
                        manifest = entry
                    else:
                        tally.take(entry)
                        yield entry
        except tarfile.TarError as fault:
            raise Invalid(_NOT_OURS) from fault
        while sealed.read(PART):  # what fills the tar's last block; the end says that it is the end
            pass
        report(source.tell())
    if manifest is None or not tally.said().items() <= json.loads(manifest.content).items():
        raise Invalid(_NOT_OURS)
    yield manifest


_NOT_OURS = "备份文件的内容与其清单不符，不能使用。"


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    content = tar.extractfile(member) if member.isfile() and member.size <= AT_MOST else None
    if content is None:
        raise Invalid(_NOT_OURS)
    kind, slash, name = member.name.partition("/")
    return Entry(kind + slash, name, content.read())


class _Tally:
    """What was written or read so far, and by what names."""

    def __init__(self) -> None:
        self._parts = self._bytes = self._files = self._file_bytes = 0
        self._hash, self._names, self._last = hashlib.sha256(), hashlib.sha256(), ""

    def database(self, content: bytes) -> str:
        self._parts += 1
        self._bytes += len(content)
        self._hash.update(content)
        return f"{DATABASE}{self._parts:08}"

    def file(self, digest: str, size: int) -> str:
        self._files += 1
        self._file_bytes += size
        self._names.update(digest.encode())
        self._last = digest
        return FILES + digest

    def take(self, entry: Entry) -> None:
        """Counts what was read. Raises ``Invalid`` where it is not what its name says, or not in its place."""
        if entry.kind == DATABASE and not self._files:
            named = self.database(entry.content)
        elif entry.kind == FILES and self._last < entry.name == hashlib.sha256(entry.content).hexdigest():
            named = self.file(entry.name, len(entry.content))
        else:
            raise Invalid(_NOT_OURS)
        if named != entry.kind + entry.name:
            raise Invalid(_NOT_OURS)

    def said(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {
            "database": {"bytes": self._bytes, "sha256": self._hash.hexdigest()},
            "files": {"count": self._files, "bytes": self._file_bytes, "sha256": self._names.hexdigest()},
        }
