"""The borders of a certificate, drawn by ReportLab as vectors on an A4 sheet, landscape, in one of four colourings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.domain.design import Accent, Border

PAGE_WIDTH, PAGE_HEIGHT = landscape(A4)


@dataclass(frozen=True)
class Palette:
    """The colours of one certificate: of heading and small ornaments, of lines, behind the words, and of the paper."""

    accent: Color
    line: Color
    pale: Color
    paper: Color


_GOLD, _PALE_GOLD, _CREAM = HexColor("#a97c2f"), HexColor("#f3ead3"), HexColor("#fffdf6")

PALETTES: Mapping[Accent, Palette] = {
    Accent.RED: Palette(HexColor("#b01e1e"), _GOLD, _PALE_GOLD, _CREAM),
    Accent.BLUE: Palette(HexColor("#1b3f7a"), HexColor("#4d6d9f"), HexColor("#e1e9f4"), HexColor("#fafcff")),
    Accent.GREEN: Palette(HexColor("#1d5a3c"), HexColor("#4f8467"), HexColor("#dfeee5"), HexColor("#fafdfb")),
    Accent.BLACK: Palette(HexColor("#222222"), HexColor("#8f7136"), HexColor("#efe8d8"), _CREAM),
}

# Distances from the edge of the sheet. Office printers leave about 5 mm white.
_OUTER = 9 * mm
_BAND = 10.6 * mm
_CORNER = 8.4 * mm
_INNER = 20.4 * mm

# One coil of the 回纹 on a grid of 4 squares, from its foot to its eye, and the step to the next.
_COIL = ((0, 0), (0, 4), (4, 4), (4, 1), (1.6, 1), (1.6, 2.6), (2.6, 2.6))
_COIL_STEP = 5.0


def draw_border(canvas: Canvas, border: Border, palette: Palette) -> None:
    """The paper, the ornament behind the words, the border and the flourish under the heading."""
    _rectangle(canvas, palette, _INNER, 0.5, fill=True)
    _draw_rosette(canvas, palette)
    canvas.setStrokeColor(palette.line)
    _BORDERS[border](canvas, palette)
    _draw_flourish(canvas, palette, PAGE_HEIGHT - 61 * mm)


def _draw_fret(canvas: Canvas, palette: Palette) -> None:
    _rectangle(canvas, palette, _OUTER, 2.2)
    _rectangle(canvas, palette, _BAND - 0.6 * mm, 0.5)
    _rectangle(canvas, palette, _BAND + _CORNER + 0.6 * mm, 0.5)
    _rectangle(canvas, palette, _INNER, 1.3)

    def corner_and_edge(width: float) -> None:
        _draw_squares(canvas, palette)
        _draw_coils(canvas, palette, width)

    _at_each_corner(canvas, corner_and_edge)


def _draw_double(canvas: Canvas, palette: Palette) -> None:
    _rectangle(canvas, palette, 11 * mm, 4.2)
    _rectangle(canvas, palette, 13.6 * mm, 0.9)
    _rectangle(canvas, palette, _INNER, 0.5)


def _draw_corners(canvas: Canvas, palette: Palette) -> None:
    _draw_scooped_frame(canvas, 11 * mm, 9 * mm, 2.0)
    _draw_scooped_frame(canvas, 12.6 * mm, 9 * mm, 0.6)
    _rectangle(canvas, palette, _INNER, 0.5)
    _at_each_corner(canvas, lambda _: _draw_scroll(canvas, palette))


_BORDERS: Mapping[Border, Callable[[Canvas, Palette], None]] = {
    Border.FRET: _draw_fret,
    Border.DOUBLE: _draw_double,
    Border.CORNERS: _draw_corners,
}


def _at_each_corner(canvas: Canvas, draw: Callable[[float], None]) -> None:
    """``draw`` with each corner of the sheet as its lower left one; it is told the length of the lower edge."""
    for turn in range(4):
        canvas.saveState()
        canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
        canvas.rotate(90 * turn)
        width, height = (PAGE_WIDTH, PAGE_HEIGHT) if turn % 2 == 0 else (PAGE_HEIGHT, PAGE_WIDTH)
        canvas.translate(-width / 2, -height / 2)
        draw(width)
        canvas.restoreState()


def _rectangle(canvas: Canvas, palette: Palette, inset: float, line: float, *, fill: bool = False) -> None:
    canvas.setLineWidth(line)
    canvas.setFillColor(palette.paper)
    canvas.rect(inset, inset, PAGE_WIDTH - 2 * inset, PAGE_HEIGHT - 2 * inset, stroke=not fill, fill=fill)


def _draw_coils(canvas: Canvas, palette: Palette, width: float) -> None:
    """The 回纹 along the lower edge, mirrored about its middle, stretched a hair to end at the corners."""
    start, end = _BAND + _CORNER + 1.2 * mm, width / 2
    depth = _CORNER - 2.0 * mm
    count = round((end - start) / (depth / 4 * _COIL_STEP))
    unit = (end - start) / (count * _COIL_STEP)
    foot = _BAND + 1.0 * mm
    canvas.setStrokeColor(palette.line)
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


def _draw_squares(canvas: Canvas, palette: Palette) -> None:
    """Two squares, one in the other, about a lozenge, in the lower left corner."""
    canvas.setStrokeColor(palette.line)
    canvas.setLineCap(2)
    for inset, line in ((0.0, 1.2), (1.5 * mm, 0.7)):
        side = _CORNER - 2 * inset
        canvas.setLineWidth(line)
        canvas.rect(_BAND + inset, _BAND + inset, side, side)
    centre = _BAND + _CORNER / 2
    _lozenge(canvas, palette, centre, centre, 1.7 * mm)


def _draw_scooped_frame(canvas: Canvas, inset: float, radius: float, line: float) -> None:
    """A frame whose corners are quarter circles scooped out of it."""
    left, bottom, right, top = inset, inset, PAGE_WIDTH - inset, PAGE_HEIGHT - inset
    canvas.setLineWidth(line)
    path = canvas.beginPath()
    path.moveTo(left + radius, bottom)
    for x, y, start in ((right, bottom, 180), (right, top, 270), (left, top, 0), (left, bottom, 90)):
        path.arcTo(x - radius, y - radius, x + radius, y + radius, start, -90)
    path.close()
    canvas.drawPath(path)


def _draw_scroll(canvas: Canvas, palette: Palette) -> None:
    """A 云纹 in the scoop of the lower left corner: two curls that part from a lozenge."""
    corner = 11 * mm
    canvas.setStrokeColor(palette.line)
    canvas.setLineCap(1)
    canvas.setLineWidth(1.1)
    for flip in (False, True):
        canvas.saveState()
        canvas.translate(corner, corner)
        if flip:
            canvas.transform(0, 1, 1, 0, 0, 0)  # mirrored about the diagonal
        path = canvas.beginPath()
        path.moveTo(1.2 * mm, 1.2 * mm)
        for curve in _CURL:
            path.curveTo(*(length * mm for length in curve))
        canvas.drawPath(path)
        canvas.restoreState()
    _lozenge(canvas, palette, corner + 1.2 * mm, corner + 1.2 * mm, 1.3 * mm)


# Bézier curves in millimetres from the corner: out along the edge, round, and in to the eye of the curl.
_CURL = (
    (3.2, 0.1, 6.6, 0.0, 6.6, 1.9),
    (6.6, 3.7, 4.2, 4.0, 4.0, 2.4),
    (3.9, 1.5, 5.2, 1.2, 5.3, 2.1),
)


def _draw_rosette(canvas: Canvas, palette: Palette) -> None:
    """A rosette of fine ellipses, so pale that it only shows behind the words."""
    canvas.saveState()
    canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2 - 8 * mm)
    canvas.setStrokeColor(palette.pale)
    canvas.setLineWidth(0.45)
    for long, short in ((52 * mm, 22 * mm), (30 * mm, 11 * mm)):
        for _ in range(18):
            canvas.ellipse(-long, -short, long, short)
            canvas.rotate(10)
    canvas.restoreState()


def _draw_flourish(canvas: Canvas, palette: Palette, y: float) -> None:
    """Two rules that meet in a lozenge under the title."""
    middle = PAGE_WIDTH / 2
    canvas.setStrokeColor(palette.line)
    canvas.setLineWidth(0.7)
    for side in (-1, 1):
        canvas.line(middle + side * 6 * mm, y, middle + side * 46 * mm, y)
        _lozenge(canvas, palette, middle + side * 46 * mm, y, 0.7 * mm)
    _lozenge(canvas, palette, middle, y, 1.6 * mm)


def _lozenge(canvas: Canvas, palette: Palette, x: float, y: float, radius: float) -> None:
    canvas.setFillColor(palette.accent)
    path = canvas.beginPath()
    path.moveTo(x - radius, y)
    for point in ((x, y + radius), (x + radius, y), (x, y - radius)):
        path.lineTo(*point)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)
