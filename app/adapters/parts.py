"""A large file written into the storage part by part, so that neither disk nor memory ever holds it in clear."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from app.adapters.storage import Storage

PART = 4 * 1024 * 1024
"""Bytes. The storage seals and opens a file in one piece: this much stands in memory, a few times over."""


@dataclass(frozen=True)
class Part:
    """A piece that is stored."""

    digest: str
    size: int


class PartWriter(io.RawIOBase):
    """Takes bytes in order and stores every ``size`` of them; ``finish`` stores the rest.

    What is given up before is in no table, and the sweep of files without a row takes it away.
    """

    def __init__(self, storage: Storage, size: int = PART) -> None:
        super().__init__()
        self.parts: list[Part] = []
        self._storage, self._size = storage, size
        self._waiting, self._written = bytearray(), 0

    def writable(self) -> bool:
        """It is, and nothing else: no way back and no reading."""
        return True

    def write(self, data: Any) -> int:
        """Takes ``data`` whole."""
        self._waiting += data
        self._written += len(data)
        while len(self._waiting) >= self._size:
            self._store(self._size)
        return len(data)

    def tell(self) -> int:
        """How many bytes were written."""
        return self._written

    def finish(self) -> list[Part]:
        """All parts, in order."""
        if self._waiting:
            self._store(len(self._waiting))
        return self.parts

    def _store(self, length: int) -> None:
        piece = bytes(self._waiting[:length])
        self.parts.append(Part(self._storage.put(piece), length))
        del self._waiting[:length]
