"""Excel: .xlsx passes; macros, bombs, passwords, other formats under its name and other archives do not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from xlsxwriter import Workbook

from app.adapters.filetype import FileRefused, inspect_workbook
from tests.adapters.test_filetype_word import doc, docx, overlapping

MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def xlsx(write: Callable[[Workbook], object] = Workbook.add_worksheet) -> bytes:
    """A workbook with what ``write`` puts into it."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        write(book)
    return out.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A workbook with one more part."""
    out = io.BytesIO(xlsx())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def test_a_workbook_is_kept_as_it_is() -> None:
    content = xlsx()
    found = inspect_workbook(content, "../专家\u202e信息.XLSX")
    assert (found.filename, found.data) == ("专家信息.xlsx", content)
    assert found.content_type.endswith("spreadsheetml.sheet")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.xlsx", "空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "另存为 .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xlsx", "旧版Office文档"),
        (doc("EncryptedPackage"), "a.xlsx", "打开密码"),
        ("姓名,身份证号".encode(), "a.csv", "另存为 .xlsx"),
        ("姓名,身份证号".encode(), "a.xlsx", "内容却是"),
        (b"%PDF-1.4", "a.xlsx", "PDF"),
        (docx(), "a.xlsx", "Word文档"),
        (xlsx()[:-30], "a.xlsx", "已损坏"),
        (xlsx() + b"more", "a.xlsx", "其他内容"),
        (with_part("xl/vbaProject.bin", b"x"), "a.xlsx", "宏"),
        (with_part("xl/worksheets/sheet2.xml", b" " * (11 << 20)), "a.xlsx", "过大"),
        (with_part("xl/x.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"), "a.xlsx", "定义"),
        (overlapping(30), "a.xlsx", "过大"),
        (xlsx().replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"), "a.xlsx", "密码"),
    ],
    ids=range(15),
)
def test_what_is_no_workbook_is_refused(content: bytes, name: str, words: str) -> None:
    with pytest.raises(FileRefused, match=words) as refused:
        inspect_workbook(content, name)
    assert refused.value.field == "file"


def test_a_workbook_with_macros_by_its_types_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx())) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "[Content_Types].xml":
                content = content.replace(MAIN.encode(), b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
            new.writestr(entry.filename, content)
    with pytest.raises(FileRefused, match="宏"):
        inspect_workbook(out.getvalue(), "a.xlsx")
