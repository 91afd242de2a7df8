"""A list as a workbook: days are days, text is text whatever it looks like, and LibreOffice reads the same."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from app.adapters.parts import PartWriter
from app.adapters.storage import MemoryStorage
from app.documents.table_xlsx import Heading, Value, Width, write_table
from tests.documents.test_ledger_xlsx import NASTY, found, line, sheet, workbook
from tests.support.parts import left_out

MARKUP = '<r></t></is></c><c r="B2" t="str"><f>HYPERLINK("http://evil.example")</f></c><c t="inlineStr"><is><t></r>'
"""What XlsxWriter would take for markup of its own."""
HEADINGS = (
    Heading("姓名", Width.SHORT), Heading("出生日期", Width.DAY), Heading("申报时间", Width.MOMENT), Heading("年限", Width.NUMBER),
    Heading("专业特长", Width.LONG),
)  # fmt: skip
ABOUT = (("内容", "专家信息"), ("筛选条件", "姓名：=1+1"), ("导出人", "李科员（云南省应急管理厅）"))
Row = tuple[Value, ...]


def row(name: str, text: str = "") -> Row:
    return name, date(1968, 2, 29), datetime.fromisoformat("2026-11-24 09:30"), 12, text


def table(*rows: Row) -> bytes:
    out = io.BytesIO()
    write_table("专家信息", HEADINGS, iter(rows), ABOUT, out)
    return out.getvalue()


def test_what_was_typed_is_text_and_never_markup() -> None:
    texts = (*NASTY, MARKUP, "<r>x</r>", "a\nb", "_x0041_", "𬱖")
    data = table(*(row(text, text) for text in texts))
    _, tree = sheet(data)
    assert not found(tree, "//x:f | //x:hyperlink")
    read = [element.text for element in found(tree, "//x:c[@t='inlineStr']//x:t")]
    # A literal escape is escaped once more; what looks like markup has a blank behind it.
    written = {"_x0041_": "_x005F_x0041_", MARKUP: f"{MARKUP} ", "<r>x</r>": "<r>x</r> "}
    assert all(read.count(written.get(text, text)) == 2 for text in texts)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [name for name in archive.namelist() if "rels" in name and b"evil" in archive.read(name)]


def test_no_workbook_of_ours_takes_text_for_markup() -> None:
    _, tree = sheet(workbook(line(1, name=MARKUP, reason=MARKUP, remark=MARKUP)))
    assert not found(tree, "//x:f")


def test_the_head_stays_and_filters_and_columns_are_as_wide_as_what_stands_in_them() -> None:
    _, tree = sheet(table(row("张三"), row("李四")))
    (pane,) = found(tree, "//x:pane")
    assert (pane.get("state"), pane.get("ySplit"), pane.get("xSplit")) == ("frozen", "1", "1")
    (filtered,) = found(tree, "//x:autoFilter")
    assert filtered.get("ref") == "A1:E3"
    widths = [float(one.get("width")) for one in found(tree, "//x:col")]
    assert widths[0] < widths[2] < widths[4]


def test_nothing_found_and_many_rows_are_whole_files_written_without_seeking() -> None:
    storage = MemoryStorage()
    for count in (0, 3000):
        writer = PartWriter(storage, 1000)
        write_table("专家信息", HEADINGS, (row(f"专家{n}") for n in range(count)), ABOUT, writer)  # type: ignore[arg-type]
        data = b"".join(storage.read(part.digest) for part in writer.finish())
        _, tree = sheet(data)
        assert len(found(tree, "//x:sheetData/x:row")) == count + 1


def test_what_a_killed_process_left_in_clear_is_taken_away_and_what_is_being_written_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, other = tmp_path / "registry-workbook-left", tmp_path / "registry-workbook-other"
    for folder in (left, other):
        folder.mkdir()
        (folder / "rows").write_text("张三")
    os.utime(left, (0, 0))
    table(row("张三"))
    assert list(tmp_path.iterdir()) == [other]


def test_another_program_reads_what_was_written() -> None:
    rows, about = read(table(row(NASTY[0], "+86"), row("𬱖·买买提", MARKUP)))
    assert rows == [
        [heading.label for heading in HEADINGS],
        [NASTY[0], *row("")[1:4], "+86"],
        ["𬱖·买买提", *row("")[1:4], f"{MARKUP} "],
    ]
    assert about == [list(one) for one in ABOUT]


def read(data: bytes) -> list[list[list[Any]]]:
    """The sheets as Calamine reads them, cell by cell."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [book.get_sheet_by_name(name).to_python() for name in ("专家信息", "说明")]


@pytest.fixture
def calc(tmp_path: Path) -> Callable[[bytes], list[list[str]]]:
    """The first sheet as LibreOffice shows it, cell by cell."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")

    def convert(data: bytes) -> list[list[str]]:
        (tmp_path / "table.xlsx").write_bytes(data)
        own = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
        # Comma, quote, UTF-8, from the first line; cells as they are shown.
        to = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
        command = [office, own, "--headless", "--convert-to", to, "--outdir", str(tmp_path)]
        run = subprocess.run([*command, str(tmp_path / "table.xlsx")], check=True, capture_output=True, timeout=120)
        if b"source file could not be loaded" in run.stderr:
            left_out("LibreOffice Calc (libreoffice-calc-nogui) is not installed")
        return list(csv.reader((tmp_path / "table.csv").read_text("utf-8").splitlines()))

    return convert


def test_libreoffice_shows_days_and_text_as_they_were_meant(calc: Callable[[bytes], list[list[str]]]) -> None:
    shown = ["1968年2月29日", "2026-11-24 09:30", "12"]
    assert calc(table(row(NASTY[0], "+86"), row("𬱖·买买提", "007"))) == [
        [heading.label for heading in HEADINGS],
        [NASTY[0], *shown, "+86"],
        ["𬱖·买买提", *shown, "007"],
    ]
