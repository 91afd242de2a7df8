"""Where the words of a certificate stand on the page, and how large they can be there.

Lengths are in points; the sheet is A4, landscape. Frames are given from its upper left corner. None of them
overlaps another, so that no length of text can either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from reportlab.lib.textsplit import ALL_CANNOT_START
from reportlab.lib.units import mm

from app.documents.certificate_borders import PAGE_HEIGHT
from app.documents.fonts import heading_width, text_width
from app.domain.errors import Invalid


@dataclass(frozen=True)
class Frame:
    """A place on the page, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """How far its lower edge is from that of the sheet."""
        return PAGE_HEIGHT - self.top - self.height

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top from the lower left corner of the sheet, as PDF counts."""
        return self.left, self.bottom, self.left + self.width, self.bottom + self.height


HEADING = Frame(23.5 * mm, 29 * mm, 250 * mm, 28 * mm)
TEXT = Frame(36 * mm, 72 * mm, 225 * mm, 78 * mm)
SIGNATURE = Frame(134 * mm, 152 * mm, 127 * mm, 32 * mm)
CODE = Frame(36 * mm, 153.6 * mm, 26 * mm, 26 * mm)
"""The QR code without its quiet zone of four modules, at most 3.6 mm, which the frames around it leave free."""
CAPTION = Frame(29 * mm, 182.6 * mm, 40 * mm, 5.5 * mm)

LEADING = 1.7
FACTS_GAP = 14.0
"""Above the number."""
INDENT = "　　"
_HEADING_SIZE = 56.0
# The largest size, and the least at which a text is still kept on one line rather than broken.
_WORDS_SIZES = 22.0, 18.0
_SIGNATURE_SIZES = 19.0, 13.0
_FACTS_LARGEST = 15.0
_FACTS_SMALLEST = 10.5
_SMALLEST = 4.0
_TRIED_PERCENT = 8
_MAY_NOT_BEGIN = frozenset("，。、；：？！）〕】》」』”’…—·%℃")
_MAY_NOT_END = frozenset("（〔【《「『“‘")


@dataclass(frozen=True)
class Words:
    """Everything that stands on a certificate, as it is read from top to bottom; ``closing`` may be empty."""

    heading: str
    greeting: str
    sentence: str
    closing: str
    number: str
    term: str
    body: str
    issued: str


@dataclass(frozen=True)
class Sizes:
    """Of the letters, in points."""

    heading: float
    words: float
    facts: float
    signature: float


def sizes_for(words: Words, scale: int) -> Sizes:
    """The sizes at which ``words`` stand in their frames, from ``scale`` percent of the usual ones downwards.

    Raises ``Invalid`` for words that would not fit at 4 points.
    """
    factor = scale / 100
    facts_largest = _FACTS_LARGEST * factor
    sentences = [INDENT + words.sentence, words.greeting]
    if words.closing:
        sentences.append(INDENT + words.closing)
    height = TEXT.height - 2 * facts_largest * LEADING - FACTS_GAP
    words_size = _whole_or_fitting(sentences, TEXT.width, height, _WORDS_SIZES, factor)
    whole_facts = min(_unbroken(text_width(fact), TEXT.width) for fact in (words.number, words.term))
    return Sizes(
        heading=min(_HEADING_SIZE * factor, _unbroken(heading_width(words.heading), HEADING.width)),
        words=words_size,
        facts=min(max(words_size, _FACTS_SMALLEST), facts_largest, whole_facts),
        signature=_whole_or_fitting(
            [words.body, words.issued], SIGNATURE.width, SIGNATURE.height, _SIGNATURE_SIZES, factor
        ),
    )


def _whole_or_fitting(
    paragraphs: list[str], width: float, height: float, sizes: tuple[float, float], factor: float
) -> float:
    """The size at which each paragraph keeps to one line; if that is too small, one at which all fit."""
    largest, least_whole = (size * factor for size in sizes)
    widths = [text_width(paragraph) for paragraph in paragraphs]
    whole = min(_unbroken(each, width) for each in widths)
    if whole >= least_whole:
        return min(whole, largest)
    fitting = _fitting_size(widths, width, height, largest)
    tried = (fitting * (1 - percent / 100) for percent in range(_TRIED_PERCENT))
    return next(
        (size for size in tried if all(_breaks_well(paragraph, width / size) for paragraph in paragraphs)), fitting
    )


def _breaks_well(paragraph: str, width: float) -> bool:
    """Whether no line of ``paragraph``, ``width`` ems wide, begins or ends with a mark that may not (避头尾).

    xhtml2pdf breaks lines by itself and knows the rule for some marks alone, which it hangs into the margin. This
    breaks as it does; another size is all that it takes to move the breaks.
    """
    used = 0.0
    for place, character in enumerate(paragraph):
        advance = text_width(character)
        used += advance
        if used > width:
            begins = place + 1 if character in ALL_CANNOT_START else place
            if paragraph[begins - 1] in _MAY_NOT_END or paragraph[begins : begins + 1] in _MAY_NOT_BEGIN:
                return False
            used = advance
    return True


def _unbroken(one_point_wide: float, width: float) -> float:
    """The size at which a text this wide at one point just stands on one line of ``width`` points."""
    return math.floor(100 * width / max(one_point_wide, 1.0)) / 100


def _fitting_size(widths: list[float], width: float, height: float, largest: float) -> float:
    """The largest size up to ``largest`` at which paragraphs this wide at one point fit ``width`` by ``height``.

    A broken line may end one character early, where a punctuation mark may not begin the next.
    """
    size = largest
    while size >= _SMALLEST:
        lines = sum(1 if w * size <= width else math.ceil(w * size / (width - 1.5 * size)) for w in widths)
        if lines * size * LEADING <= height:
            return size
        size *= 0.96
    raise Invalid("证书上的文字过长，一页印不下，请缩短姓名、聘任单位或聘任名称。", field="title")
