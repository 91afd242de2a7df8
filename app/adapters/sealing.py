"""What every storage does with a file: the name that tells nothing, the seal, the check on opening."""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable

from app.cipher import OVERHEAD, Damaged, KeyRing
from app.domain.errors import DomainError

PREFIX = 2
"""Bytes of a sealed file that say under which key it is."""


class StorageDamaged(Exception):
    """A stored file no longer has the content that its name promises: restore it from a backup."""


class StorageAway(DomainError):
    """Where files lie cannot be reached, or can take none. ``reason`` is for the log, and names no file."""

    status = 503

    def __init__(self, reason: str, message: str = "文件存储暂时没有应答，这次操作没有完成。请过几分钟再试。") -> None:
        super().__init__(message)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class Sealing:
    """Names and seals under the keys of an installation.

    The name is a blind index of the digest: who sees the names cannot even try whether a known document is there.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def name(self, digest: str) -> str:
        """64 hexadecimal digits. Raises ValueError for a malformed digest."""
        require_digest(digest)
        return self._keys.index(digest, "file").hex()

    def seal(self, content: bytes, name: str) -> bytes:
        """The content as it is kept under ``name``."""
        return self._keys.seal(content, name)

    def open(self, sealed: bytes, digest: str) -> bytes:
        """The content. Raises StorageDamaged where it is not the one of ``digest``."""
        try:
            return checked(self._keys.unseal(sealed, self.name(digest)), digest)
        except Damaged:
            raise StorageDamaged(digest) from None

    def digest(self, sealed: bytes, name: str) -> str:
        """Of what is kept under ``name``. Raises Damaged."""
        return hashlib.sha256(self._keys.unseal(sealed, name)).hexdigest()

    def is_stale(self, beginning: bytes) -> bool:
        """Whether a file with these first bytes is under another key than the present one."""
        return beginning[:PREFIX] != self._keys.current

    def renew(self, sealed: bytes, name: str) -> bytes:
        """The same content under the present key. Raises Damaged."""
        return self._keys.seal(self._keys.unseal(sealed, name), name)

    @staticmethod
    def size(sealed: int) -> int:
        """Bytes of the content of which so many are kept."""
        return sealed - OVERHEAD

    def names(self, digests: Iterable[str]) -> Names:
        """The names of these digests."""
        return Names(self.name(digest) for digest in digests)


class Names:
    """Eight bytes of each: millions of them fit, and the one in 2^64 that looks like another is only kept."""

    def __init__(self, names: Iterable[str]) -> None:
        self._beginnings = array("Q", sorted(map(_beginning, names)))

    def __contains__(self, name: str) -> bool:
        beginning = _beginning(name)
        at = bisect_left(self._beginnings, beginning)
        return at < len(self._beginnings) and self._beginnings[at] == beginning


def _beginning(name: str) -> int:
    return int(name[:16], 16)


def checked(content: bytes, digest: str) -> bytes:
    """The content. Raises StorageDamaged where its digest is another."""
    if hashlib.sha256(content).hexdigest() != digest:
        raise StorageDamaged(digest)
    return content


def require_digest(digest: str) -> None:
    """Raise ValueError for anything but 64 lower-case hexadecimal digits: no path can be led astray."""
    if not is_name(digest):
        raise ValueError("not a SHA-256 in lower-case hexadecimal digits")


def is_name(text: str) -> bool:
    """Whether this is 64 lower-case hexadecimal digits."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None
