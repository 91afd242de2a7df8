"""The letter of appointment (聘书) as a PDF: one page of A4, landscape, its fonts embedded (R17, R19).

The words stand in an HTML template, which xhtml2pdf sets in fixed frames; the border goes beneath them, the the
stamp of a certificate that has ended between, and the QR code beside. Long words shrink, and never make a second
page. Wording and look are those of the organization's design.
"""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pypdf import PdfWriter
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

from app.documents import certificate_layout as layout
from app.documents.archival import make_archival
from app.documents.certificate_art import border_form, qr_code, stamp_form
from app.documents.certificate_borders import PALETTES
from app.documents.certificate_layout import Words
from app.documents.data import CertificateData
from app.documents.fonts import TEXT_FONT, heading_runs, register_fonts, require_printable, runs
from app.documents.tagged_page import TaggedPage, UntaggedText
from app.domain.validity import SHANGHAI, chinese_date, chinese_term, now_utc

_TEMPLATES = Path(__file__).with_name("templates")
_PAGES = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)


def _pieces(runs_of_fonts: list[tuple[str, str]]) -> list[tuple[str | None, str]]:
    return [(None if font == TEXT_FONT else font, piece) for font, piece in runs_of_fonts]


_PAGES.filters["runs"] = lambda text: _pieces(runs(text))
_PAGES.filters["heading"] = lambda text: _pieces(heading_runs(text))
# The template asks for no file at all; should a mistake make it ask, it reaches no further than its folder.
_POLICY = ResourceAccessPolicy.server(_TEMPLATES, allow_remote=False)
# ReportLab and xhtml2pdf keep fonts and caches in module globals: one document at a time in a process.
_rendering = threading.Lock()
_xhtml2pdf_log = logging.getLogger("xhtml2pdf")
_xhtml2pdf_log.setLevel(logging.WARNING)

_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_CAPTION = "扫码查验"
_WORDINGS = ("heading", "greeting", "sentence", "closing", "number_label", "term_label")
_IN_TEXT_FONT = frozenset({"number", "stamp"})
"""Words of ours: no font but that of the running text is looked into for them."""


class CertificateFailed(RuntimeError):
    """xhtml2pdf reported an error or a warning, and what it made must not be handed out: a fault of ours."""


def render_certificate(data: CertificateData) -> bytes:
    """The certificate as a PDF file of exactly one page, tagged, to be kept (PDF/A-2a, PDF/UA-1).

    The text reads as R17 prints it, unless ``design`` words it otherwise; ``valid_to`` of ``None`` reads 长期, and
    ``stamp`` lies across the page in translucent red (R19). ``check_url`` stands in a QR code at the lower left, which
    is also a link, if the design has one. Runs of blanks and line breaks inside a value print as one blank. Long
    values print smaller, down to 4 points. Heading, number and appointing body stand in the file's metadata too.

    Raises ``UnprintableCharacter`` for a character that no embedded font has, ``Invalid`` for words that
    would not fit legibly and for a ``check_url`` that no code can hold, both naming the attribute of ``data`` or of its
    design as ``field``, and ``CertificateFailed`` for a fault.
    """
    words = _words_of(data)
    stamp = _printable(data.stamp or "", "stamp")
    check_url = data.check_url if data.design.qr else None
    with _rendering:
        register_fonts()
        page = _set_words(_page_html(data, words, _CAPTION if check_url else ""))
        return _assemble(page, data, words, check_url, stamp)


def _words_of(data: CertificateData) -> Words:
    given = {field: _printable(getattr(data, field), field) for field in ("name", "body", "title", "number")}
    wording = {field: _printable(getattr(data.design, field), field) for field in _WORDINGS}
    return Words(
        heading=wording["heading"].strip(" "),
        greeting=_filled(wording["greeting"], given),
        sentence=_filled(wording["sentence"], given),
        closing=wording["closing"].strip(" "),
        number=(wording["number_label"] + given["number"]).strip(" "),
        term=(wording["term_label"] + chinese_term(data.valid_from, data.valid_to)).strip(" "),
        body=given["body"],
        issued=chinese_date(data.issued),
    )


def _printable(value: str, field: str) -> str:
    """``value`` on one line. Raises ``UnprintableCharacter``."""
    text = re.sub(r"[ \t\r\n\f\v]+", " ", value)
    require_printable(text, field=field, rare=field not in _IN_TEXT_FONT)
    return text if field in _WORDINGS else text.strip(" ")


def _filled(wording: str, values: Mapping[str, str]) -> str:
    """``wording`` with its placeholders filled once: a value that looks like one stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), wording).strip(" ")


def _page_html(data: CertificateData, words: Words, caption: str) -> str:
    return _PAGES.get_template("certificate.html").render(
        words=words,
        sizes=layout.sizes_for(words, data.design.scale),
        frames=layout,
        leading=layout.LEADING,
        facts_gap=layout.FACTS_GAP,
        accent=f"#{PALETTES[data.design.accent].accent.hexval()[2:]}",
        caption=caption,
    )


def _set_words(html: str) -> bytes:
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


def _assemble(words_page: bytes, data: CertificateData, words: Words, check_url: str | None, stamp: str) -> bytes:
    """Lay the border and the stamp, if any, beneath the words, and the QR code beside them.

    The stamp is read first: what an ended certificate says comes after that it has ended.
    """
    writer = PdfWriter(clone_from=io.BytesIO(words_page))
    if len(writer.pages) != 1:
        raise CertificateFailed(f"{len(writer.pages)} pages")
    page = TaggedPage(writer)
    page.add_decoration("Border", border_form(data.design.border, data.design.accent))
    if stamp:
        page.add_text("Stamp", stamp_form(stamp), stamp)
    try:
        page.add_words(_roles(words, captioned=check_url is not None))
    except UntaggedText as mismatch:
        raise CertificateFailed(str(mismatch)) from mismatch
    if check_url:
        code = layout.CODE
        operators = qr_code(check_url, code.left, code.bottom, code.width)
        page.add_linked_figure(operators, code.box, check_url, f"二维码，查验地址 {check_url}")
    page.finish()
    made = now_utc().astimezone(SHANGHAI)
    make_archival(writer, title=f"{words.heading} {data.number}", author=words.body, made=made)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _roles(words: Words, *, captioned: bool) -> list[str]:
    """The standard structure type of each paragraph of the template; nothing is set of an empty one."""
    paragraphs = ("greeting", "sentence", "closing", "number", "term", "body", "issued")
    return ["H1", *("P" for field in paragraphs if getattr(words, field)), *(["P"] if captioned else [])]
