"""Where files lie: content-addressed, immutable, written so that a crash leaves a whole file or none.

A file's name is the SHA-256 of its content in 64 lower-case hexadecimal digits, so the same content is
stored once, and a damaged file gives itself away.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

_CHUNK = 1 << 20


class StorageDamaged(Exception):
    """A stored file no longer has the content that its name promises: restore it from a backup."""


class Storage(Protocol):
    """What every storage promises. A malformed digest raises ValueError, an unknown one FileNotFoundError."""

    def put(self, data: bytes | BinaryIO) -> str:
        """Store the content (a stream is read from where it stands to its end) and return its digest.

        When this returns the content is on disk for good. Storing it again changes nothing.
        """
        ...

    def open(self, digest: str) -> BinaryIO:
        """Open for reading, to be sent in pieces. The content is not checked."""
        ...

    def read(self, digest: str) -> bytes:
        """The whole content, checked. Raises StorageDamaged."""
        ...

    def size(self, digest: str) -> int:
        """Length in bytes."""
        ...

    def exists(self, digest: str) -> bool:
        """Whether the content is stored."""
        ...

    def digests(self) -> Iterator[str]:
        """Every stored digest in ascending order, for backups and for finding files without a row."""
        ...


class DiskStorage:
    """Files below ``root`` as ``ab/cd/abcd...``, readable by the owner alone (0600).

    Safe for several threads and processes. Unfinished files lie in ``root/incoming``, on the same file
    system, which must know hard links (NFS and every Linux one do).
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, data: bytes | BinaryIO) -> str:
        """As promised by Storage. Raises StorageDamaged where a file of this name holds something else."""
        source = io.BytesIO(data) if isinstance(data, bytes) else data
        descriptor, name = tempfile.mkstemp(dir=self._incoming)  # 0600 from its first moment
        try:
            with os.fdopen(descriptor, "wb") as out:
                digest = _copy(source, out)
                out.flush()
                os.fsync(out.fileno())
            self._keep(Path(name), digest)
        finally:
            Path(name).unlink(missing_ok=True)
        return digest

    def _keep(self, unfinished: Path, digest: str) -> None:
        path = self._path(digest)
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        try:
            # A link appears whole or not at all, as a rename does, but never takes the place of a file.
            os.link(unfinished, path)
        except FileExistsError:
            # Whoever finds a damaged copy must hear of it now, while the good one is still at hand.
            _check(path, digest)
        # Also where the file was there: its writer may not have come this far.
        for folder in (path.parent, path.parent.parent, self._root):
            _sync_folder(folder)

    def open(self, digest: str) -> BinaryIO:
        """As promised by Storage."""
        return self._path(digest).open("rb")

    def read(self, digest: str) -> bytes:
        """As promised by Storage."""
        content = self._path(digest).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise StorageDamaged(digest)
        return content

    def size(self, digest: str) -> int:
        """As promised by Storage."""
        return self._path(digest).stat().st_size

    def exists(self, digest: str) -> bool:
        """As promised by Storage."""
        return self._path(digest).is_file()

    def digests(self) -> Iterator[str]:
        """As promised by Storage."""
        for path in sorted(self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
            if re.fullmatch(r"[0-9a-f]{64}", path.name):
                yield path.name

    def sweep(self, older_than_seconds: float = 86_400) -> int:
        """Remove what a crash left unfinished and return how many files that was; stored files stay."""
        limit = time.time() - older_than_seconds
        removed = 0
        for path in self._incoming.iterdir():
            try:
                if path.stat().st_mtime <= limit:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:  # its writer has just finished
                continue
        return removed

    def _path(self, digest: str) -> Path:
        _require_digest(digest)
        return self._root / digest[:2] / digest[2:4] / digest


class MemoryStorage:
    """For tests: the same promises, kept in a dict."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def put(self, data: bytes | BinaryIO) -> str:
        """As promised by Storage."""
        content = data if isinstance(data, bytes) else data.read()
        digest = hashlib.sha256(content).hexdigest()
        self._contents.setdefault(digest, content)
        return digest

    def open(self, digest: str) -> BinaryIO:
        """As promised by Storage."""
        return io.BytesIO(self.read(digest))

    def read(self, digest: str) -> bytes:
        """As promised by Storage."""
        _require_digest(digest)
        if digest not in self._contents:
            raise FileNotFoundError(digest)
        return self._contents[digest]

    def size(self, digest: str) -> int:
        """As promised by Storage."""
        return len(self.read(digest))

    def exists(self, digest: str) -> bool:
        """As promised by Storage."""
        _require_digest(digest)
        return digest in self._contents

    def digests(self) -> Iterator[str]:
        """As promised by Storage."""
        yield from sorted(self._contents)


def _require_digest(digest: str) -> None:
    """Raise ValueError for anything but 64 lower-case hexadecimal digits: no path can be led astray."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError("not a SHA-256 in lower-case hexadecimal digits")


def _copy(source: BinaryIO, target: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _check(path: Path, digest: str) -> None:
    with path.open("rb") as stored:
        if hashlib.file_digest(stored, "sha256").hexdigest() != digest:
            raise StorageDamaged(digest)


def _sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` last: a power cut may else forget a file that was itself synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
