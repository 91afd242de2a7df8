"""What lies under and over the words of a certificate: the border, and the stamp of one that has ended.

Both are one-page PDFs in memory, A4 landscape, drawn by ReportLab as vectors and laid on the page by
``certificate_pdf``. There is no seal among them: the office applies it afterwards (R17).
"""

from __future__ import annotations

import functools
import io

from pypdf import PageObject, PdfReader
from pypdf.generic import NameObject
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.documents.fonts import TEXT_FONT, register_fonts, text_width

PAGE_WIDTH, PAGE_HEIGHT = landscape(A4)

GOLD = HexColor("#a97c2f")
PALE_GOLD = HexColor("#f3ead3")
PAPER = HexColor("#fffdf6")
RED = HexColor("#b01e1e")
STAMP_RED = Color(0.80, 0.05, 0.05, alpha=0.38)

# Distances from the edge of the sheet. Office printers leave about 5 mm white.
_OUTER = 9 * mm
_BAND = 10.6 * mm
_CORNER = 8.4 * mm
_INNER = 20.4 * mm

# One coil of the 回纹 on a grid of 4 squares, from its foot to its eye, and the step to the next.
_COIL = ((0, 0), (0, 4), (4, 4), (4, 1), (1.6, 1), (1.6, 2.6), (2.6, 2.6))
_COIL_STEP = 5.0

_STAMP_ANGLE = 22
_STAMP_LENGTH = 212 * mm
_STAMP_LARGEST = 110.0


@functools.cache
def border_page() -> PageObject:
    """A page with the border as a single Form XObject, and nothing else; drawn once for the process."""
    register_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(PAGE_WIDTH, PAGE_HEIGHT))
    canvas.beginForm("border", 0, 0, PAGE_WIDTH, PAGE_HEIGHT)
    _draw_border(canvas)
    canvas.endForm()
    canvas.doForm("border")
    canvas.save()
    return PdfReader(buffer).pages[0]


def stamp_page(text: str) -> PageObject:
    """A page with ``text`` in large translucent red letters along its rising diagonal, and nothing else.

    ``text`` must be printable (``fonts.require_printable``); the longer it is, the smaller it prints.
    """
    register_fonts()
    size = min(_STAMP_LARGEST, _STAMP_LENGTH / max(text_width(text), 1.0))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(PAGE_WIDTH, PAGE_HEIGHT))
    canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
    canvas.rotate(_STAMP_ANGLE)
    canvas.setFillColor(STAMP_RED)
    canvas.setFont(TEXT_FONT, size)
    # Text along a slope falls apart when it is extracted; ActualText (ISO 32000, 14.9.4) keeps it whole.
    canvas.addLiteral(f"/Span <</ActualText <FEFF{text.encode('utf-16-be').hex().upper()}>>> BDC")
    canvas.drawCentredString(0, -size * 0.36, text)
    canvas.addLiteral("EMC")
    canvas.save()
    page = PdfReader(buffer).pages[0]
    _tag_fonts(page, "STAMP")
    return page


def _tag_fonts(page: PageObject, tag: str) -> None:
    """Begin the subset tag of each font with ``tag``: ISO 32000 (9.6.4) wants no two alike in one file."""
    for reference in page["/Resources"]["/Font"].values():  # type: ignore[index]
        font = reference.get_object()
        name = NameObject("/" + tag + font["/BaseFont"][1 + len(tag) :])
        font[NameObject("/BaseFont")] = name
        font["/FontDescriptor"].get_object()[NameObject("/FontName")] = name


def _draw_border(canvas: Canvas) -> None:
    _rectangle(canvas, _INNER, 0.5, fill=True)
    _draw_rosette(canvas)
    canvas.setStrokeColor(GOLD)
    _rectangle(canvas, _OUTER, 2.2)
    _rectangle(canvas, _BAND - 0.6 * mm, 0.5)
    _rectangle(canvas, _BAND + _CORNER + 0.6 * mm, 0.5)
    _rectangle(canvas, _INNER, 1.3)
    for turn in range(4):
        canvas.saveState()
        canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
        canvas.rotate(90 * turn)
        width, height = (PAGE_WIDTH, PAGE_HEIGHT) if turn % 2 == 0 else (PAGE_HEIGHT, PAGE_WIDTH)
        canvas.translate(-width / 2, -height / 2)
        _draw_corner(canvas)
        _draw_coils(canvas, width)
        canvas.restoreState()
    _draw_flourish(canvas, PAGE_HEIGHT - 61 * mm)


def _rectangle(canvas: Canvas, inset: float, line: float, *, fill: bool = False) -> None:
    canvas.setLineWidth(line)
    canvas.setFillColor(PAPER)
    canvas.rect(inset, inset, PAGE_WIDTH - 2 * inset, PAGE_HEIGHT - 2 * inset, stroke=not fill, fill=fill)


def _draw_coils(canvas: Canvas, width: float) -> None:
    """The 回纹 along the lower edge, mirrored about its middle, stretched a hair to end at the corners."""
    start, end = _BAND + _CORNER + 1.2 * mm, width / 2
    depth = _CORNER - 2.0 * mm
    count = round((end - start) / (depth / 4 * _COIL_STEP))
    unit = (end - start) / (count * _COIL_STEP)
    foot = _BAND + 1.0 * mm
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(1.0)
    canvas.setLineCap(2)
    path = canvas.beginPath()
    for side in (1, -1):
        for index in range(count):
            origin = width / 2 - side * (end - start) + side * index * _COIL_STEP * unit
            for step, (x, y) in enumerate(_COIL):
                point = (origin + side * (x + 0.5) * unit, foot + y * depth / 4)
                path.lineTo(*point) if step else path.moveTo(*point)
    path.moveTo(start, foot)
    path.lineTo(width - start, foot)
    canvas.drawPath(path)


def _draw_corner(canvas: Canvas) -> None:
    """Two squares, one in the other, about a red lozenge, in the lower left corner."""
    canvas.setStrokeColor(GOLD)
    canvas.setLineCap(2)
    for inset, line in ((0.0, 1.2), (1.5 * mm, 0.7)):
        side = _CORNER - 2 * inset
        canvas.setLineWidth(line)
        canvas.rect(_BAND + inset, _BAND + inset, side, side)
    centre = _BAND + _CORNER / 2
    _lozenge(canvas, centre, centre, 1.7 * mm)


def _draw_rosette(canvas: Canvas) -> None:
    """A rosette of fine ellipses, so pale that it only shows behind the words."""
    canvas.saveState()
    canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2 - 8 * mm)
    canvas.setStrokeColor(PALE_GOLD)
    canvas.setLineWidth(0.45)
    for long, short in ((52 * mm, 22 * mm), (30 * mm, 11 * mm)):
        for _ in range(18):
            canvas.ellipse(-long, -short, long, short)
            canvas.rotate(10)
    canvas.restoreState()


def _draw_flourish(canvas: Canvas, y: float) -> None:
    """Two rules that meet in a lozenge under the title."""
    middle = PAGE_WIDTH / 2
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(0.7)
    for side in (-1, 1):
        canvas.line(middle + side * 6 * mm, y, middle + side * 46 * mm, y)
        _lozenge(canvas, middle + side * 46 * mm, y, 0.7 * mm)
    _lozenge(canvas, middle, y, 1.6 * mm)


def _lozenge(canvas: Canvas, x: float, y: float, radius: float) -> None:
    canvas.setFillColor(RED)
    path = canvas.beginPath()
    path.moveTo(x - radius, y)
    for point in ((x, y + radius), (x + radius, y), (x, y - radius)):
        path.lineTo(*point)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)
