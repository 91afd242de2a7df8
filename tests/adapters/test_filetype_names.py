"""Names, sizes, and content that is not what the extension says."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from PIL import Image

from app.adapters.filetype import MAX_BYTES, NAME_MAX, Inspected, inspect_attachment, inspect_photo

Refusal = Callable[..., str]


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "PNG")
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("readme.txt", "hello")
    return out.getvalue()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("职称证书.png", "职称证书.png"),
        ("scan.PNG", "scan.png"),
        ("../../etc/passwd.png", "passwd.png"),
        ("..\\..\\windows\\win.png", "win.png"),
        ("C:\\fakepath\\证书.png", "证书.png"),
        ("/etc/cron.d/x.png", "x.png"),
        ("证\r\nSet-Cookie: a=b\r\n书.png", "证Set-Cookie_ a=b书.png"),
        ("a\x00b\x1f\x7f\x85.png", "ab.png"),
        ("证书\u202egnp.png", "证书gnp.png"),
        ("a\u200b\u2066\u2069\ufeff\u2028b.png", "ab.png"),
        ("a\ud800b.png", "ab.png"),
        ('a<b>c:d"e|f?g*.png', "a_b_c_d_e_f_g_.png"),
        ("  . a   b . .png", "a b.png"),
        ("a.png. . ", "a.png"),
        (".png", "附件.png"),
        ("...png", "附件.png"),
        ("a.tar.exe.png", "a.tar.exe.png"),
        ("CON.png", "_CON.png"),
        ("com1.x.png", "_com1.x.png"),
        ("𬱖.png", "𬱖.png"),
        ("cafe\u0301.png", "caf\u00e9.png"),
    ],
)
def test_name_is_made_safe(given: str, kept: str) -> None:
    assert inspect_attachment(png(), given).filename == kept


@pytest.mark.parametrize(
    "given", ["a" * 251 + ".png", "证" * 85 + ".png", "../" * 80 + "a" * 300 + ".PNG", "x" * 10**6 + ".png"]
)
def test_long_name_is_shortened_and_keeps_its_extension(given: str) -> None:
    kept = inspect_attachment(png(), given).filename
    assert len(kept) <= NAME_MAX
    assert kept.endswith(".png")
    assert "/" not in kept


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("", "没有扩展名"),
        ("证书", "没有扩展名"),
        ("../../etc/passwd", "没有扩展名"),
        ("a.png/", "没有扩展名"),
        ("证书.png.exe", "不支持"),
        ("证书\u202egnp.exe", "不支持"),
        ("a.png\x00.exe", "不支持"),
        ("a.svg", "不支持"),
        ("a.html", "不支持"),
        ("a.pn g", "不支持"),
        ("a.docm", "宏"),
        ("a" * 255, "没有扩展名"),
    ],
)
def test_extension_that_is_not_taken(given: str, part: str, refusal: Refusal) -> None:
    assert part in refusal(png(), given)


def test_empty_file(refusal: Refusal) -> None:
    assert "空的" in refusal(b"", "a.pdf")


def test_size_up_to_the_limit_is_no_reason(refusal: Refusal) -> None:
    assert "20 MB" in refusal(b"%PDF-1.4" + bytes(MAX_BYTES), "a.pdf")
    assert "20 MB" not in refusal(b"%PDF-1.4".ljust(MAX_BYTES, b"\0"), "a.pdf")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (SVG, "a.png", "SVG图片"),
        (b"GIF89a" + bytes(100), "a.jpg", "GIF图片"),
        (b"MZ" + bytes(1000), "a.pdf", "可执行程序"),
        (b"<html><script>alert(1)</script></html>", "a.pdf", "网页"),
        (b"Rar!\x1a\x07\x00" + bytes(99), "a.docx", "压缩包"),
        (b"\x7fELF" + bytes(99), "a.doc", "其他类型的数据"),
        (b"#!/bin/sh\nrm -rf /\n", "a.pdf", "无法识别的数据"),
        (b"\x00" * 5000, "a.png", "其他类型的数据"),
        (b"hello", "a.docx", "无法识别的数据"),
        (b"{\\rtf1\\ansi hello}", "a.doc", "RTF文档"),
        (b"\n%PDF-1.4\n%%EOF", "a.pdf", ""),
        (png(), "a.jpg", "PNG图片"),
        (png(), "a.pdf", "PNG图片"),
        (archive(), "a.doc", "新版Office文档"),
        (archive(), "a.pdf", "压缩包"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), "a.docx", "旧版Office文档"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "a.png", "JPEG图片"),
        (b"%PDF-1.4\n%%EOF", "a.jpeg", "PDF文档"),
    ],
)
def test_content_that_contradicts_the_extension(content: bytes, name: str, found: str, refusal: Refusal) -> None:
    message = refusal(content, name)
    assert "扩展名" in message
    assert found in message


def test_photo_is_a_picture_and_nothing_else(refusal: Refusal) -> None:
    assert "可上传：JPG、PNG" in refusal(b"%PDF-1.4\n%%EOF", "a.pdf", inspect_photo)
    assert "空的" in refusal(b"", "a.jpg", inspect_photo)


def test_content_type_is_ours_and_repr_does_not_show_the_content() -> None:
    found = inspect_attachment(png(), "a.png")
    assert isinstance(found, Inspected)
    assert (found.content_type, found.extension) == ("image/png", "png")
    assert "data" not in repr(found)
