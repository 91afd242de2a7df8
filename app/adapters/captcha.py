"""The slider puzzle (R21): a picture with a notch, and the piece that fills it, drawn by Pillow.

The server keeps ``Puzzle.x`` and tells the browser the rest. Tokens, their age and their one use are the
caller's.
"""

from __future__ import annotations

import io
import random
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH = 320
HEIGHT = 160
SIZE = 50
TOLERANCE = 5

# The piece starts at the left edge; a notch further right than this can't be met by chance at the start.
_LEFTMOST = SIZE + 30
_MARGIN = 6
_Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Puzzle:
    """Pixels throughout. ``x``, the answer, is the notch's left edge and never leaves the server.

    ``background`` is a JPEG of ``width`` by ``height``; ``piece`` a PNG of ``size`` by ``size`` with
    transparency, to be laid with its top at ``y`` and slid from 0 to the right.
    """

    background: bytes = field(repr=False)
    piece: bytes = field(repr=False)
    x: int = field(repr=False)
    y: int
    width: int = WIDTH
    height: int = HEIGHT
    size: int = SIZE


class Captcha(Protocol):
    """Makes puzzles and judges answers; holds no state."""

    def make_puzzle(self) -> Puzzle:
        """Draw a new puzzle."""
        ...

    def fits(self, x: int, answer: int) -> bool:
        """Whether ``x``, where the piece was let go, is near enough to ``answer``, a puzzle's ``x``."""
        ...


class PillowCaptcha:
    """Draws each puzzle anew. Safe for use by several threads."""

    def make_puzzle(self) -> Puzzle:
        """Draw a puzzle: about 2 ms and 20 KB. Its position comes from the system's source of randomness."""
        # The brush may be predictable, once seeded; where the notch lies may not.
        brush = random.Random(secrets.randbits(64))  # nosec B311
        x = _LEFTMOST + secrets.randbelow(WIDTH - SIZE - _MARGIN - _LEFTMOST)
        y = _MARGIN + secrets.randbelow(HEIGHT - SIZE - 2 * _MARGIN)
        turn = secrets.randbelow(len(_SHAPES))
        picture = _background(brush)
        piece = _cut(picture, _SHAPES[turn], x, y)
        _dig(picture, _SHAPES[turn], x, y, 0.58)
        # A fainter hole of another shape, in another row: it leads astray a search for dark spots, and
        # nobody who sees the piece beside its own row.
        decoy_y = (y + HEIGHT // 2) % (HEIGHT - SIZE)
        if abs(decoy_y - y) >= SIZE // 2:
            decoy_x = _LEFTMOST + secrets.randbelow(WIDTH - SIZE - _MARGIN - _LEFTMOST)
            if abs(decoy_x - x) >= SIZE or abs(decoy_y - y) >= SIZE:
                _dig(picture, _SHAPES[(turn + 2) % len(_SHAPES)], decoy_x, decoy_y, 0.3)
        return Puzzle(_encode(picture, "JPEG", quality=80), _encode(piece, "PNG", compress_level=1), x, y)

    def fits(self, x: int, answer: int) -> bool:
        """Whether ``x`` lies within TOLERANCE pixels of ``answer``. A blind guess does once in 17 times."""
        return abs(x - answer) <= TOLERANCE


class FakeCaptcha:
    """For tests: every puzzle has its notch at ``x``; only exactly that fits."""

    def __init__(self, x: int = 150) -> None:
        self.x = x

    def make_puzzle(self) -> Puzzle:
        """A plain grey puzzle with the notch at ``x``."""
        background = _encode(Image.new("RGB", (WIDTH, HEIGHT), (128, 128, 128)), "JPEG", quality=50)
        piece = _encode(Image.new("RGBA", (SIZE, SIZE), (200, 200, 200, 255)), "PNG", compress_level=1)
        return Puzzle(background, piece, self.x, 50)

    def fits(self, x: int, answer: int) -> bool:
        """Whether ``x`` is ``answer``."""
        return x == answer


def _shape() -> Image.Image:
    """A jigsaw piece as a mask: a knob above and to the right, a socket on the left."""
    scale = 4
    side, edge, radius = SIZE * scale, 11 * scale, 8 * scale
    mask = Image.new("L", (side, side))
    draw = ImageDraw.Draw(mask)
    draw.rectangle((0, edge, side - edge - 1, side - 1), fill=255)
    middle = (side - edge) // 2
    draw.ellipse((middle - radius, edge - radius, middle + radius, edge + radius), fill=255)
    centre = edge + middle
    draw.ellipse((side - edge - radius, centre - radius, side - edge + radius, centre + radius), fill=255)
    draw.ellipse((-radius, centre - radius, radius, centre + radius), fill=0)
    # Two clear pixels all round, so that the rim closes along the straight sides too.
    framed = Image.new("L", (SIZE, SIZE))
    framed.paste(mask.resize((SIZE - 4, SIZE - 4), Image.Resampling.LANCZOS), (2, 2))
    return framed


def _rim(mask: Image.Image) -> Image.Image:
    """The mask's edge, two pixels wide, inside it."""
    return ImageChops.subtract(mask, mask.filter(ImageFilter.MinFilter(5)))


# Each shape in its four turns, with its rim: drawn once for the process.
_TURNS = (
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
)
_FIRST = _shape()
_SHAPES = tuple((mask, _rim(mask)) for mask in (_FIRST, *(_FIRST.transpose(turn) for turn in _TURNS)))
_RAMPS = (
    Image.linear_gradient("L").resize((WIDTH, HEIGHT)),
    Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize((WIDTH, HEIGHT)),
    Image.radial_gradient("L").resize((WIDTH, HEIGHT)),
)


def _background(brush: random.Random) -> Image.Image:
    """Two colours running into each other, under forty translucent shapes."""

    def colour(low: int, high: int) -> _Colour:
        return brush.randrange(low, high), brush.randrange(low, high), brush.randrange(low, high)

    ramp = brush.choice(_RAMPS)
    start, end = colour(70, 200), colour(90, 235)
    channels = [
        ramp.point([a + (b - a) * value // 255 for value in range(256)]) for a, b in zip(start, end, strict=True)
    ]
    picture = Image.merge("RGB", channels)
    draw = ImageDraw.Draw(picture, "RGBA")
    for _ in range(40):
        x, y, r = brush.randrange(WIDTH), brush.randrange(HEIGHT), brush.randrange(8, 42)
        fill = (*colour(40, 256), brush.randrange(40, 130))
        match brush.randrange(3):
            case 0:
                draw.ellipse((x - r, y - r // 2, x + r, y + r // 2), fill=fill)
            case 1:
                draw.rectangle((x - r, y - r // 2, x + r, y + r // 2), fill=fill)
            case _:
                draw.polygon((x, y - r, x + r, y + r // 2, x - r, y + r // 2), fill=fill)
    return picture


def _cut(picture: Image.Image, shape: tuple[Image.Image, Image.Image], x: int, y: int) -> Image.Image:
    """The piece that fits at ``x``, ``y``, with a light rim so that it stands out while it is dragged."""
    mask, rim = shape
    part = picture.crop((x, y, x + SIZE, y + SIZE))
    part.paste((255, 255, 255), (0, 0), rim.point([value * 3 // 4 for value in range(256)]))
    # Nothing of the picture may lie hidden under full transparency: it would tell where the piece came from.
    piece = Image.new("RGBA", (SIZE, SIZE))
    piece.paste(part, (0, 0), mask)
    return piece


def _dig(picture: Image.Image, shape: tuple[Image.Image, Image.Image], x: int, y: int, strength: float) -> None:
    """Darken the picture under the shape and draw its rim."""
    mask, rim = shape
    part = picture.crop((x, y, x + SIZE, y + SIZE))
    shade = Image.new("RGB", part.size, (24, 24, 32))
    part = Image.blend(part, shade, strength)
    part.paste((245, 245, 245), (0, 0), rim.point([int(value * strength) for value in range(256)]))
    picture.paste(part, (x, y), mask)


def _encode(picture: Image.Image, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
