"""PDF (ISO 32000): whole, alone in its file, readable without a password, and without anything that acts.

This is a search for names, not a parser: it refuses what a viewer might act upon, wherever it stands.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from app.adapters.filetype.refused import FileRefused

_CHUNK = 1 << 16
_TAIL = 2048
# Far more than any real file has: without these the search itself could be made to last.
_SLASHES_MAX = 4_000_000
_STREAMS_MAX = 100_000
_OBJECT_STREAMS_MAX = 5000
_OBJECT_STREAM_MAX = 8 << 20
# Bytes read and written for all object streams together.
_WORK_MAX = 96 << 20


def _name(*names: bytes) -> re.Pattern[bytes]:
    """Any of ``names`` as a PDF name, its characters plain or written as ``#4A`` (ISO 32000-1, 7.3.5)."""

    def spelled(name: bytes) -> bytes:
        return b"".join(b"(?:%c|#(?i:%02X))" % (char, char) for char in name)

    return re.compile(
        b"/(?:%s)(?=[\\x00\\t\\n\\f\\r ()<>\\[\\]{}/%%]|\\Z)" % b"|".join(spelled(name) for name in names)
    )


# Long names don't come about by chance, so they are sought in every byte; the short ones would turn up in
# compressed pictures, and are sought outside streams.
_ACTIVE = _name(b"JavaScript", b"Launch", b"Rendition", b"RichMedia")
_ACTIVE_SHORT = _name(b"JS", b"XFA")
_ENCRYPT = _name(b"Encrypt")
_OBJECT_STREAM = _name(b"ObjStm")
_FILTER = _name(b"Filter")
_PARAMETERS = _name(b"DecodeParms", b"DP")
_FILTERS = re.compile(rb"\s*(?:\[([^\]]*)\]|(/[^\s/<>\[\]()]+))")
_STREAM = re.compile(rb"stream\r?\n")


def check_pdf(data: bytes) -> None:
    """Raise FileRefused unless ``data``, which begins with ``%PDF-``, is a PDF to be kept."""
    tail = data[-_TAIL:]
    end = tail.rfind(b"%%EOF")
    if not re.match(rb"%PDF-[12]\.[0-9]", data) or end < 0 or b"startxref" not in tail[:end]:
        raise FileRefused("PDF文件不完整或已损坏，请重新导出后上传。")
    if tail[end + 5 :].strip(b"\x00\t\n\f\r ") or zipfile.is_zipfile(io.BytesIO(data)):
        raise FileRefused("PDF文件中混有其他内容，请重新导出后上传。")
    if data.count(b"/") > _SLASHES_MAX:
        raise _unreadable()
    plain = b"\n".join(_outside_streams(data))
    if _ENCRYPT.search(plain):
        raise FileRefused("PDF文件设有密码或权限限制，无法检查，请打印或另存为不加密的PDF后上传。")
    if _ACTIVE.search(data) or _ACTIVE_SHORT.search(plain):
        raise _active()
    for content in _object_streams(data):
        if _ACTIVE.search(content) or _ACTIVE_SHORT.search(content):
            raise _active()


def _active() -> FileRefused:
    return FileRefused("PDF文件中含有脚本或可自动执行的动作，请打印为普通PDF后上传。")


def _unreadable() -> FileRefused:
    return FileRefused("PDF文件的内部结构异常，无法检查，请打印为普通PDF后上传。")


def _outside_streams(data: bytes) -> Iterator[bytes]:
    position = count = 0
    while match := _STREAM.search(data, position):
        count += 1
        if count > _STREAMS_MAX:
            raise _unreadable()
        yield data[position : match.start()]
        end = data.find(b"endstream", match.end())
        if end < 0:
            position = match.end()
            break
        position = end + len(b"endstream")
    yield data[position:]


def _object_streams(data: bytes) -> Iterator[bytes]:
    """The content of each object stream: dictionaries may hide there, compressed (ISO 32000-1, 7.5.7)."""
    work = 0
    for count, match in enumerate(_OBJECT_STREAM.finditer(data)):
        begin = data.rfind(b"obj", max(0, match.start() - _TAIL), match.start())
        stream = _STREAM.search(data, match.end(), match.end() + _TAIL)
        if stream is None or begin < 0 or count >= _OBJECT_STREAMS_MAX:
            raise _unreadable()
        if _is_deflated(data[begin : stream.start()]):
            content, read = _inflate(data, stream.end())
        else:
            end = data.find(b"endstream", stream.end())
            if end < 0:
                raise _unreadable()
            content, read = data[stream.end() : end], 0
        work += len(content) + read
        if work > _WORK_MAX:
            raise _unreadable()
        yield content


def _is_deflated(dictionary: bytes) -> bool:
    """Whether a stream's content is deflated, rather than plain. Any other filter can't be seen through."""
    filters = list(_FILTER.finditer(dictionary))
    if not filters:
        return False
    value = _FILTERS.match(dictionary, filters[0].end())
    names = (value[1] or value[2] or b"").split() if value else []
    if len(filters) > 1 or names not in ([b"/FlateDecode"], [b"/Fl"]) or _PARAMETERS.search(dictionary):
        raise _unreadable()
    return True


def _inflate(data: bytes, start: int) -> tuple[bytes, int]:
    """Inflate the stream at ``start``; return its content and how many bytes were read for it.

    In small bites, so that neither a bomb nor a long rest of the file costs memory.
    """
    engine = zlib.decompressobj()
    pieces: list[bytes] = []
    length = 0
    for position in range(start, len(data), _CHUNK):
        bite = data[position : position + _CHUNK]
        while bite and not engine.eof:
            try:
                piece = engine.decompress(bite, _CHUNK)
            except zlib.error:
                raise _unreadable() from None
            length += len(piece)
            if length > _OBJECT_STREAM_MAX:
                raise _unreadable()
            pieces.append(piece)
            bite = engine.unconsumed_tail
        if engine.eof:
            return b"".join(pieces), position + len(bite) - start
    raise _unreadable()
