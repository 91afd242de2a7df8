"""An expert's profile as a Word form (登记表): A4, laid out as a department prints it."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any
from unicodedata import east_asian_width

from docx.document import Document
from docx.shared import Length, Mm
from docx.text.paragraph import Paragraph
from PIL import Image, ImageOps

from app.documents.data import Entry, Listing, ProfileData, Section
from app.documents.word_base import (
    GAP,
    LABEL,
    MARGIN,
    PREPARED,
    SECTION,
    TEXT,
    TITLE,
    VALUE,
    new_form,
    page_number_paragraph,
)
from app.documents.word_table import (
    CHARACTER_WIDTH,
    MERGE_ON,
    MERGE_START,
    ROW_HEIGHT,
    Cell,
    Row,
    clean,
    paragraph,
    table,
)

_SHADE = "EDEDED"
_NOTHING = "无"
_PROPERTY_LIMIT = 255  # characters, of a document property

# Widths in twentieths of a point: 166 mm between the margins.
_WIDTH = 9410
_LABEL_WIDTH = 1480
_PHOTO_WIDTH = 1700

# Of a listing's columns, in ideographs: the least, the most that is never broken, the most that counts, the
# space around the text, and the length from which on a column is set flush left.
_NARROWEST, _WHOLE, _WIDEST, _PADDING = 3.0, 13.0, 24.0, 1.5
_LONG_TEXT = 14.0
_SHORT_LISTING = 6  # rows that stay on one page

_PHOTO_ROWS = 4
_PHOTO_ROWS_HEIGHT = 2260
_PHOTO_BOX = Mm(25), Mm(35)  # 一寸照片, whose proportions 2.5 cm : 3.5 cm it keeps
_PHOTO_PIXELS = (590, 826)
_PHOTO_LARGEST = 25_000_000  # pixels
_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError)


def render_profile(data: ProfileData) -> bytes:
    """The profile as a .docx file.

    Each part is a table of its own: a section sets its values two to a row, wide ones across, a listing
    repeats its headings on each page. A photo stands at the right of the first section, and an empty frame
    where there is none or it cannot be read. Characters that XML cannot hold are left out.

    Raises ``ValueError`` for a listing whose row has more or fewer values than headings.
    """
    document = new_form()
    day = data.prepared_on
    body = document.element.body
    end = body.sectPr
    end.addprevious(paragraph(data.heading, TITLE))
    end.addprevious(paragraph(f"制表日期：{day.year}年{day.month}月{day.day}日", PREPARED))
    if data.note:
        end.addprevious(paragraph(data.note, PREPARED))
    with_photo = next((part for part in data.parts if isinstance(part, Section)), None)
    for index, part in enumerate(data.parts):
        if index:
            end.addprevious(paragraph("", GAP))
        rows = _listing_rows(part) if isinstance(part, Listing) else _section_rows(part, part is with_photo)
        written = table(list(rows))
        end.addprevious(written)
        if part is with_photo:
            _place_photo(Paragraph(written.tr_lst[1].tc_lst[-1].p_lst[0], document), data)
    _set_header_and_footer(document, data)
    properties = document.core_properties
    properties.title = clean(f"{data.heading} {data.name}")[:_PROPERTY_LIMIT]
    properties.author = properties.comments = ""
    properties.created = properties.modified = datetime(day.year, day.month, day.day, tzinfo=UTC)
    properties.language = "zh-CN"
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def _section_rows(section: Section, with_photo: bool) -> Iterator[Row]:
    yield _title_row(section.title)
    lines = list(_lines(section.entries))
    if with_photo:
        beside = max(min(len(lines), _PHOTO_ROWS), 1)
        height = max(ROW_HEIGHT, _PHOTO_ROWS_HEIGHT // beside)
        for number in range(beside):
            cells = _cells(lines[number] if lines else (), _WIDTH - _PHOTO_WIDTH)
            photo = Cell(_PHOTO_WIDTH, "" if number else "照片", merge=MERGE_ON if number else MERGE_START)
            yield Row([*cells, photo], height=height, with_next=number < beside - 1)
        lines = lines[beside:]
    elif not lines:
        yield Row([Cell(_WIDTH, _NOTHING)])
    for line in lines:
        yield Row(_cells(line, _WIDTH))


def _lines(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    """The entries in their order: two to a line, a wide one alone."""
    waiting: tuple[Entry, ...] = ()
    for entry in entries:
        if entry.wide:
            if waiting:
                yield waiting
            yield (entry,)
            waiting = ()
        elif waiting:
            yield (*waiting, entry)
            waiting = ()
        else:
            waiting = (entry,)
    if waiting:
        yield waiting


def _cells(line: Sequence[Entry], width: int) -> list[Cell]:
    if not line:
        return [Cell(width)]
    share = width // len(line)
    cells = []
    for entry in line:
        cells.append(Cell(_LABEL_WIDTH, entry.label, LABEL))
        cells.append(Cell(share - _LABEL_WIDTH, entry.value, TEXT if len(line) == 1 else VALUE))
    return cells


def _listing_rows(listing: Listing) -> Iterator[Row]:
    yield _title_row(listing.title, repeat=True)
    lengths = [max(map(_length, column)) for column in zip(listing.headings, *listing.rows, strict=True)]
    widths = _column_widths(lengths)
    if widths:
        headings = [Cell(width, text, LABEL) for width, text in zip(widths, listing.headings, strict=True)]
        yield Row(headings, repeat=True, with_next=True)
    if not listing.rows:
        yield Row([Cell(_WIDTH, _NOTHING)])
    styles = [TEXT if length > _LONG_TEXT else VALUE for length in lengths]
    for left, values in zip(range(len(listing.rows), 0, -1), listing.rows, strict=True):
        cells = [Cell(*cell) for cell in zip(widths, values, styles, strict=True)]
        yield Row(cells, with_next=left > 1 and len(listing.rows) <= _SHORT_LISTING)


def _column_widths(lengths: Sequence[float]) -> list[int]:
    """Shares of the page for columns with texts this long: short ones unbroken, long ones by length."""
    shares = [min(max(length, _NARROWEST), _WHOLE) + _PADDING for length in lengths]
    beyond = [min(max(length - _WHOLE, 0.0), _WIDEST) for length in lengths]
    left = _WIDTH / CHARACTER_WIDTH - sum(shares)
    if left > 0 and any(beyond):
        shares = [share + left * more / sum(beyond) for share, more in zip(shares, beyond, strict=True)]
    edges = [round(_WIDTH * total / sum(shares)) for total in accumulate(shares, initial=0.0)] if shares else []
    return [end - start for start, end in pairwise(edges)]


def _length(text: str) -> float:
    """The width of the longest line of ``text`` in ideographs; a Latin letter takes half of one."""
    return max(sum(1.0 if east_asian_width(c) in "WFA" else 0.5 for c in line) for line in text.split("\n"))


def _title_row(title: str, *, repeat: bool = False) -> Row:
    return Row([Cell(_WIDTH, title, SECTION, shade=_SHADE)], repeat=repeat, with_next=True)


def _place_photo(place: Paragraph, data: ProfileData) -> None:
    picture = _photo(data.photo) if data.photo else None
    if picture is None:
        return
    stream, width, height = picture
    for run in place.runs:
        run.text = ""
    inline = place.add_run().add_picture(stream, width=width, height=height)._inline
    for side in "TBLR":
        inline.set(f"dist{side}", "0")  # unsaid, some readers take a distance of their own
    inline.docPr.set("name", "照片")
    inline.docPr.set("descr", clean(f"{data.name}的照片"))


def _photo(original: bytes) -> tuple[io.BytesIO, Length, Length] | None:
    """The photo upright, no larger than it prints, as JPEG, and its size; ``None`` if it cannot be read."""
    try:
        with Image.open(io.BytesIO(original), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > _PHOTO_LARGEST:
                return None
            image.draft("RGB", _PHOTO_PIXELS)
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            upright.thumbnail(_PHOTO_PIXELS)
            paper = Image.new("RGB", upright.size, "white")
            paper.paste(upright, mask=upright)
            stream = io.BytesIO()
            paper.save(stream, "JPEG", quality=88)
    except _UNREADABLE:
        return None
    scale = min(_PHOTO_BOX[0] / paper.width, _PHOTO_BOX[1] / paper.height)
    stream.seek(0)
    return stream, Length(round(paper.width * scale)), Length(round(paper.height * scale))


def _set_header_and_footer(document: Document, data: ProfileData) -> None:
    """第 X 页 共 Y 页 below each page; heading and name above each but the first, where the title is."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    for footer in (section.footer, section.first_page_footer):
        _fill(footer, page_number_paragraph("第 ", " 页 共 ", " 页"))
    _fill(section.header, paragraph(f"{data.heading}　{data.name}", MARGIN))
    _fill(section.first_page_header, paragraph("", MARGIN))


def _fill(margin: Any, content: Any) -> None:
    for old in list(margin._element):
        margin._element.remove(old)
    margin._element.append(content)
