"""Where files lie: content-addressed, immutable, encrypted, written so that a crash leaves a whole file or none.

A file's digest is the SHA-256 of its content in 64 lower-case hexadecimal digits, so the same content is
stored once, and a damaged file gives itself away.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import tempfile
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from app.cipher import OVERHEAD, Damaged, KeyRing


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
        """Open for reading, checked."""
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

    def sweep(self, named: Iterable[str], older_than_seconds: float = 86_400) -> int:
        """Remove what is older and has none of the ``named`` digests: an upload or a filing that was refused after
        its file was stored. Gives how many files that was.
        """
        ...

    def reseal(self) -> Iterator[bool]:
        """Bring every file under the present key; for each, whether it was changed. May be stopped at any point."""
        ...


class DiskStorage:
    """Sealed files below ``root/sealed`` as ``ab/cd/abcd...``, readable by the owner alone (0600).

    The name is a blind index of the digest: who sees the disk cannot even try whether a known document is
    there. Safe for several threads and processes. Unfinished files lie in ``root/incoming``, on the same file
    system, which must know hard links (NFS and every Linux one do). Files that an installation kept in clear,
    as ``root/ab/cd/<digest>``, are read until ``reseal`` has sealed them.
    """

    def __init__(self, root: Path, keys: KeyRing) -> None:
        self._root, self._keys = root, keys
        self._sealed = root / "sealed"
        self._incoming = root / "incoming"
        for folder in (root, self._incoming, self._sealed):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, data: bytes | BinaryIO) -> str:
        """As promised by Storage. Raises StorageDamaged where a file of this name holds something else."""
        content = data if isinstance(data, bytes) else data.read()
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        unfinished = self._write(self._keys.seal(content, path.name))
        try:
            # A link appears whole or not at all, as a rename does, but never takes the place of a file.
            os.link(unfinished, path)
        except FileExistsError:
            self._renew(unfinished, path, digest)
        finally:
            unfinished.unlink(missing_ok=True)
        # Also where the file was there: its writer may not have come this far.
        for folder in (path.parent, path.parent.parent, self._sealed):
            _sync_folder(folder)
        return digest

    def open(self, digest: str) -> BinaryIO:
        """As promised by Storage."""
        return io.BytesIO(self.read(digest))

    def read(self, digest: str) -> bytes:
        """As promised by Storage."""
        path = self._path(digest)
        try:
            content = self._keys.unseal(path.read_bytes(), path.name)
        except FileNotFoundError:
            content = self._clear(digest).read_bytes()
        except Damaged:
            raise StorageDamaged(digest) from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise StorageDamaged(digest)
        return content

    def size(self, digest: str) -> int:
        """As promised by Storage."""
        try:
            return self._path(digest).stat().st_size - OVERHEAD
        except FileNotFoundError:
            return self._clear(digest).stat().st_size

    def exists(self, digest: str) -> bool:
        """As promised by Storage."""
        return self._path(digest).is_file() or self._clear(digest).is_file()

    def digests(self) -> Iterator[str]:
        """As promised by Storage. Opens every file."""
        found = {path.name for path in self._files(self._root)}
        for path in self._files(self._sealed):
            found.add(hashlib.sha256(self._keys.unseal(path.read_bytes(), path.name)).hexdigest())
        yield from sorted(found)

    def reseal(self) -> Iterator[bool]:
        """As promised by Storage. Seals what an installation kept in clear."""
        for path in self._files(self._root):
            self.put(self.read(path.name))
            path.unlink()
            yield True
        for path in self._files(self._sealed):
            with path.open("rb") as file:
                stale = file.read(2) != self._keys.current
            if stale:
                content = self._keys.unseal(path.read_bytes(), path.name)
                self._write(self._keys.seal(content, path.name)).rename(path)
                _sync_folder(path.parent)
            yield stale

    def sweep(self, named: Iterable[str], older_than_seconds: float = 86_400) -> int:
        """As promised by Storage; what a crash left unfinished goes with it."""
        limit = time.time() - older_than_seconds
        # Eight bytes of each name: millions of them fit, and the one in 2^64 that looks like another is only kept.
        kept = array("Q", sorted(_beginning(self._keys.index(digest, "file")) for digest in named))
        removed = 0
        for path in self._files(self._sealed):
            beginning = _beginning(bytes.fromhex(path.name))
            at = bisect_left(kept, beginning)
            if at == len(kept) or kept[at] != beginning:
                with suppress(FileNotFoundError):  # another sweep was quicker
                    removed += self._take_away(path, limit)
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):  # its writer has just finished
                if path.stat().st_mtime <= limit:
                    path.unlink()
                    removed += 1
        return removed

    def _take_away(self, path: Path, limit: float) -> bool:
        """Removes a file that is old, and still is once nobody can find it: a writer may have renewed it meanwhile."""
        if path.stat().st_mtime > limit:
            return False
        aside = self._incoming / secrets.token_hex(16)
        path.rename(aside)
        renewed = aside.stat().st_mtime > limit
        if renewed:
            with suppress(FileExistsError):
                os.link(aside, path)
        aside.unlink()
        return not renewed

    def _renew(self, unfinished: Path, path: Path, digest: str) -> None:
        """The content is stored already: it is checked, and as young as if it had come now."""
        try:
            os.utime(path)
            # Whoever finds a damaged copy must hear of it now, while the good one is still at hand.
            self.read(digest)
        except FileNotFoundError:  # swept at this very moment
            with suppress(FileExistsError):
                os.link(unfinished, path)

    def _write(self, sealed: bytes) -> Path:
        """The bytes on disk for good, under a name that nobody reads."""
        descriptor, name = tempfile.mkstemp(dir=self._incoming)  # 0600 from its first moment
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(sealed)
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)

    def _path(self, digest: str) -> Path:
        _require_digest(digest)
        name = self._keys.index(digest, "file").hex()
        return self._sealed / name[:2] / name[2:4] / name

    def _clear(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:4] / digest

    @staticmethod
    def _files(root: Path) -> Iterator[Path]:
        """In the order of their names, a folder at a time: there may be millions."""
        for outer in sorted(root.glob("[0-9a-f][0-9a-f]")):
            for folder in sorted(outer.glob("[0-9a-f][0-9a-f]")):
                yield from (path for path in sorted(folder.iterdir()) if re.fullmatch(r"[0-9a-f]{64}", path.name))


def _beginning(name: bytes) -> int:
    return int.from_bytes(name[:8])


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

    def sweep(self, named: Iterable[str], older_than_seconds: float = 86_400) -> int:
        """As promised by Storage, whatever the age."""
        gone = self._contents.keys() - set(named)
        for digest in gone:
            del self._contents[digest]
        return len(gone)

    def reseal(self) -> Iterator[bool]:
        """As promised by Storage. Memory is not sealed."""
        yield from ()


def _require_digest(digest: str) -> None:
    """Raise ValueError for anything but 64 lower-case hexadecimal digits: no path can be led astray."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError("not a SHA-256 in lower-case hexadecimal digits")


def _sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` last: a power cut may else forget a file that was itself synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
