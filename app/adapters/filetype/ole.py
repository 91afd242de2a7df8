"""Word documents before 2007 (.doc): a compound file ([MS-CFB]) with a WordDocument stream ([MS-DOC])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from app.adapters.filetype.refused import FileRefused

_ENTRY = 128
_ENTRIES_MAX = 20_000
_LAST_SECTOR = 0xFFFFFFFA  # from here on, numbers are marks: end of chain, free, ...
_HEADER_DIFAT = 109
_DIFAT_MAX = 8  # sectors: enough to address 66 MB
_MINI_SECTOR = 64
_MINI_STREAM_BELOW = 4096
_FIB_MARK = 0xA5EC
_FIB_ENCRYPTED = 0x0100
_MACROS = frozenset({"macros", "vba", "_vba_project", "_vba_project_cur"})
_ROOT = 5


class _Broken(Exception):
    """The compound file contradicts itself."""


def check_doc(data: bytes) -> None:
    """Raise FileRefused unless ``data``, which begins as a compound file, is a Word document to be kept."""
    try:
        compound = _Compound(data)
        entries = {entry.name: entry for entry in compound.entries}
        if "encryptedpackage" in entries:
            raise FileRefused("文档设有打开密码，请取消密码后再上传。")
        if _MACROS & entries.keys():
            raise FileRefused("Word文档中含有宏，请另存为不含宏的文档或PDF后上传。")
        if "worddocument" not in entries:
            raise FileRefused("这不是Word文档，而是其他类型的Office文件。")
        mark, flags = struct.unpack_from("<H8xH", compound.beginning(entries["worddocument"]))
        if mark != _FIB_MARK:
            raise _Broken
    except (_Broken, struct.error):
        raise FileRefused("Word文档不完整或已损坏，请重新另存后上传。") from None
    if flags & _FIB_ENCRYPTED:
        raise FileRefused("Word文档设有打开密码，请取消密码后再上传。")


def is_encrypted_package(data: bytes) -> bool:
    """Whether a compound file is the wrapping of a .docx with a password ([MS-OFFCRYPTO])."""
    try:
        return any(entry.name == "encryptedpackage" for entry in _Compound(data).entries)
    except (_Broken, struct.error):
        return False


@dataclass(frozen=True)
class _Entry:
    """A stream or storage; ``name`` in lower case, ``first`` its first sector, ``size`` in bytes."""

    name: str
    kind: int
    first: int
    size: int


class _Compound:
    """As much of a compound file as it takes to list its directory and look at the beginning of a stream."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        version, order, shift = struct.unpack_from("<HHH", data, 26)
        if order != 0xFFFE or (version, shift) not in {(3, 9), (4, 12)}:
            raise _Broken
        self._size = 1 << shift
        directory, difat, difat_count = struct.unpack_from("<L16xLL", data, 48)
        self._fat = [s for s in struct.unpack_from(f"<{_HEADER_DIFAT}L", data, 76) if s < _LAST_SECTOR]
        for _ in range(min(difat_count, _DIFAT_MAX)):
            numbers = struct.unpack(f"<{self._size // 4}L", self._sector(difat))
            self._fat += [s for s in numbers[:-1] if s < _LAST_SECTOR]
            difat = numbers[-1]
        self.entries = tuple(self._entries(directory))

    def beginning(self, entry: _Entry) -> bytes:
        """At least the first 64 bytes of a stream. Raises _Broken."""
        if entry.size >= _MINI_STREAM_BELOW:
            return self._sector(entry.first)
        # Short streams lie together in one that hangs on the root entry.
        root = next((other for other in self.entries if other.kind == _ROOT), None)
        sector, offset = divmod(entry.first * _MINI_SECTOR, self._size)
        if root is None or sector * self._size > len(self._data):
            raise _Broken
        number = root.first
        for _ in range(sector):
            number = self._next(number)
        return self._sector(number)[offset:]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        content = self._data[start : start + self._size]
        if len(content) != self._size:
            raise _Broken
        return content

    def _next(self, number: int) -> int:
        index, place = divmod(number, self._size // 4)
        if index >= len(self._fat):
            raise _Broken
        (following,) = struct.unpack_from("<L", self._sector(self._fat[index]), place * 4)
        return int(following)

    def _entries(self, sector: int) -> Iterator[_Entry]:
        for _ in range(_ENTRIES_MAX * _ENTRY // self._size):
            if sector >= _LAST_SECTOR:
                return
            content = self._sector(sector)
            for start in range(0, self._size, _ENTRY):
                (length,) = struct.unpack_from("<H", content, start + 64)
                kind = content[start + 66]
                if kind in {1, 2, _ROOT} and 2 <= length <= 64:
                    name = content[start : start + length - 2].decode("utf-16-le", "replace").lower()
                    first, size = struct.unpack_from("<LL", content, start + 116)
                    yield _Entry(name, kind, first, size)
            sector = self._next(sector)
        raise _Broken  # the chain is endless
