"""Drawn portraits and scans, so that photo, attachments, Word and PDF have something to show."""

from __future__ import annotations

import io
import math
import random
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from app.documents import fonts

Colour = tuple[int, int, int]

_WIDTH, _HEIGHT = 295, 413
"""One inch by one and a half at 300 dpi, as forms ask for."""
_TWICE = 2
"""Drawn larger and scaled down, which smooths the edges."""
_PAGE = (827, 1169)
"""A4 at 100 dpi."""
_MARGIN, _LINE = 110, 44
_RED = (196, 36, 40)

_BACKDROPS = ((74, 125, 190), (236, 239, 243), (176, 58, 56))
_SKINS = ((244, 212, 184), (234, 195, 164), (222, 178, 145))
_HAIRS = ((38, 34, 32), (58, 46, 40), (92, 90, 90))
_COATS = ((34, 44, 66), (52, 56, 62), (70, 48, 44), (30, 66, 70))


def portrait(seed: int, *, woman: bool) -> bytes:
    """A head and shoulders as JPEG; the same for the same seed."""
    choose = random.Random(seed)  # nosec B311
    skin, hair, coat = choose.choice(_SKINS), choose.choice(_HAIRS), choose.choice(_COATS)
    size = (_WIDTH * _TWICE, _HEIGHT * _TWICE)
    picture = Image.new("RGB", size, choose.choice(_BACKDROPS))
    draw = ImageDraw.Draw(picture)

    def oval(x: float, y: float, rx: float, ry: float, colour: Colour, bow: tuple[int, int] = (0, 360)) -> None:
        """An ellipse around (x, y), or the part of it between two angles, in parts of the width."""
        box = [(x - rx) * size[0], (y - ry) * size[0], (x + rx) * size[0], (y + ry) * size[0]]
        draw.pieslice(box, *bow, fill=colour)

    def scaled(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        return [(x * size[0], y * size[0]) for x, y in points]

    def lines(colour: Colour, width: int, *points: tuple[float, float]) -> None:
        draw.line(scaled(points), fill=colour, width=width, joint="curve")

    dark = (40, 34, 32)
    if woman:
        oval(0.5, 0.62, 0.29, 0.40, hair)
    oval(0.5, 1.50, 0.46, 0.52, coat)
    draw.polygon(scaled(((0.36, 1.05), (0.5, 1.34), (0.64, 1.05))), fill=(246, 246, 244))
    shade = (skin[0] - 36, skin[1] - 44, skin[2] - 44)
    oval(0.5, 1.06, 0.1, 0.06, skin)
    draw.rectangle([0.4 * size[0], 0.8 * size[0], 0.6 * size[0], 1.06 * size[0]], fill=skin)
    oval(0.5, 0.87, 0.1, 0.06, shade)
    if not woman:
        tie = ((0.475, 1.14), (0.525, 1.14), (0.545, 1.34), (0.5, 1.40), (0.455, 1.34))
        draw.polygon(scaled(tie), fill=choose.choice(((120, 28, 36), (28, 48, 96))))
    oval(0.285, 0.64, 0.03, 0.06, skin)
    oval(0.715, 0.64, 0.03, 0.06, skin)
    oval(0.5, 0.62, 0.22, 0.27, skin)
    oval(0.5, 0.53, 0.235, 0.24, hair, (180, 360))
    oval(0.5, 0.545, 0.18, 0.10 if woman else 0.06, skin, (180, 360))
    glasses = choose.random() < 0.4
    for x in (0.415, 0.585):
        lines(dark, 9, (x - 0.05, 0.565), (x, 0.553), (x + 0.05, 0.565))
        oval(x, 0.62, 0.028, 0.014, (250, 250, 250))
        oval(x, 0.62, 0.014, 0.014, dark)
        if glasses:
            box = [(x - 0.065) * size[0], 0.575 * size[0], (x + 0.065) * size[0], 0.665 * size[0]]
            draw.rounded_rectangle(box, radius=16, outline=dark, width=5)
    if glasses:
        lines(dark, 5, (0.48, 0.61), (0.52, 0.61))
    lines(shade, 6, (0.5, 0.64), (0.487, 0.71), (0.512, 0.712))
    lines((176, 84, 84) if woman else shade, 9, (0.45, 0.79), (0.5, 0.802), (0.55, 0.79))
    return _jpeg(picture.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS))


def scan(title: str, lines: tuple[str, ...], *, signed: str, dated: str, stamp: str | None, seed: int) -> Image.Image:
    """A sheet as a scanner sees it: heading, lines, signature and date; with a stamp, a little askew, or without."""
    page = Image.new("RGB", _PAGE, (253, 253, 250))
    draw = ImageDraw.Draw(page)
    draw.text((_PAGE[0] / 2, 150), title, font=_font(38), fill=(20, 20, 24), anchor="mm")
    y = 240
    for line in lines:
        for row in _wrapped(line, 25):
            draw.text((_MARGIN, y), row, font=_font(24), fill=(28, 28, 34))
            y += _LINE
    y += 2 * _LINE
    for row in (signed, dated):
        draw.text((_PAGE[0] - _MARGIN, y), row, font=_font(24), fill=(28, 28, 34), anchor="ra")
        y += _LINE
    if stamp is not None:
        tilt = random.Random(seed).uniform(-12, 12)  # nosec B311
        seal = _seal(stamp).rotate(tilt, resample=Image.Resampling.BILINEAR)
        page.paste(seal, (_PAGE[0] - _MARGIN - seal.width, y - 150), seal)
    return page


def as_pdf(page: Image.Image) -> bytes:
    """The scan as a PDF of one page."""
    out = io.BytesIO()
    page.save(out, "PDF", resolution=100.0, quality=70)
    return out.getvalue()


def as_jpeg(page: Image.Image) -> bytes:
    """The scan as a picture."""
    return _jpeg(page)


@cache
def _seal(words: str) -> Image.Image:
    """A round red stamp: a ring, a star, the words along the ring; it says that it is a sample."""
    side, middle, radius, tile_side = 230, 115, 85, 40
    red = (*_RED, 215)
    seal = Image.new("RGBA", (side, side), (*_RED, 0))
    draw = ImageDraw.Draw(seal)
    draw.ellipse((6, 6, side - 6, side - 6), outline=red, width=6)
    tips = [(40 if n % 2 == 0 else 16, math.pi * (n / 5 - 0.5)) for n in range(10)]
    draw.polygon([(middle + r * math.cos(a), middle + r * math.sin(a)) for r, a in tips], fill=red)
    draw.text((middle, side - 44), "样本专用章", font=_font(20), fill=red, anchor="mm")
    spread = min(250, 18 * len(words))
    for place, character in enumerate(words):
        angle = -spread / 2 + spread * (place + 0.5) / len(words)
        tile = Image.new("RGBA", (tile_side, tile_side), (*_RED, 0))
        ImageDraw.Draw(tile).text((tile_side / 2, tile_side / 2), character, font=_font(24), fill=red, anchor="mm")
        x = middle + radius * math.sin(math.radians(angle)) - tile_side / 2
        y = middle - radius * math.cos(math.radians(angle)) - tile_side / 2
        seal.alpha_composite(tile.rotate(-angle, resample=Image.Resampling.BILINEAR), (round(x), round(y)))
    return seal


def _wrapped(line: str, most: int) -> list[str]:
    """Rows of at most ``most`` characters, the first one indented as letters are."""
    text = line if line.endswith("：") else "　　" + line
    return [text[start : start + most] for start in range(0, len(text), most)]


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=84)
    return out.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(fonts.__file__).with_name("fonts") / "LXGWWenKai-Regular.ttf"), size)
