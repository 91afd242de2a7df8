"""Pictures are written anew: upright, bare, of a bearable size. Bombs are refused before they are decoded."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from app.adapters.filetype import inspect_attachment, inspect_photo

Refusal = Callable[..., str]


def noise(width: int = 300, height: int = 400, mode: str = "RGB") -> Image.Image:
    return Image.effect_noise((width, height), 60).convert(mode)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def reopened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))


def raw_png(width: int, height: int, *, colour: int = 2, depth: int = 8, extra: bytes = b"") -> bytes:
    header = struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_was_hidden_in_a_picture_is_gone(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[2] = (25.0, 2.0, 3.0)
    text = PngInfo()
    text.add_text("Comment", "SECRET text")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, Any] = {"exif": exif, "icc_profile": profile}
    options |= {"comment": b"SECRET comment"} if kind == "JPEG" else {"pnginfo": text}
    content = encoded(noise(), kind, **options) + b"SECRET tail <script>" + zipped()
    found = inspect_attachment(content, f"a.{kind.lower()}")
    assert b"SECRET" in content
    assert b"SECRET" not in found.data
    assert b"PK\x03\x04" not in found.data
    picture = reopened(found.data)
    assert not picture.getexif()
    assert not {"icc_profile", "comment", "exif", "Comment"} & picture.info.keys()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.class", "SECRET")
    return out.getvalue()


def test_png_keeps_its_pixels_exactly() -> None:
    for mode in ("1", "L", "LA", "RGB", "RGBA"):
        picture = noise(mode=mode)
        found = reopened(inspect_attachment(encoded(picture, "PNG"), "a.png").data)
        assert (found.mode, found.tobytes()) == (mode, picture.tobytes())


def test_palettes_and_deep_greys_become_plain() -> None:
    palette = noise().quantize(16)
    kept = reopened(inspect_attachment(encoded(palette, "PNG"), "a.png").data)
    assert kept.tobytes() == palette.convert("RGB").tobytes()
    holed = reopened(inspect_attachment(encoded(palette, "PNG", transparency=0), "a.png").data)
    assert holed.mode == "RGBA"
    deep = Image.frombytes("I;16", (256, 1), b"".join(struct.pack("<H", v * 257) for v in range(256)))
    grey = reopened(inspect_attachment(encoded(deep, "PNG"), "a.png").data)
    assert (grey.mode, list(grey.tobytes())) == ("L", list(range(256)))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_picture_is_turned_upright(orientation: int, kind: str) -> None:
    # Red above, blue below, as a person is to see it; stored as a camera held that way would.
    upright = Image.new("RGB", (320, 480), "red")
    upright.paste("blue", (0, 240, 320, 480))
    upright.paste("lime", (0, 0, 160, 240))
    stored_as = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(stored_as[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(stored, kind, exif=exif)
    for inspect in (inspect_attachment, inspect_photo):
        found = reopened(inspect(content, f"a.{kind.lower()}").data)
        assert found.size == (320, 480)
        seen = [found.getpixel(place) for place in ((20, 20), (300, 20), (20, 460))]
        for pixel, colour in zip(seen, ((0, 255, 0), (255, 0, 0), (0, 0, 255)), strict=True):
            assert isinstance(pixel, tuple)
            assert all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_print_colours_are_taken(mode: str) -> None:
    found = reopened(inspect_attachment(encoded(noise(mode=mode)), "a.jpg").data)
    assert found.mode == {"L": "L", "CMYK": "RGB"}[mode]


def test_jpeg_extensions_agree_and_stay() -> None:
    content = encoded(noise())
    assert inspect_attachment(content, "a.JPEG").filename == "a.jpeg"
    assert inspect_attachment(content, "a.jpg").content_type == "image/jpeg"


PNG = encoded(noise(), "PNG")
JPEG = encoded(noise())


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PNG[: len(PNG) // 2], "a.png"),
        (PNG[:-12], "a.png"),
        (PNG[:8], "a.png"),
        (PNG[:20], "a.png"),
        (flipped(PNG, len(PNG) // 2), "a.png"),
        (flipped(PNG, 19), "a.png"),
        (PNG[:8] + chunk(b"tEXt", b"a\0b") + PNG[8:], "a.png"),
        (raw_png(0, 0), "a.png"),
        (raw_png(100, 100), "a.png"),
        (raw_png(100, 100, colour=7), "a.png"),
        (raw_png(10, 10, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(5 << 20)))), "a.png"),
        (JPEG[: len(JPEG) // 2], "a.jpg"),
        (JPEG[:3], "a.jpg"),
        (JPEG[:30], "a.jpg"),
        (b"\xff\xd8\xff\xd9", "a.jpg"),
        (b"\xff\xd8\xff" + random.Random(5).randbytes(100_000), "a.jpg"),
    ],
    ids=range(16),
)
def test_broken_picture_is_refused(content: bytes, name: str, refusal: Refusal) -> None:
    assert "损坏" in refusal(content, name)


def resized_header(content: bytes, width: int, height: int) -> bytes:
    """The same JPEG, claiming another size."""
    start = content.index(b"\xff\xc0") + 5
    return content[:start] + struct.pack(">HH", height, width) + content[start + 4 :]


@pytest.mark.parametrize(
    ("content", "name", "most"),
    [
        (raw_png(65_000, 65_000), "a.png", 1600),
        (raw_png(2**31 - 1, 2**31 - 1), "a.png", 1600),
        (raw_png(4001, 4000), "a.png", 1600),
        (raw_png(4001, 4000, colour=3), "a.png", 1600),
        (raw_png(8001, 5000, colour=0), "a.png", 4000),
        (raw_png(8001, 5000, colour=0, depth=1), "a.png", 4000),
        (raw_png(4001, 4000, colour=0, depth=16), "a.png", 1600),
        (resized_header(JPEG, 65_000, 65_000), "a.jpg", 4000),
        (resized_header(JPEG, 8001, 5000), "a.jpg", 4000),
        (encoded(Image.new("RGB", (4001, 4000)), progressive=True), "a.jpg", 1600),
        (encoded(Image.new("CMYK", (4001, 3001)), progressive=True), "a.jpg", 1200),
    ],
    ids=range(11),
)
def test_bomb_is_refused_before_it_is_decoded(content: bytes, name: str, most: int, refusal: Refusal) -> None:
    assert f"不能超过{most}万像素" in refusal(content, name)


PROGRESSIVE = encoded(noise(), progressive=True)
LAST_SCAN = PROGRESSIVE[PROGRESSIVE.rindex(b"\xff\xda") : -2]


@pytest.mark.parametrize(
    ("content", "name", "part"),
    [
        (PROGRESSIVE[:-2] + LAST_SCAN * 500 + b"\xff\xd9", "a.jpg", "编码异常"),
        (JPEG[:2] + b"\xff\xe0\x00\x02" * 4_000_000 + JPEG[2:], "a.jpg", "编码异常"),
        (JPEG[:2] + b"\xff" * 19_000_000 + JPEG[2:], "a.jpg", "编码异常"),
        (JPEG[:2] + b"\xff\x00" * 9_000_000 + JPEG[2:], "a.jpg", "损坏"),
        (JPEG[:-2] + b"\xff\x00" * 9_000_000, "a.jpg", "损坏"),
        (JPEG[:2] + b"\xff" * 60_000 + JPEG[2:], "a.jpg", "损坏"),
        (PNG[:33] + chunk(b"tEXt", b"") * 1_500_000 + PNG[33:], "a.png", "编码异常"),
    ],
    ids=range(7),
)
def test_picture_of_countless_pieces_is_refused(content: bytes, name: str, part: str, refusal: Refusal) -> None:
    assert part in refusal(content, name)


def test_few_fill_bytes_and_many_chunks_are_no_reason() -> None:
    inspect_attachment(JPEG[:2] + b"\xff" * 9 + JPEG[2:], "a.jpg")
    inspect_attachment(PNG[:33] + chunk(b"tEXt", b"a\0b") * 3000 + PNG[33:], "a.png")


def test_jpeg_with_two_frames_or_an_odd_coding_is_refused(refusal: Refusal) -> None:
    frame = JPEG.index(b"\xff\xc0")
    (length,) = struct.unpack_from(">H", JPEG, frame + 2)
    twice = JPEG[: frame + 2 + length] + JPEG[frame:]
    assert "不支持这种编码" in refusal(twice, "a.jpg")
    assert "不支持这种编码" in refusal(JPEG.replace(b"\xff\xc0", b"\xff\xc9", 1), "a.jpg")


def test_large_jpeg_is_halved() -> None:
    found = reopened(inspect_attachment(encoded(Image.new("RGB", (5000, 4001), "teal")), "a.jpg").data)
    assert found.size == (2500, 2001)


def test_large_png_is_halved() -> None:
    found = reopened(inspect_attachment(encoded(Image.new("1", (4000, 3001), 1), "PNG"), "a.png").data)
    assert (found.size, found.mode) == ((2000, 1501), "L")


def test_page_of_300_dpi_keeps_its_size() -> None:
    found = reopened(inspect_attachment(encoded(Image.new("RGB", (2480, 3508)), "PNG"), "a.png").data)
    assert found.size == (2480, 3508)


def test_photo_becomes_a_bare_jpeg_of_bearable_size() -> None:
    found = inspect_photo(encoded(noise(750, 1000).resize((3000, 4000))), "证件照.JPG")
    assert (found.filename, found.content_type, found.extension) == ("证件照.jpg", "image/jpeg", "jpg")
    picture = reopened(found.data)
    assert (picture.format, picture.size) == ("JPEG", (900, 1200))
    assert len(found.data) < 1_000_000


def test_photo_from_png_is_laid_on_white() -> None:
    found = inspect_photo(encoded(Image.new("RGBA", (300, 400), (0, 0, 0, 0)), "PNG"), "a.png")
    assert found.filename == "a.jpg"
    assert reopened(found.data).getpixel((150, 200)) == (255, 255, 255)


def test_small_photo_is_not_enlarged_and_a_smaller_one_is_refused(refusal: Refusal) -> None:
    assert reopened(inspect_photo(encoded(noise(200, 280)), "a.jpg").data).size == (200, 280)
    assert "199×280" in refusal(encoded(noise(199, 280)), "a.jpg", inspect_photo)
    assert "200×279" in refusal(encoded(noise(200, 279), "PNG"), "a.png", inspect_photo)
