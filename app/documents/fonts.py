"""The fonts that PDF documents embed, registered once for the process.

Two TrueType fonts ship beside this module, both under the SIL Open Font License 1.1 (its text lies with
them): LXGW WenKai Regular, a 楷体 for all running text with every character of the basic CJK block, and
a heavy cut of the two characters of the title 聘书.

An ideograph that the text font lacks is looked for in larger fonts of the system, where they are installed:
Debian's ``fonts-babelstone-han`` and ``fonts-hanazono``. They are read when the first such name comes by.

A character that no font has would print as an empty box, so a text is asked about first:
``require_printable`` raises ``UnprintableCharacter``, and nothing is ever printed with a hole in it.
"""

from __future__ import annotations

import functools
import itertools
import mmap
import struct
import threading
import unicodedata
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont
from xhtml2pdf import default as xhtml2pdf_defaults

from app.domain.errors import Invalid
from app.domain.ideographs import is_ideograph

TEXT_FONT = "DocumentKai"
TITLE_FONT = "DocumentTitle"

_FOLDER = Path(__file__).with_name("fonts")
_SYSTEM_FONTS = Path("/usr/share/fonts/truetype")
_RARE_FILES = {
    "RareBabelStone": "babelstone/BabelStoneHan.ttf",
    "RareHanaA": "hanazono/HanaMinA.ttf",
    "RareHanaB": "hanazono/HanaMinB.ttf",
}
"""Asked in this order: the first is the newest, and kept up."""

_FILES = {TEXT_FONT: "LXGWWenKai-Regular.ttf", TITLE_FONT: "CertificateTitle-Black.ttf"}

# Controls, format and bidi marks, surrogates, private use, line separators: a font may map them, but what
# they show is nothing, or differs from what is read. Unassigned (Cn) is not among them: Python's tables
# are older than the font's newest ideographs.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

_NAMED_LIMIT = 8
_BFCHAR_LIMIT = 100
_registering = threading.Lock()


class UnprintableCharacter(Invalid):
    """A text holds characters that no embedded font can show; ``characters`` has each of them once."""

    def __init__(self, characters: str, *, field: str | None = None) -> None:
        named = "、".join(_name(character) for character in characters[:_NAMED_LIMIT])
        rest = f"等{len(characters)}个字符" if len(characters) > _NAMED_LIMIT else ""
        super().__init__(f"字库中没有以下字符，无法印出：{named}{rest}。请核对，或联系管理员补充字库。", field=field)
        self.characters = characters


def _name(character: str) -> str:
    """``𫭖（U+2CB56）``, or the bare code point where the character itself would not show in a message."""
    code = f"U+{ord(character):04X}"
    return code if unicodedata.category(character) in _INVISIBLE else f"{character}（{code}）"


class _Mapped:
    """A font file that ReportLab reads through the system's page cache, where its own way keeps it all in memory."""

    def __init__(self, file: Path) -> None:
        self.name = str(file)

    def read(self) -> mmap.mmap:
        """The file: slices of it are ``bytes``, as of what ReportLab would have read."""
        with open(self.name, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class _Glyphs:
    """The outlines of a font, read a glyph at a time: ReportLab copies all 40 MB of a large font for one name."""

    def __init__(self, data: mmap.mmap, start: int) -> None:
        self._data, self._start = data, start

    def __getitem__(self, part: slice) -> bytes:
        return self._data[self._start + part.start : self._start + part.stop]


class EmbeddedFont(TTFont):
    """A TrueType font whose text can be searched and copied in every plane of Unicode.

    ReportLab writes a character beyond the BMP into the ToUnicode map as five hexadecimal digits, which
    readers take for another character; ISO 32000 (9.10.3) asks for UTF-16BE. It also puts a whole subset
    into one block, where the CMap format allows a hundred entries. Both are mended after the font has
    written its objects, without touching ReportLab for anybody else. So are the widths of its glyphs.
    """

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(name, _Mapped(file), asciiReadable=False)
        face, whole = self.face, self.face.get_table
        glyphs = _Glyphs(face._ttf_data, face.get_table_pos("glyf")[0])
        face.get_table = lambda tag: glyphs if tag == "glyf" else whole(tag)
        _give_true_widths(face)

    def addObjects(self, doc: Any) -> None:  # noqa: N802  (reportlab names it)
        """Write the font's objects into ``doc`` and put right the ToUnicode map of each subset."""
        state = self.state.get(doc)
        subsets = list(state.subsets) if state else []
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            face = self.face
            name = b"".join((SUBSETN(number), b"+", face.name, face.subfontNameX)).decode("pdfdoc")
            doc.idToObject[f"toUnicodeCMap:{name}"].content = _to_unicode_map(name, subset)


def _give_true_widths(face: Any) -> None:
    """Put right the advance of glyphs that share the last one of ``hmtx``: in font units, as of those before them.

    ReportLab keeps it in thousandths of an em, and then writes it into the subset as if it were font units. In a
    font of 1024 units the width within then differs from that beside it, which PDF/A forbids (ISO 19005-2, 6.2.11.5).
    """
    (own,) = struct.unpack(">H", face.get_table("hhea")[34:36])  # how many have an advance of their own
    shared = face.hmetrics[own - 1][0]
    face.hmetrics[own:] = [(shared, bearing) for _, bearing in face.hmetrics[own:]]


def _to_unicode_map(name: str, subset: list[int]) -> str:
    """The ToUnicode CMap of a simple font: character code ``i`` shows the code point ``subset[i]``."""
    rows = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be', 'surrogatepass').hex().upper()}>"
        for code, point in enumerate(subset)
    ]
    blocks = [rows[start : start + _BFCHAR_LIMIT] for start in range(0, len(rows), _BFCHAR_LIMIT)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
            f"/CMapName /{name} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<00> <FF>",
            "endcodespacerange",
            *("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )


def register_fonts() -> None:
    """Make the fonts known to ReportLab and xhtml2pdf; reads 16 MB at the first call, nothing afterwards.

    Not by ``@font-face``, which hashes the font file at each render. The text font also becomes ReportLab's
    font for an empty canvas: otherwise each page names Helvetica, which is not embedded.
    """
    with _registering:
        _register_once()


@functools.cache
def _register_once() -> None:
    rl_config.useA85 = 0  # a PDF may be binary; written as ASCII it is a quarter larger
    for family, file in _FILES.items():
        pdfmetrics.registerFont(EmbeddedFont(family, _FOLDER / file))
        xhtml2pdf_defaults.DEFAULT_FONT[family.lower()] = family
    pdfmetrics.registerFontFamily(TEXT_FONT, baseFontFor="canvas")


@functools.cache
def _rare_font(name: str) -> str | None:
    """A font of the system under our name for it; ``None`` where it is not installed."""
    file = _SYSTEM_FONTS / _RARE_FILES[name]
    if not file.is_file():
        return None
    with _registering:
        pdfmetrics.registerFont(EmbeddedFont(name, file))
        xhtml2pdf_defaults.DEFAULT_FONT[name.lower()] = name
    return name


def lacking_rare_fonts() -> list[str]:
    """The files of the rare fonts that are not installed."""
    return [file for file in _RARE_FILES.values() if not (_SYSTEM_FONTS / file).is_file()]


def _has(font: str, character: str) -> bool:
    return ord(character) in pdfmetrics.getFont(font).face.charToGlyph


@functools.lru_cache(maxsize=4096)
def font_for(character: str) -> str | None:
    """The name of the font that ``character`` prints in; ``None`` where no font has it."""
    register_fonts()
    if unicodedata.category(character) in _INVISIBLE:
        return None
    if _has(TEXT_FONT, character):
        return TEXT_FONT
    if not is_ideograph(character):
        return None
    rare = (_rare_font(name) for name in _RARE_FILES)
    return next((name for name in rare if name is not None and _has(name, character)), None)


def runs(text: str) -> list[tuple[str, str]]:
    """``text`` in pieces of one font each, with the font's name; the text must be printable."""
    return [(font or TEXT_FONT, "".join(piece)) for font, piece in itertools.groupby(text, font_for)]


def heading_runs(text: str) -> list[tuple[str, str]]:
    """``text`` in the heavy font of the title if that has all of it, otherwise as ``runs`` has it."""
    return [(TITLE_FONT, text)] if all(_has(TITLE_FONT, character) for character in text) else runs(text)


def heading_width(text: str) -> float:
    """The width of ``text`` as a heading of one point, in points."""
    return sum(float(pdfmetrics.stringWidth(piece, font, 1.0)) for font, piece in heading_runs(text))


def text_width(text: str, size: float = 1.0) -> float:
    """The width of ``text`` as it prints at ``size`` points, in points."""
    return sum(float(pdfmetrics.stringWidth(piece, font, size)) for font, piece in runs(text))


def missing_characters(text: str, *, rare: bool = True) -> str:
    """The characters of ``text`` that cannot be shown, each once, in order of appearance.

    ``rare``: whether the fonts of the system serve too, or the text font alone.
    """
    serving = (TEXT_FONT, *_RARE_FILES) if rare else (TEXT_FONT,)
    return "".join(character for character in dict.fromkeys(text) if font_for(character) not in serving)


def require_printable(text: str, *, field: str | None = None, rare: bool = True) -> None:
    """Raise ``UnprintableCharacter`` naming ``field`` unless every character of ``text`` can be printed."""
    missing = missing_characters(text, rare=rare)
    if missing:
        raise UnprintableCharacter(missing, field=field)
