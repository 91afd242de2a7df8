"""Pictures: measured from their headers before a pixel is decoded, then decoded, and written anew.

What is written holds the pixels alone: no EXIF (with the place it was taken), no comment, no profile, and
nothing that was appended. The limits below keep decoding under 2 s and 200 MB.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass

from PIL import Image

from app.adapters.filetype.refused import FileRefused

PIXELS_MAX = 40_000_000
PHOTO_MIN_WIDTH, PHOTO_MIN_HEIGHT = 200, 280
PHOTO_MAX_SIDE = 1200

# Pillow keeps four bytes for a colour pixel: 64 MB for this many, once more while it is turned.
_COLOUR_PIXELS_MAX = 16_000_000
# A JPEG in several scans is decoded through a table of two bytes for each pixel and component.
_MULTISCAN_SAMPLES_MAX = 48_000_000
_SCANS_MAX = 24
# Pillow walks over segments and chunks in Python. Real files have some dozens, and a PNG one for each 8 KB.
_SEGMENTS_MAX = 2_000
_CHUNKS_MAX = 20_000
_FILL_MAX = 64
# Above these a picture is halved. A PNG is slow to write: an A4 page of 300 dpi (8.7 megapixels) takes 1 s.
_KEEP_PIXELS = {"JPEG": 16_000_000, "PNG": 9_000_000}
_QUALITY = 88
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Pillow answers hostile input with any of these.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    AttributeError,
    struct.error,
    zlib.error,
)
_MARKER = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE, _END, _SCAN = 0xC2, 0xD9, 0xDA


@dataclass(frozen=True)
class _Header:
    """What a picture says of itself. ``most`` is how many pixels of its kind are affordable."""

    width: int
    height: int
    most: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


def clean_picture(data: bytes, *, png: bool) -> bytes:
    """The picture in its own format, upright and alone. Raises FileRefused."""
    picture = _decode(data, png=png)
    return _encode(picture if png else _opaque(picture), "PNG" if png else "JPEG")


def make_photo(data: bytes, *, png: bool) -> bytes:
    """A JPEG of at most PHOTO_MAX_SIDE on any side. Raises FileRefused, also for too small a picture."""
    picture = _decode(data, png=png)
    if picture.width < PHOTO_MIN_WIDTH or picture.height < PHOTO_MIN_HEIGHT:
        raise FileRefused(
            f"照片太小（{picture.width}×{picture.height}像素），"
            f"宽至少{PHOTO_MIN_WIDTH}像素、高至少{PHOTO_MIN_HEIGHT}像素。"
        )
    picture = _opaque(picture)
    picture.thumbnail((PHOTO_MAX_SIDE, PHOTO_MAX_SIDE), Image.Resampling.LANCZOS)
    return _encode(picture, "JPEG")


def _damaged() -> FileRefused:
    return FileRefused("图片不完整或已损坏，请重新导出后上传。")


def _decode(data: bytes, *, png: bool) -> Image.Image:
    """Decode to mode 1, L, LA, RGB or RGBA, halve what is large, and turn upright."""
    kind = "PNG" if png else "JPEG"
    try:
        header = _png_header(data) if png else _jpeg_header(data)
        if header.pixels > header.most:
            raise FileRefused(
                f"图片过大（{header.width}×{header.height}像素），"
                f"这类图片不能超过{header.most // 10_000}万像素，请缩小后上传。"
            )
        if png:
            # The only step that looks at a PNG's checksums. The picture is spent after it.
            with Image.open(io.BytesIO(data), formats=[kind]) as checked:
                checked.verify()
        picture: Image.Image = Image.open(io.BytesIO(data), formats=[kind])
        if picture.size != (header.width, header.height):
            raise _damaged()
        halve = header.pixels > _KEEP_PIXELS[kind]
        if halve and not png:
            picture.draft(None, (header.width // 2, header.height // 2))
        picture.load()
        orientation = picture.getexif().get(_ORIENTATION)
        picture = _plain(picture)
        if halve and png:
            picture = (picture.convert("L") if picture.mode == "1" else picture).reduce(2)
        if orientation in _UPRIGHT:
            picture = picture.transpose(_UPRIGHT[orientation])
    except _DAMAGE:
        raise _damaged() from None
    return picture


def _odd() -> FileRefused:
    return FileRefused("图片的编码异常，请另存为普通的JPEG或PNG后上传。")


def _png_header(data: bytes) -> _Header:
    """Read the header chunk (ISO/IEC 15948) and count the others."""
    length, mark, width, height, depth, colour = struct.unpack_from(">L4sLLBB", data, 8)
    if mark != b"IHDR" or length != 13 or not width * height:
        raise _damaged()
    position, count = 8, 0
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">L", data, position)
        position += 12 + length
        count += 1
        if count > _CHUNKS_MAX:
            raise _odd()
    grey = colour == 0 and depth <= 8
    return _Header(width, height, PIXELS_MAX if grey else _COLOUR_PIXELS_MAX)


def _jpeg_header(data: bytes) -> _Header:
    """Walk the markers (ITU-T T.81, annex B) to the end of the first picture, past any thumbnail."""
    width = height = components = scans = 0
    progressive = False
    if data.count(b"\xff\xff") > _FILL_MAX * _SEGMENTS_MAX:
        raise _odd()
    position, last = 2, 2 + _FILL_MAX
    for _ in range(_SEGMENTS_MAX):
        match = _MARKER.search(data, position, last)
        if match is None:
            raise _damaged()
        marker = match[1][0]
        if marker == _END:
            break
        (length,) = struct.unpack_from(">H", data, match.end())
        if marker in _FRAMES:
            if marker > _PROGRESSIVE or components:
                raise FileRefused("不支持这种编码的JPEG图片，请另存为普通JPEG后上传。")
            height, width, components = struct.unpack_from(">HHB", data, match.end() + 3)
            progressive = marker == _PROGRESSIVE
        scans += marker == _SCAN
        position = match.end() + length
        # Behind a scan lies its data, of any length; behind anything else the next marker.
        last = len(data) if marker == _SCAN else position + _FILL_MAX
    else:
        raise _odd()
    if not scans or not width * height * components:
        raise _damaged()
    if scans > _SCANS_MAX:
        raise _odd()
    most = PIXELS_MAX
    if progressive or scans > 1:
        most = min(most, _MULTISCAN_SAMPLES_MAX // components)
    return _Header(width, height, most)


def _plain(picture: Image.Image) -> Image.Image:
    """One of the five modes that a PNG can be written from, palettes and 16-bit greys resolved."""
    if picture.mode in {"1", "L", "LA", "RGB", "RGBA"}:
        return picture
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture.convert("RGBA" if "transparency" in picture.info else "RGB")


def _opaque(picture: Image.Image) -> Image.Image:
    """L or RGB, transparency laid on white."""
    if picture.mode in {"L", "RGB"}:
        return picture
    if picture.mode == "1":
        return picture.convert("L")
    layer = picture.convert("RGBA")
    white = Image.new("RGB", layer.size, (255, 255, 255))
    white.paste(layer, mask=layer.getchannel("A"))
    return white


def _encode(picture: Image.Image, kind: str) -> bytes:
    # Whatever Pillow would carry over from the file it read.
    picture.info.clear()
    out = io.BytesIO()
    picture.save(out, kind, **({"compress_level": 1} if kind == "PNG" else {"quality": _QUALITY}))
    return out.getvalue()
