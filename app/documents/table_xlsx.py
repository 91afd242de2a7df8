"""Rows of a list as an Excel workbook of any length, and a sheet that says whose it is and what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import IO, Any

from app.documents.workbook import DATE, HEADING, MOMENT, PLAIN, workbook

Value = str | int | date | datetime
"""What a cell holds: a ``datetime`` is without a zone, as people read the clock; "" is nothing."""
ABOUT = "说明"


class Width(IntEnum):
    """How wide a column is, in characters, by what stands in it."""

    NUMBER = 10
    SHORT = 14
    DAY = 15
    MOMENT = 18
    TEXT = 24
    LONG = 44


@dataclass(frozen=True)
class Heading:
    """The head of a column."""

    label: str
    width: Width


def write_table(
    title: str,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Value]],
    about: Sequence[tuple[str, str]],
    out: IO[bytes],
) -> None:
    """``title`` names the sheet; its head stays and filters. ``about`` are the lines of the other, label and text.

    Rows are taken one after the other and none is kept. ``out`` need neither seek nor read.
    """
    with workbook(out, title) as book:
        sheet = book.add_worksheet(title)
        heading = book.add_format({**HEADING, "text_wrap": True})
        for place, one in enumerate(headings):
            # The button of the filter covers the end of a label.
            sheet.set_column(place, place, max(one.width, 2 * len(one.label) + 4))
            sheet.write_string(0, place, one.label, heading)
        sheet.freeze_panes(1, 1)
        # As text for good: else a cell that somebody edits would begin to count.
        text = book.add_format({**PLAIN, "num_format": "@"})
        moment, day = (book.add_format({**PLAIN, "num_format": look}) for look in (MOMENT, DATE))
        plain, last = book.add_format(PLAIN), 0
        for last, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    if value:
                        sheet.write_string(last, place, value, text)
                elif isinstance(value, date):
                    sheet.write_datetime(last, place, value, moment if isinstance(value, datetime) else day)
                else:
                    sheet.write_number(last, place, value, plain)
        sheet.autofilter(0, 0, last, len(headings) - 1)
        # Numbers of certificates and telephones are no numbers to count with: no green corners.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        _write_about(book, about)


def _write_about(book: Any, about: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet(ABOUT)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 80)
    label = book.add_format({**PLAIN, "bold": True, "valign": "top"})
    text = book.add_format({**PLAIN, "num_format": "@", "text_wrap": True, "valign": "top"})
    for row, (name, words) in enumerate(about):
        sheet.write_string(row, 0, name, label)
        sheet.write_string(row, 1, words, text)
