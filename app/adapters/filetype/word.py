"""Word documents since 2007 (.docx; ISO/IEC 29500, Open Packaging): a ZIP archive with a fixed inside."""

from __future__ import annotations

import html
import io
import re
import struct
import zipfile
import zlib

from app.adapters.filetype.refused import FileRefused

UNPACKED_MAX = 100 << 20
RATIO_MAX = 100
# Small documents repeat themselves so much that a ratio says nothing about them.
_RATIO_FROM = 10 << 20
_ENTRIES_MAX = 2000
_DIRECTORY_MAX = 1 << 20
_CHUNK = 1 << 16

_CONTENT_TYPES = "[Content_Types].xml"
_MAIN = "wordprocessingml.document.main+xml"
_MACRO = re.compile(r"macroenabled|vbaproject|ms-word\.vbadata", re.IGNORECASE)
_MACRO_PART = re.compile(r"vbaproject|vbadata|/activex/", re.IGNORECASE)
_PROGRAM = re.compile(r"\.(?:exe|dll|com|scr|bat|cmd|ps1|vbs|js|jse|wsf|hta|jar|lnk|msi)$", re.IGNORECASE)
# What Word fetches by itself on opening. A template on the author's own disk is common, and harmless.
_FETCHED = re.compile(r"relationships/(?:attachedTemplate|oleObject|frame|subDocument)\b", re.IGNORECASE)
_REMOTE = re.compile(r"""Target\s*=\s*["']\s*(?!file:///[a-z]:)(?:[^"'/\\]*:|\\\\|//)""", re.IGNORECASE)
# What zipfile and zlib raise for a broken archive, an unknown compression or a password among it.
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


def check_docx(data: bytes) -> None:
    """Raise FileRefused unless ``data``, which begins as a ZIP archive, is a Word document to be kept."""
    _check_frame(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_list(archive.infolist())
            _check_contents(archive)
    except _DAMAGE:
        raise _damaged() from None


def _damaged() -> FileRefused:
    return FileRefused("Word文档不完整或已损坏，请重新另存后上传。")


def _check_frame(data: bytes) -> None:
    """The archive fills its file, and its directory is small enough to be read at all."""
    if len(data) < 22 or data.rfind(b"PK\x05\x06") < 0:
        raise _damaged()
    mark, _, _, _, _, size, offset, comment = struct.unpack("<4s4H2LH", data[-22:])
    if mark != b"PK\x05\x06" or comment or size + offset + 22 != len(data):
        raise FileRefused("Word文档中混有其他内容，请重新另存后上传。")
    if size > _DIRECTORY_MAX:
        raise _too_big()


def _too_big() -> FileRefused:
    return FileRefused("Word文档解压后的内容过大，请精简后上传。")


def _check_list(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused("文件是加密的压缩包，请取消密码后上传。")
    if len(entries) > _ENTRIES_MAX or sum(entry.file_size for entry in entries) > UNPACKED_MAX:
        raise _too_big()
    for entry in entries:
        if entry.file_size > _RATIO_FROM and entry.file_size > RATIO_MAX * entry.compress_size:
            raise _too_big()
    if len({name.casefold() for name in names}) != len(names):
        raise _damaged()
    if any(re.search(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|:", name) for name in names):
        raise FileRefused("Word文档内部含有不安全的路径，请重新另存后上传。")
    if _CONTENT_TYPES not in names or not any(name.startswith("word/") for name in names):
        raise FileRefused(f"这不是Word文档，而是{_other(names)}。")
    if any(_MACRO_PART.search(name) for name in names):
        raise _macro()
    if any(_PROGRAM.search(name) for name in names):
        raise FileRefused("Word文档中嵌入了程序文件，请删除后上传。")


def _macro() -> FileRefused:
    return FileRefused("Word文档中含有宏或控件，请另存为不含宏的.docx或PDF后上传。")


def _other(names: list[str]) -> str:
    if any(name.startswith("xl/") for name in names):
        return "Excel表格"
    if any(name.startswith("ppt/") for name in names):
        return "PPT演示文稿"
    return "压缩包"


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Unpack every part, which proves lengths and checksums, and read those that decide."""
    for entry in archive.infolist():
        kept = entry.filename == _CONTENT_TYPES or entry.filename.endswith(".rels")
        if kept and entry.file_size > _DIRECTORY_MAX:
            raise _too_big()
        head = b""
        with archive.open(entry) as part:
            # A part never yields more than the length it declares, and those were added up above.
            while piece := part.read(_CHUNK):
                if kept or not head:
                    head += piece
        text = _text(head)
        if entry.filename.endswith((".xml", ".rels")) and "<!DOCTYPE" in text[:_CHUNK]:
            raise FileRefused("Word文档内部含有不安全的定义，请重新另存后上传。")
        if entry.filename == _CONTENT_TYPES:
            if _MACRO.search(text):
                raise _macro()
            if _MAIN not in text:
                raise FileRefused("这不是Word文档，而是其他类型的Office文件或模板。")
        elif kept and any(_FETCHED.search(tag) and _REMOTE.search(tag) for tag in text.split("<")):
            raise FileRefused("Word文档引用了网络上的模板或对象，请取消引用后上传。")


def _text(content: bytes) -> str:
    """XML as one would search it: without the zero bytes of two-byte encodings, entities spelled out."""
    return html.unescape(content.replace(b"\x00", b"").decode("utf-8", "replace"))
