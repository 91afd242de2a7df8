"""Reading workbooks: cells as people see them, and files that were made to fill the memory refused in no time."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from xlsxwriter import Workbook

from app.adapters.spreadsheet import Sheet, read_sheet
from app.domain.errors import Invalid
from tests.adapters.test_filetype_excel import xlsx


def read(write: Any, preferred: str = "专家信息", most: int = 100) -> Sheet:
    return read_sheet(xlsx(write), preferred, most)


def test_cells_are_read_as_people_see_them_and_rows_have_the_numbers_of_excel() -> None:
    def write(book: Workbook) -> None:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        sheet.write_string(2, 1, "  𬱖某\n")
        sheet.write_number(3, 1, 19900000101)
        sheet.write_number(4, 1, 530102197505201e3)
        sheet.write_datetime(5, 1, date(2026, 11, 24), day)
        sheet.write_number(7, 1, 12.5)
        sheet.write_formula(8, 1, "=1+1", None, 2)
        sheet.write_boolean(9, 1, True)
        sheet.write_string(10, 3, "=HYPERLINK(1)")

    found = read(write)
    assert found.is_whole
    assert [(number, cells[1]) for number, cells in found.rows] == [
        (3, "𬱖某"), (4, "19900000101"), (5, "5.30102E+17"), (6, "2026-11-24"), (8, "12.5"), (9, "2"), (10, "是"), (11, ""),
    ]  # fmt: skip
    assert found.rows[-1][1][3] == "=HYPERLINK(1)"


def test_the_sheet_of_the_name_is_read_else_the_first_that_is_seen() -> None:
    def write(book: Workbook) -> None:
        for name, text in (("隐藏", "a"), ("首", "b"), ("专家信息", "c")):
            sheet = book.add_worksheet(name)
            sheet.write_string(0, 0, text)
        book.worksheets()[0].hide()
        book.worksheets()[1].activate()
        book.worksheets()[1].set_first_sheet()

    assert [read(write, name).rows[0][1][0] for name in ("专家信息", "没有", "隐藏")] == ["c", "b", "b"]


def test_more_rows_than_may_be_and_none() -> None:
    def write(book: Workbook) -> None:
        sheet = book.add_worksheet()
        for row in range(5):
            sheet.write_string(row, 0, "x")

    assert [(len(found.rows), found.is_whole) for found in (read(write, most=5), read(write, most=4))] == [
        (5, True),
        (4, False),
    ]
    assert read(Workbook.add_worksheet) == Sheet([], True)


def far_corner(book: Workbook) -> None:
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "a")
    sheet.write_string(1_048_575, 16_383, "b")


def one_text_everywhere(book: Workbook) -> None:
    sheet = book.add_worksheet()
    for row in range(2000):
        for column in range(30):
            sheet.write_string(row, column, "火" * 32_000)


@pytest.mark.parametrize("write", [far_corner, one_text_everywhere])
def test_a_small_file_that_is_immense_is_refused(write: Any) -> None:
    data = xlsx(write)
    assert len(data) < 1_000_000
    with pytest.raises(Invalid, match="区域太大"):
        read_sheet(data, "专家信息", 10_000)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", xlsx()[:900]])
def test_what_cannot_be_read_says_nothing_of_what_is_in_it(data: bytes) -> None:
    with pytest.raises(Invalid, match="读不出这份表格"):
        read_sheet(data, "专家信息", 100)


def test_a_million_rows_with_nothing_in_them_are_no_rows() -> None:
    def write(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "a")
        bold = book.add_format({"bold": True})
        for row in range(1, 200_000):
            sheet.write_blank(row, 0, None, bold)
        sheet.write_blank(1_048_575, 0, None, bold)

    assert read(write).rows == [(1, ["a"])]
