"""What lies around the words of a certificate: the border, the QR code, and the stamp of one that has ended.

All are vectors. Border and stamp are Form XObjects in memory as large as the sheet; the QR code is a piece of a
page's content. There is no seal among them: the office applies it afterwards (R17).
"""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Callable, Iterator

import segno
from pypdf import PageObject, PdfReader
from pypdf.generic import DecodedStreamObject, NameObject, RectangleObject, StreamObject
from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.documents.certificate_borders import PAGE_HEIGHT, PAGE_WIDTH, PALETTES, draw_border
from app.documents.fonts import TEXT_FONT, register_fonts, text_width
from app.documents.pdf_objects import dictionary
from app.domain.design import Accent, Border
from app.domain.errors import Invalid

_STAMP_RED = Color(0.80, 0.05, 0.05, alpha=0.38)
_STAMP_ANGLE = 22
_STAMP_LENGTH = 212 * mm
_STAMP_LARGEST = 110.0
_LONGEST_ADDRESS = 200


@functools.cache
def border_form(border: Border, accent: Accent) -> StreamObject:
    """The border with all that lies behind the words; each of the twelve is drawn once for the process."""
    return _form(lambda canvas: draw_border(canvas, border, PALETTES[accent]))


@functools.lru_cache(maxsize=16)
def stamp_form(text: str) -> StreamObject:
    """``text`` in large translucent red letters along the rising diagonal of the sheet.

    ``text`` must be printable (``fonts.require_printable``); the longer it is, the smaller it prints. The last few are
    kept: most say no more than 已失效, and one that says the day is drawn again at each look at the certificate.
    """

    def draw(canvas: Canvas) -> None:
        size = min(_STAMP_LARGEST, _STAMP_LENGTH / max(text_width(text), 1.0))
        canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
        canvas.rotate(_STAMP_ANGLE)
        canvas.setFillColor(_STAMP_RED)
        canvas.setFont(TEXT_FONT, size)
        # Text along a slope falls apart when it is extracted; ActualText (ISO 32000, 14.9.4) keeps it whole.
        canvas.addLiteral(f"/Span <</ActualText <FEFF{text.encode('utf-16-be').hex().upper()}>>> BDC")
        canvas.drawCentredString(0, -size * 0.36, text)
        canvas.addLiteral("EMC")

    return _form(draw, "Font", "ExtGState")


def qr_code(address: str, left: float, bottom: float, side: float) -> bytes:
    """The operators that draw ``address`` as a QR code (ISO/IEC 18004) of error correction level M or better.

    ``side`` is its width without the quiet zone of four modules, which the caller leaves free; in points, as the
    place of its lower left corner. Raises ``Invalid``, its ``field`` ``check_url``, for what is no address, or so long
    that the modules would be too fine for print.
    """
    if len(address) > _LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
        raise Invalid(f"查验地址须为不超过 {_LONGEST_ADDRESS} 个字符的网址。", field="check_url")
    code = segno.make_qr(address, error="m")
    module = side / code.symbol_size(border=0)[0]
    bars = (f"{x} {y} {width} 1 re" for y, row in enumerate(code.matrix) for x, width in _dark_runs(row))
    turned = f"{module:.5f} 0 0 {-module:.5f} {left:.3f} {bottom + side:.3f} cm"  # rows go downwards
    return "\n".join(["q", turned, "0 0 0 rg", *bars, "f", "Q"]).encode("ascii")


def _dark_runs(row: bytearray) -> Iterator[tuple[int, int]]:
    """Where each run of dark modules begins, and how long it is."""
    for dark, run in itertools.groupby(enumerate(row), lambda module: module[1]):
        if dark:
            modules = list(run)
            yield modules[0][0], len(modules)


def _form(draw: Callable[[Canvas], None], *resources: str) -> StreamObject:
    """What ``draw`` puts on a sheet, as a Form XObject with these of the sheet's resources."""
    register_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(PAGE_WIDTH, PAGE_HEIGHT))
    draw(canvas)
    canvas.save()
    page = PdfReader(buffer).pages[0]
    contents = page.get_contents()
    assert contents is not None
    form = DecodedStreamObject()
    form.set_data(contents.get_data())
    form.update(
        dictionary(
            Type=NameObject("/XObject"),
            Subtype=NameObject("/Form"),
            BBox=RectangleObject((0, 0, PAGE_WIDTH, PAGE_HEIGHT)),
            Resources=dictionary(**{kind: page["/Resources"][f"/{kind}"] for kind in resources}),  # type: ignore[index]
        )
    )
    if "Font" in resources:
        _tag_fonts(page, "STAMP")
    return form.flate_encode()


def _tag_fonts(page: PageObject, tag: str) -> None:
    """Begin the subset tag of each font with ``tag``: ISO 32000 (9.6.4) wants no two alike in one file."""
    for reference in page["/Resources"]["/Font"].values():  # type: ignore[index]
        font = reference.get_object()
        name = NameObject("/" + tag + font["/BaseFont"][1 + len(tag) :])
        font[NameObject("/BaseFont")] = name
        font["/FontDescriptor"].get_object()[NameObject("/FontName")] = name
