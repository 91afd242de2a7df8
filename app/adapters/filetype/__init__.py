"""What may be uploaded: decided by the content, never by what the browser says (OWASP ASVS 5.0, V5).

Attachments are PDF, JPEG, PNG and Word (.doc, .docx); photos are JPEG and PNG; tables Excel (.xlsx).
Pictures are decoded and written anew, so whatever else was in the file is gone. Nothing is executed,
and nothing touches the disk.
Every refusal is a FileRefused with its own sentence. The worst file takes under 2 s and 200 MB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import puremagic

from app.adapters.filetype.images import PHOTO_MIN_HEIGHT, PHOTO_MIN_WIDTH, clean_picture, make_photo
from app.adapters.filetype.names import NAME_MAX, clean_name, split_name
from app.adapters.filetype.ole import check_doc, is_encrypted_package
from app.adapters.filetype.package import EXCEL, WORD, check_package
from app.adapters.filetype.pdf import check_pdf
from app.adapters.filetype.refused import FileRefused

__all__ = [
    "MAX_BYTES",
    "NAME_MAX",
    "PHOTO_MIN_HEIGHT",
    "PHOTO_MIN_WIDTH",
    "FileRefused",
    "Inspected",
    "inspect_attachment",
    "inspect_photo",
    "inspect_workbook",
]

MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Inspected:
    """A file that may be stored and shown. ``data`` is what to store: for pictures not what was uploaded.

    ``filename`` is safe to show and to send in a header, at most NAME_MAX characters, and ends in
    ``extension`` (lower case, without its dot). ``content_type`` is ours, never the browser's.
    """

    filename: str
    content_type: str
    extension: str
    data: bytes = field(repr=False)


class _Kind(Enum):
    """What the first bytes say. Its value is how a person would call it."""

    PDF = "PDF文档"
    JPEG = "JPEG图片"
    PNG = "PNG图片"
    OLE = "旧版Office文档（如.doc）"
    ZIP = "新版Office文档（如.docx）或压缩包"


_SIGNATURES = (
    (b"%PDF-", _Kind.PDF),
    (b"\xff\xd8\xff", _Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", _Kind.PNG),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _Kind.OLE),
    (b"PK\x03\x04", _Kind.ZIP),
)
_PICTURES = {"jpg": _Kind.JPEG, "jpeg": _Kind.JPEG, "png": _Kind.PNG}
_ATTACHMENTS = {"pdf": _Kind.PDF, **_PICTURES, "doc": _Kind.OLE, "docx": _Kind.ZIP}
_WORKBOOKS = {"xlsx": _Kind.ZIP}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CONTENT_TYPES = {
    _Kind.PDF: "application/pdf",
    _Kind.JPEG: "image/jpeg",
    _Kind.PNG: "image/png",
    _Kind.OLE: "application/msword",
    _Kind.ZIP: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_FOREIGN = {
    ".svg": "SVG图片",
    ".gif": "GIF图片",
    ".bmp": "BMP图片",
    ".webp": "WebP图片",
    ".heic": "HEIC图片",
    ".tif": "TIFF图片",
    ".tiff": "TIFF图片",
    ".exe": "可执行程序",
    ".html": "网页",
    ".rar": "压缩包",
    ".7z": "压缩包",
    ".gz": "压缩包",
    ".rtf": "RTF文档",
}


def inspect_attachment(data: bytes, filename: str) -> Inspected:
    """Judge an attachment of at most MAX_BYTES. Raises FileRefused.

    A PDF holds no script, launches nothing, is not encrypted and ends where it should; a Word document
    has no macro, no remote template, no password, and unpacks to a reasonable size; a picture of more than
    16 megapixels (PNG: 9) is halved, turned upright, and stripped of everything but its pixels.
    """
    stem, extension, kind = _judge(data, filename, _ATTACHMENTS, "PDF、JPG、PNG、DOC、DOCX")
    match kind:
        case _Kind.PDF:
            check_pdf(data)
        case _Kind.OLE:
            check_doc(data)
        case _Kind.ZIP:
            check_package(data, WORD)
        case _Kind.JPEG | _Kind.PNG:
            data = clean_picture(data, png=kind is _Kind.PNG)
    return Inspected(clean_name(stem, extension), _CONTENT_TYPES[kind], extension, data)


def inspect_photo(data: bytes, filename: str) -> Inspected:
    """Judge a portrait: JPEG or PNG, at least 200 by 280 pixels. Raises FileRefused.

    The answer is always a JPEG, upright, without metadata, its longest side at most 1200 pixels.
    """
    stem, _, kind = _judge(data, filename, _PICTURES, "JPG、PNG")
    photo = make_photo(data, png=kind is _Kind.PNG)
    return Inspected(clean_name(stem, "jpg"), _CONTENT_TYPES[_Kind.JPEG], "jpg", photo)


def inspect_workbook(data: bytes, filename: str) -> Inspected:
    """Judge an Excel workbook: .xlsx, no macros, no password, of a reasonable size unpacked. Raises FileRefused."""
    stem, extension, _ = _judge(data, filename, _WORKBOOKS, "XLSX（其他格式的表格请在 Excel 或 WPS 中另存为 .xlsx）")
    check_package(data, EXCEL)
    return Inspected(clean_name(stem, extension), _XLSX, extension, data)


def _judge(data: bytes, filename: str, accepted: dict[str, _Kind], accepted_text: str) -> tuple[str, str, _Kind]:
    """Stem, extension and kind of a file whose size is right and whose extension agrees with its content."""
    if not data:
        raise FileRefused("文件是空的，请重新选择。")
    if len(data) > MAX_BYTES:
        raise FileRefused(f"文件超过{MAX_BYTES // 1024 // 1024} MB，请压缩或分开后上传。")
    stem, extension = split_name(filename)
    if not extension:
        raise FileRefused(f"文件名没有扩展名，无法判断类型。可上传：{accepted_text}。")
    if extension in {"docm", "dotm"}:
        raise FileRefused("启用宏的Word文档不能上传，请另存为.docx或PDF。")
    if extension not in accepted:
        raise FileRefused(f"不支持这种类型的文件。可上传：{accepted_text}。")
    kind = next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)
    if kind is accepted[extension]:
        return stem, extension, kind
    if kind is _Kind.OLE and accepted[extension] is _Kind.ZIP and is_encrypted_package(data):
        raise FileRefused("文件设有打开密码，请取消密码后再上传。")
    found = kind.value if kind else _describe(data)
    raise FileRefused(f"文件的扩展名是.{extension}，内容却是{found}，请核对后重新上传。")


def _describe(data: bytes) -> str:
    """A name for content that is none of ours, only for the message."""
    try:
        matches = puremagic.magic_string(data)
    except (puremagic.PureError, ValueError):
        return "无法识别的数据"
    return next((_FOREIGN[m.extension] for m in matches if m.extension in _FOREIGN), "其他类型的数据")
