"""Where files lie: content-addressed, immutable, encrypted, written so that a crash leaves a whole file or none.

A file's digest is the SHA-256 of its content in 64 lower-case hexadecimal digits, so the same content is
stored once, and a damaged file gives itself away.
"""

from __future__ import annotations

import errno
import hashlib
import io
import logging
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from app.adapters.head_file import sync_folder
from app.adapters.sealing import PREFIX, Sealing, StorageAway, checked, is_name, require_digest
from app.cipher import KeyRing

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL = "服务器存放文件的磁盘已满，文件没有保存。请稍后再试，并告知系统管理员。"


class Storage(Protocol):
    """What every storage promises. A malformed digest raises ValueError, an unknown one FileNotFoundError."""

    def put(self, data: bytes | BinaryIO) -> str:
        """Store the content (a stream is read from where it stands to its end) and return its digest.

        When this returns the content is on disk for good. Storing it again changes nothing. Raises StorageAway where
        it could not be kept: then nothing of it is.
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

    Safe for several threads and processes. Unfinished files lie in ``root/incoming``, on the same file
    system, which must know hard links (NFS and every Linux one do). Files that an installation kept in clear,
    as ``root/ab/cd/<digest>``, are read until ``reseal`` has sealed them.
    """

    def __init__(self, root: Path, keys: KeyRing) -> None:
        self._root, self._sealing = root, Sealing(keys)
        self._sealed = root / "sealed"
        self._incoming = root / "incoming"
        for folder in (root, self._incoming, self._sealed):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, data: bytes | BinaryIO) -> str:
        """As promised by Storage. Raises StorageDamaged where a file of this name holds something else."""
        content = data if isinstance(data, bytes) else data.read()
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        try:
            self._keep(content, digest, path)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            reason = f"the disk is full: {errno.errorcode[error.errno]}"
            logging.getLogger(__name__).error("a file was not stored: %s", reason)
            raise StorageAway(reason, FULL) from error
        return digest

    def _keep(self, content: bytes, digest: str, path: Path) -> None:
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        unfinished = self._write(self._sealing.seal(content, path.name))
        try:
            # A link appears whole or not at all, as a rename does, but never takes the place of a file.
            os.link(unfinished, path)
        except FileExistsError:
            self._renew(unfinished, path, digest)
        finally:
            unfinished.unlink(missing_ok=True)
        # Also where the file was there: its writer may not have come this far.
        for folder in (path.parent, path.parent.parent, self._sealed):
            sync_folder(folder)

    def open(self, digest: str) -> BinaryIO:
        """As promised by Storage."""
        return io.BytesIO(self.read(digest))

    def read(self, digest: str) -> bytes:
        """As promised by Storage."""
        path = self._path(digest)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return checked(self._clear(digest).read_bytes(), digest)
        return self._sealing.open(sealed, digest)

    def size(self, digest: str) -> int:
        """As promised by Storage."""
        try:
            return self._sealing.size(self._path(digest).stat().st_size)
        except FileNotFoundError:
            return self._clear(digest).stat().st_size

    def exists(self, digest: str) -> bool:
        """As promised by Storage."""
        return self._path(digest).is_file() or self._clear(digest).is_file()

    def digests(self) -> Iterator[str]:
        """As promised by Storage. Opens every file."""
        found = {path.name for path in self._files(self._root)}
        for path in self._files(self._sealed):
            found.add(self._sealing.digest(path.read_bytes(), path.name))
        yield from sorted(found)

    def reseal(self) -> Iterator[bool]:
        """As promised by Storage. Seals what an installation kept in clear."""
        for path in self._files(self._root):
            self.put(self.read(path.name))
            path.unlink()
            yield True
        for path in self._files(self._sealed):
            with path.open("rb") as file:
                stale = self._sealing.is_stale(file.read(PREFIX))
            if stale:
                self._write(self._sealing.renew(path.read_bytes(), path.name)).rename(path)
                sync_folder(path.parent)
            yield stale

    def sweep(self, named: Iterable[str], older_than_seconds: float = 86_400) -> int:
        """As promised by Storage; what a crash left unfinished goes with it."""
        limit = time.time() - older_than_seconds
        kept = self._sealing.names(named)
        removed = 0
        for path in self._files(self._sealed):
            if path.name not in kept:
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
        name = self._sealing.name(digest)
        return self._sealed / name[:2] / name[2:4] / name

    def _clear(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:4] / digest

    @staticmethod
    def _files(root: Path) -> Iterator[Path]:
        """In the order of their names, a folder at a time: there may be millions."""
        for outer in sorted(root.glob("[0-9a-f][0-9a-f]")):
            for folder in sorted(outer.glob("[0-9a-f][0-9a-f]")):
                yield from (path for path in sorted(folder.iterdir()) if is_name(path.name))


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
        require_digest(digest)
        if digest not in self._contents:
            raise FileNotFoundError(digest)
        return self._contents[digest]

    def size(self, digest: str) -> int:
        """As promised by Storage."""
        return len(self.read(digest))

    def exists(self, digest: str) -> bool:
        """As promised by Storage."""
        require_digest(digest)
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
