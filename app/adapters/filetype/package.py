"""Office documents since 2007 (.docx, .xlsx; ISO/IEC 29500, Open Packaging): a ZIP archive with a fixed inside."""

from __future__ import annotations

import html
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass

from app.adapters.filetype.refused import FileRefused

UNPACKED_MAX = 100 << 20
RATIO_MAX = 100
# Small documents repeat themselves so much that a ratio says nothing about them.
_RATIO_FROM = 10 << 20
_ENTRIES_MAX = 2000
_DIRECTORY_MAX = 1 << 20
_CHUNK = 1 << 16

_CONTENT_TYPES = "[Content_Types].xml"
_MACRO = re.compile(r"macroenabled|vbaproject|ms-word\.vbadata", re.IGNORECASE)
_MACRO_PART = re.compile(r"vbaproject|vbadata|/activex/", re.IGNORECASE)
_PROGRAM = re.compile(r"\.(?:exe|dll|com|scr|bat|cmd|ps1|vbs|js|jse|wsf|hta|jar|lnk|msi)$", re.IGNORECASE)
# What Office fetches by itself on opening. A template on the author's own disk is common, and harmless.
_FETCHED = re.compile(r"relationships/(?:attachedTemplate|oleObject|frame|subDocument)\b", re.IGNORECASE)
_REMOTE = re.compile(r"""Target\s*=\s*["']\s*(?!file:///[a-z]:)(?:[^"'/\\]*:|\\\\|//)""", re.IGNORECASE)
# What zipfile and zlib raise for a broken archive, an unknown compression or a password among it.
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Office:
    """A sort of document: what people call it, its folder in the archive, its main part, what it may be saved as."""

    name: str
    folder: str
    main: str
    saved_as: str


WORD = Office("Word文档", "word/", "wordprocessingml.document.main+xml", ".docx或PDF")
EXCEL = Office("Excel表格", "xl/", "spreadsheetml.sheet.main+xml", ".xlsx")
_FOLDERS = {WORD.folder: WORD.name, EXCEL.folder: EXCEL.name, "ppt/": "PPT演示文稿"}


def check_package(data: bytes, sort: Office) -> None:
    """Raise FileRefused unless ``data``, which begins as a ZIP archive, is a document of this sort to be kept."""
    _check_frame(data, sort)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_list(archive.infolist(), sort)
            _check_contents(archive, sort)
    except _DAMAGE:
        raise _damaged(sort) from None


def _damaged(sort: Office) -> FileRefused:
    return FileRefused(f"{sort.name}不完整或已损坏，请重新另存后上传。")


def _check_frame(data: bytes, sort: Office) -> None:
    """The archive fills its file, and its directory is small enough to be read at all."""
    if len(data) < 22 or data.rfind(b"PK\x05\x06") < 0:
        raise _damaged(sort)
    mark, _, _, _, _, size, offset, comment = struct.unpack("<4s4H2LH", data[-22:])
    if mark != b"PK\x05\x06" or comment or size + offset + 22 != len(data):
        raise FileRefused(f"{sort.name}中混有其他内容，请重新另存后上传。")
    if size > _DIRECTORY_MAX:
        raise _too_big(sort)


def _too_big(sort: Office) -> FileRefused:
    return FileRefused(f"{sort.name}解压后的内容过大，请精简后上传。")


def _check_list(entries: list[zipfile.ZipInfo], sort: Office) -> None:
    names = [entry.filename for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused("文件是加密的压缩包，请取消密码后上传。")
    if len(entries) > _ENTRIES_MAX or sum(entry.file_size for entry in entries) > UNPACKED_MAX:
        raise _too_big(sort)
    for entry in entries:
        if entry.file_size > _RATIO_FROM and entry.file_size > RATIO_MAX * entry.compress_size:
            raise _too_big(sort)
    if len({name.casefold() for name in names}) != len(names):
        raise _damaged(sort)
    if any(re.search(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|:", name) for name in names):
        raise FileRefused(f"{sort.name}内部含有不安全的路径，请重新另存后上传。")
    if _CONTENT_TYPES not in names or not any(name.startswith(sort.folder) for name in names):
        raise FileRefused(f"这不是{sort.name}，而是{_other(names, sort)}。")
    if any(_MACRO_PART.search(name) for name in names):
        raise _macro(sort)
    if any(_PROGRAM.search(name) for name in names):
        raise FileRefused(f"{sort.name}中嵌入了程序文件，请删除后上传。")


def _macro(sort: Office) -> FileRefused:
    return FileRefused(f"{sort.name}中含有宏或控件，请另存为不含宏的{sort.saved_as}后上传。")


def _other(names: list[str], sort: Office) -> str:
    there = (word for folder, word in _FOLDERS.items() if any(name.startswith(folder) for name in names))
    return next((word for word in there if word != sort.name), "压缩包")


def _check_contents(archive: zipfile.ZipFile, sort: Office) -> None:
    """Unpack every part, which proves lengths and checksums, and read those that decide."""
    for entry in archive.infolist():
        kept = entry.filename == _CONTENT_TYPES or entry.filename.endswith(".rels")
        if kept and entry.file_size > _DIRECTORY_MAX:
            raise _too_big(sort)
        head = b""
        with archive.open(entry) as part:
            # A part never yields more than the length it declares, and those were added up above.
            while piece := part.read(_CHUNK):
                if kept or not head:
                    head += piece
        text = _text(head)
        if entry.filename.endswith((".xml", ".rels")) and "<!DOCTYPE" in text[:_CHUNK]:
            raise FileRefused(f"{sort.name}内部含有不安全的定义，请重新另存后上传。")
        if entry.filename == _CONTENT_TYPES:
            if _MACRO.search(text):
                raise _macro(sort)
            if sort.main not in text:
                raise FileRefused(f"这不是{sort.name}，而是其他类型的Office文件或模板。")
        elif kept and any(_FETCHED.search(tag) and _REMOTE.search(tag) for tag in text.split("<")):
            raise FileRefused(f"{sort.name}引用了网络上的模板或对象，请取消引用后上传。")


def _text(content: bytes) -> str:
    """XML as one would search it: without the zero bytes of two-byte encodings, entities spelled out."""
    return html.unescape(content.replace(b"\x00", b"").decode("utf-8", "replace"))
