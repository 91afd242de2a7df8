"""The letter of appointment (聘书) as a PDF: one page of A4, landscape, its fonts embedded (R17, R19).

The words stand in an HTML template, which xhtml2pdf sets in fixed frames; the border goes beneath them and
the stamp of a certificate that has ended above them. Long words shrink, and never make a second page.
"""

from __future__ import annotations

import io
import logging
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pypdf import PdfWriter
from reportlab.lib.units import mm
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

from app.documents.certificate_art import border_page, stamp_page
from app.documents.data import CertificateData
from app.documents.fonts import TEXT_FONT, register_fonts, require_printable, runs, text_width
from app.domain.errors import Invalid
from app.domain.validity import chinese_date, chinese_term

_TEMPLATES = Path(__file__).with_name("templates")
_PAGES = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
_PAGES.filters["runs"] = lambda text: [(None if font == TEXT_FONT else font, piece) for font, piece in runs(text)]
# The template asks for no file at all; should a mistake make it ask, it reaches no further than its folder.
_POLICY = ResourceAccessPolicy.server(_TEMPLATES, allow_remote=False)
# ReportLab and xhtml2pdf keep fonts and caches in module globals: one document at a time in a process.
_rendering = threading.Lock()
_xhtml2pdf_log = logging.getLogger("xhtml2pdf")
_xhtml2pdf_log.setLevel(logging.WARNING)

_CREATOR = "应急管理专家信息管理系统"
_LEADING = 1.7
_SMALLEST = 4.0


class CertificateFailed(RuntimeError):
    """xhtml2pdf reported an error or a warning, and what it made must not be handed out: a fault of ours."""


@dataclass(frozen=True)
class _Frame:
    """A place on the page, in points from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


_TEXT = _Frame(36 * mm, 72 * mm, 225 * mm, 78 * mm)
_SIGNATURE = _Frame(134 * mm, 152 * mm, 127 * mm, 32 * mm)
# The largest size, and the least at which a text is still kept on one line rather than broken.
_WORDS_SIZES = 22.0, 18.0
_SIGNATURE_SIZES = 19.0, 13.0
_FACTS_LARGEST = 15.0
_FACTS_SMALLEST = 10.5
_FACTS_GAP = 14.0
_WITH_RARE = ("name", "body", "title")
"""What people are called and call things; number and stamp are words of ours, in one font."""


def render_certificate(data: CertificateData) -> bytes:
    """The certificate as a PDF file of exactly one page.

    The text reads as R17 prints it; ``valid_to`` of ``None`` reads 长期, and ``stamp`` lies across the page
    in translucent red (R19). Runs of blanks and line breaks inside a value print as one blank. Long values
    print smaller, down to 4 points. The title and the appointing body stand in the file's metadata.

    Raises ``UnprintableCharacter`` for a character that no embedded font has, ``Invalid`` for words that
    would not fit legibly, both naming the attribute as ``field``, and ``CertificateFailed`` for a fault.
    """
    values = {
        field: _single_line(value, field)
        for field, value in (
            ("name", data.name),
            ("body", data.body),
            ("title", data.title),
            ("number", data.number),
            ("stamp", data.stamp or ""),
        )
    }
    dates = {
        "term": chinese_term(data.valid_from, data.valid_to),
        "issued": chinese_date(data.issued),
    }
    with _rendering:
        return _assemble(_set_words(_page_html(values, dates)), values["stamp"])


def _single_line(value: str, field: str) -> str:
    text = re.sub(r"[ \t\r\n\f\v]+", " ", value).strip(" ")
    require_printable(text, field=field, rare=field in _WITH_RARE)
    return text


def _page_html(values: dict[str, str], dates: dict[str, str]) -> str:
    number = f"证书编号：{values['number']}"
    facts_height = 2 * _FACTS_LARGEST * _LEADING + _FACTS_GAP
    sentence = f"　　经{values['body']}审核批准，聘请你为{values['title']}专家。"
    words_size = _whole_or_fitting(
        (sentence, f"{values['name']}同志："), _TEXT.width, _TEXT.height - facts_height, _WORDS_SIZES
    )
    signature_size = _whole_or_fitting(
        (values["body"], dates["issued"]), _SIGNATURE.width, _SIGNATURE.height, _SIGNATURE_SIZES
    )
    return _PAGES.get_template("certificate.html").render(
        **values,
        **dates,
        text=_TEXT,
        signature=_SIGNATURE,
        leading=_LEADING,
        words_size=words_size,
        facts_size=min(max(words_size, _FACTS_SMALLEST), _FACTS_LARGEST, _unbroken(number, _TEXT.width)),
        facts_gap=_FACTS_GAP,
        signature_size=signature_size,
    )


def _whole_or_fitting(paragraphs: tuple[str, ...], width: float, height: float, sizes: tuple[float, float]) -> float:
    """The size, in points, at which each paragraph keeps to one line; if too small, one at which all fit."""
    largest, least_whole = sizes
    unbroken = min(_unbroken(paragraph, width) for paragraph in paragraphs)
    return min(unbroken, largest) if unbroken >= least_whole else _fitting_size(paragraphs, width, height, largest)


def _unbroken(text: str, width: float) -> float:
    """The size at which ``text`` just stands on one line of ``width`` points."""
    return math.floor(100 * width / max(text_width(text), 1.0)) / 100


def _fitting_size(paragraphs: tuple[str, ...], width: float, height: float, largest: float) -> float:
    """The largest size up to ``largest`` at which the paragraphs fit ``width`` by ``height``, in points.

    A broken line may end one character early, where a punctuation mark may not begin the next.
    """
    widths = [text_width(paragraph) for paragraph in paragraphs]
    size = largest
    while size >= _SMALLEST:
        lines = sum(1 if w * size <= width else math.ceil(w * size / (width - 1.5 * size)) for w in widths)
        if lines * size * _LEADING <= height:
            return size
        size *= 0.96
    raise Invalid("证书上的文字过长，一页印不下，请缩短姓名、聘任单位或聘任名称。", field="title")


def _set_words(html: str) -> bytes:
    register_fonts()
    output = io.BytesIO()
    with _complaints() as complaints:
        # xhtml2pdf's own style sheet is parsed anew for each document, a fifth of the time; ours needs none.
        result = pisa.CreatePDF(html, dest=output, encoding="utf-8", default_css="", resource_policy=_POLICY)
    complaints.extend(str(entry) for entry in result.log if entry[0] in ("error", "warning"))
    if result.err or complaints:
        raise CertificateFailed("; ".join(complaints) or "xhtml2pdf failed without a word")
    return output.getvalue()


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what xhtml2pdf only logs: a frame it could not paint or that dropped words is a failure too."""
    collector = _Collector(logging.WARNING)
    _xhtml2pdf_log.addHandler(collector)
    try:
        yield collector.messages
    finally:
        _xhtml2pdf_log.removeHandler(collector)


class _Collector(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _assemble(words: bytes, stamp: str) -> bytes:
    """Lay the border beneath the words and the stamp, if any, above them."""
    writer = PdfWriter(clone_from=io.BytesIO(words))
    if len(writer.pages) != 1:
        raise CertificateFailed(f"{len(writer.pages)} pages")
    page = writer.pages[0]
    page.merge_page(border_page(), over=False)
    if stamp:
        page.merge_page(stamp_page(stamp))
    page.compress_content_streams()
    writer.add_metadata({"/Creator": _CREATOR})
    writer.pdf_header = "%PDF-1.4"  # translucency
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()
