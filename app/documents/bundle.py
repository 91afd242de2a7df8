"""Several certificates as one file: pages behind one another to print, or a ZIP with each as it was issued."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from pypdf import PdfReader, PdfWriter

from app.documents.csv_file import render_csv
from app.domain.exports import ExportKind

LIST_NAME = "清单.csv"
LIST_HEADING = ("文件", "证书编号", "姓名", "聘任名称", "证书有效期限", "状态")
_OF_ITS_OWN_FILE = ("/Annots", "/StructParents", "/AA", "/Tabs")
"""Of a page: what refers to the rest of the file that it comes from. A signature holds for that file alone."""


@dataclass(frozen=True)
class Item:
    """One certificate: the words of the list, and its PDF of one page or more."""

    number: str
    name: str
    title: str
    term: str
    state: str
    pdf: bytes

    @property
    def file_name(self) -> str:
        """``聘书_YNS20201015001.pdf``, safe on any system."""
        return f"聘书_{re.sub(r'[^0-9A-Za-z-]', '_', self.number)}.pdf"


def write_pdf(items: Iterable[Item], out: IO[bytes], made: datetime) -> None:
    """All pages in one file, with a bookmark for each certificate, for the printer: it is none that was issued.

    ``out`` need neither seek nor read. ``made`` is when, aware.
    """
    writer = PdfWriter()
    for item in items:
        first = len(writer.pages)
        for page in PdfReader(io.BytesIO(item.pdf)).pages:
            writer.add_page(page, excluded_keys=_OF_ITS_OWN_FILE)
        writer.add_outline_item(title=f"{item.number} {item.name}", page_number=first)
    # The border and the fonts of the title are the same in each.
    writer.compress_identical_objects()
    writer.add_metadata({"/Title": "聘书", "/CreationDate": f"D:{made:%Y%m%d%H%M%S}+08'00'"})
    writer.write(out)


def write_zip(items: Iterable[Item], out: IO[bytes], made: datetime) -> None:
    """Each PDF under its number, untouched, and a list of them all as CSV. Arguments as of ``write_pdf``."""
    stamp = made.timetuple()[:6]
    lines = [LIST_HEADING]
    # PDFs are compressed already.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for item in items:
            archive.writestr(zipfile.ZipInfo(item.file_name, stamp), item.pdf)
            lines.append((item.file_name, item.number, item.name, item.title, item.term, item.state))
        archive.writestr(zipfile.ZipInfo(LIST_NAME, stamp), render_csv(lines))


WRITERS: Mapping[ExportKind, Callable[[Iterable[Item], IO[bytes], datetime], None]] = {
    ExportKind.PDF: write_pdf,
    ExportKind.ZIP: write_zip,
}
