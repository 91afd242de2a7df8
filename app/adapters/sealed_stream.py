"""A stream sealed piece by piece: however long, neither memory nor disk ever holds it in clear.

The file is ``MAGIC | salt (32 bytes) | check (32 bytes)`` and pieces. A piece holds ``PIECE`` bytes, the last one as
many or fewer, and each is sealed (app/cipher.py) under a key of this file's own for its number and for whether it is
the last. So a change, a piece moved, left out or added, and an end cut off are all noticed (the STREAM construction:
Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015).
"""

from __future__ import annotations

import hmac
import io
import os
from typing import Any, BinaryIO

from app.cipher import OVERHEAD, Algorithm, Damaged, ring_for_file
from app.domain.errors import Invalid

MAGIC = b"expert registry backup 1\n"
SALT_BYTES = CHECK_BYTES = 32
PIECE = 1024 * 1024
"""Bytes in clear."""


class SealedWriter(io.RawIOBase):
    """Seals what is written, in order, into ``out``; ``finish`` writes the end, without which nothing can be read."""

    def __init__(self, out: BinaryIO, key: bytes, algorithm: Algorithm) -> None:
        super().__init__()
        salt = os.urandom(SALT_BYTES)
        self._out, self._ring = out, ring_for_file(key, salt, algorithm)
        self._waiting, self._number = bytearray(), 0
        out.write(MAGIC + salt + self._ring.index("", "check"))

    def writable(self) -> bool:
        """It is, and nothing else: no way back and no reading."""
        return True

    def write(self, data: Any) -> int:
        """Takes ``data`` whole."""
        self._waiting += data
        # A full piece waits for what follows it: it may be the last.
        while len(self._waiting) > PIECE:
            self._seal(PIECE, last=False)
        return len(data)

    def finish(self) -> None:
        """Seals the last piece."""
        self._seal(len(self._waiting), last=True)

    def _seal(self, length: int, *, last: bool) -> None:
        self._out.write(self._ring.seal(bytes(self._waiting[:length]), _place(self._number, last=last)))
        del self._waiting[:length]
        self._number += 1


class SealedReader(io.RawIOBase):
    """What was written into a ``SealedWriter``. Raises ``Invalid`` at the first byte that is not as it was written."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        super().__init__()
        if source.read(len(MAGIC)) != MAGIC:
            raise Invalid("这不是本系统的备份文件，或者文件开头已损坏。")
        salt, check = source.read(SALT_BYTES), source.read(CHECK_BYTES)
        self._ring = ring_for_file(key, salt, Algorithm.AES_256_GCM)
        if not hmac.compare_digest(check, self._ring.index("", "check")):
            raise Invalid("BACKUP_KEY 不是做这份备份时的密钥，或者文件开头已损坏。")
        self._source, self._number = source, 0
        self._next = source.read(PIECE + OVERHEAD)
        self._clear, self._at, self._ended = b"", 0, False

    def readable(self) -> bool:
        """It is, from its beginning to its end."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As promised by RawIOBase."""
        while self._at == len(self._clear):
            if self._ended:
                return 0
            self._unseal()
        given = self._clear[self._at : self._at + len(buffer)]
        buffer[: len(given)] = given
        self._at += len(given)
        return len(given)

    def _unseal(self) -> None:
        sealed, self._next = self._next, self._source.read(PIECE + OVERHEAD)
        self._ended = not self._next
        try:
            self._clear, self._at = self._ring.unseal(sealed, _place(self._number, last=self._ended)), 0
        except Damaged:
            where = self._number + 1
            raise Invalid(f"备份文件不完整，或者被改动过（第 {where} 段，每段 1 MB），不能使用。") from None
        self._number += 1


def _place(number: int, *, last: bool) -> str:
    return f"backup {'last piece' if last else 'piece'} {number}"
