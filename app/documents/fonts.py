"""The fonts that PDF documents embed, registered once for the process.

Two TrueType fonts ship beside this module, both under the SIL Open Font License 1.1 (its text lies with
them): LXGW WenKai Regular, a 楷体 for all running text with every character of the basic CJK block, and
a heavy cut of the two characters of the title 聘书.

A character that no font has would print as an empty box, so a text is asked about first:
``require_printable`` raises ``UnprintableCharacter``, and nothing is ever printed with a hole in it.
"""

from __future__ import annotations

import functools
import threading
import unicodedata
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont
from xhtml2pdf import default as xhtml2pdf_defaults

from app.domain.errors import Invalid

TEXT_FONT = "DocumentKai"
TITLE_FONT = "DocumentTitle"

_FOLDER = Path(__file__).with_name("fonts")
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


class EmbeddedFont(TTFont):
    """A TrueType font whose text can be searched and copied in every plane of Unicode.

    ReportLab writes a character beyond the BMP into the ToUnicode map as five hexadecimal digits, which
    readers take for another character; ISO 32000 (9.10.3) asks for UTF-16BE. It also puts a whole subset
    into one block, where the CMap format allows a hundred entries. Both are mended after the font has
    written its objects, without touching ReportLab for anybody else.
    """

    def addObjects(self, doc: Any) -> None:  # noqa: N802  (reportlab names it)
        """Write the font's objects into ``doc`` and put right the ToUnicode map of each subset."""
        state = self.state.get(doc)
        subsets = list(state.subsets) if state else []
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            face = self.face
            name = b"".join((SUBSETN(number), b"+", face.name, face.subfontNameX)).decode("pdfdoc")
            doc.idToObject[f"toUnicodeCMap:{name}"].content = _to_unicode_map(name, subset)


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
    for family, file in _FILES.items():
        pdfmetrics.registerFont(EmbeddedFont(family, str(_FOLDER / file), asciiReadable=False))
        xhtml2pdf_defaults.DEFAULT_FONT[family.lower()] = family
    pdfmetrics.registerFontFamily(TEXT_FONT, baseFontFor="canvas")


def text_width(text: str, size: float = 1.0) -> float:
    """The width of ``text`` in the text font at ``size`` points, in points."""
    register_fonts()
    return float(pdfmetrics.stringWidth(text, TEXT_FONT, size))


def missing_characters(text: str) -> str:
    """The characters of ``text`` that the text font cannot show, each once, in order of appearance."""
    register_fonts()
    glyphs = pdfmetrics.getFont(TEXT_FONT).face.charToGlyph
    return "".join(
        character
        for character in dict.fromkeys(text)
        if ord(character) not in glyphs or unicodedata.category(character) in _INVISIBLE
    )


def require_printable(text: str, *, field: str | None = None) -> None:
    """Raise ``UnprintableCharacter`` naming ``field`` unless every character of ``text`` can be printed."""
    missing = missing_characters(text)
    if missing:
        raise UnprintableCharacter(missing, field=field)
