"""Several certificates as one file: the pages in order with nothing of the single files left, and the files untouched."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject

from app.adapters.parts import PartWriter
from app.adapters.storage import MemoryStorage
from app.documents.bundle import LIST_NAME, Item, write_pdf, write_zip
from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.domain.exports import as_ranges
from app.domain.validity import SHANGHAI

MADE = datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI)


def item(serial: int, name: str = "张三", stamp: str | None = None) -> Item:
    number, begin, end = f"YNS20201015{serial:03d}", date(2020, 10, 15), date(2030, 10, 14)
    data = CertificateData(name, "云南省应急管理厅", "省化工-防爆", number, begin, end, begin, stamp)
    return Item(number, name, "省化工-防爆专家", "2020年10月15日 至 2030年10月14日", "有效", render_certificate(data))


def test_pages_stand_in_order_with_a_bookmark_each_and_what_is_the_same_is_there_once() -> None:
    items = [item(1), item(2, "李四"), item(3, "王五", stamp="已终止 2026年1月5日")]
    out = io.BytesIO()
    write_pdf(iter(items), out, MADE)
    merged = PdfReader(out)
    assert [page.extract_text().split("证书编号：")[1][:14] for page in merged.pages] == [one.number for one in items]
    assert "已终止" in merged.pages[2].extract_text()
    assert [entry.title for entry in merged.outline] == [f"{one.number} {one.name}" for one in items]
    assert len(out.getvalue()) < sum(len(one.pdf) for one in items)


def test_what_belongs_to_the_single_file_is_left_behind() -> None:
    """A signature and a tree of tags hold for the file that they came with, and for no other."""
    writer = PdfWriter(clone_from=io.BytesIO(item(1).pdf))
    writer.add_annotation(0, Link(rect=(1, 1, 9, 9), url="https://registry.example/check/x"))
    writer.pages[0][NameObject("/AA")] = DictionaryObject()
    signed = io.BytesIO()
    writer.write(signed)
    out = io.BytesIO()
    write_pdf([Item("YNS20201015001", "张三", "", "", "", signed.getvalue())], out, MADE)
    page = PdfReader(out).pages[0]
    assert "/Annots" not in page
    assert "/AA" not in page
    assert "/AcroForm" not in PdfReader(out).root_object


def test_a_zip_holds_the_files_as_they_are_and_a_list() -> None:
    items = [item(1, "=cmd|1"), item(2)]
    writer = PartWriter(MemoryStorage(), size=10_000)
    write_zip(iter(items), writer, MADE)  # type: ignore[arg-type]
    parts = writer.finish()
    storage = writer._storage
    data = b"".join(storage.read(part.digest) for part in parts)
    assert len(data) == sum(part.size for part in parts)
    assert max(part.size for part in parts) == 10_000
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["聘书_YNS20201015001.pdf", "聘书_YNS20201015002.pdf", LIST_NAME]
        assert [archive.read(one.file_name) for one in items] == [one.pdf for one in items]
        assert archive.getinfo(LIST_NAME).date_time[:3] == (2026, 11, 24)
        lines = archive.read(LIST_NAME).decode("utf-8-sig").splitlines()
    assert lines[1].startswith("聘书_YNS20201015001.pdf,YNS20201015001,'=cmd|1,")


@pytest.mark.parametrize("number", ["../../etc/passwd", "a/b\\c:d", "编号\x00"])
def test_a_files_name_is_safe_whatever_the_number(number: str) -> None:
    name = Item(number, "", "", "", "", b"").file_name
    assert name.startswith("聘书_")
    assert not set(name) & set('/\\:\x00<>"|?*')
    assert ".." not in name.removesuffix(".pdf")


def test_ids_are_told_in_few_words() -> None:
    assert as_ranges([9, 3, 4, 5]) == "3-5,9"
    assert as_ranges([7]) == "7"
