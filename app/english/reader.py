"""How a text reads in English: as the catalogue has it, by one of its patterns, or part by part.

What is not in the catalogue is taken for data, the name of a person say, and stays as it is. Of several ways to read a
text the one that leaves the least of it in Chinese is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from app.english.catalogue import CHINESE, HAN, Catalogue, Pattern, squeezed
from app.english.dates import day_in_english

LONGEST = 600
"""Characters. What is longer and not in the catalogue is what somebody wrote, and is not searched for patterns: that
takes time by the square of its length."""
FEW = 2
"""A pattern with so few characters of its own (``{n} 条``, ``{label}自``) holds of numbers and known words alone: else
it would be found in any sentence."""
SURE = 3
WRITTEN, WRITTEN_OR_LISTED, WRITTEN_OR_LABELLED = (
    re.compile(f"[{marks}]") for marks in ("。；！？", "，。；！？", "：，。；！？")
)
"""A value with such a mark is no name: it is what somebody wrote, after a colon or in quotation marks, or no value.
A comma is found in the names of fields; it counts where the pattern has no more characters of its own than ``SURE``."""
QUOTING = ("：", "“", "《")
MARKS = str.maketrans(
    {"：": ": ", "，": ", ", "、": ", ", "；": "; ", "。": ". ", "！": "! ", "？": "? ", "／": "/", "～": "–"}
    | {"\u3000": " ", "（": " (", "）": ") ", "《": "“", "》": "”", "【": "[", "】": "]"}
)  # fmt: skip
LABELLED = (" - ", " · ", "：")
"""What stands between a label and what may be data: English on one side is better than none."""
LISTED = ("，", "、", "/", " ")
"""What stands between words of one sort: all of them are known, or it is what somebody wrote."""
BRACKETS = {"（": ("）", "(", ")"), "“": ("”", "“", "”"), "《": ("》", "“", "”")}
SENTENCES = re.compile(r"(?<=[。！？；])")


class Said(NamedTuple):
    """A text in English, and how many Chinese characters in it are not the catalogue's own."""

    text: str
    left: int


class Reader:
    """Reads the texts of one page, and keeps them no longer than that."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._read: dict[str, Said] = {}

    def say(self, text: str) -> str:
        """``text`` in English as far as it is known, the blanks around its marks as English has them."""
        plain = squeezed(text)
        found = self._said(plain).text
        return text if found == plain else re.sub(r" +", " ", re.sub(r"\s+([,.;:)!?])", r"\1", found)).strip()

    def left(self, text: str) -> int:
        """How many characters of ``text`` have no English."""
        return self._said(squeezed(text)).left

    def _said(self, text: str) -> Said:
        if text not in self._read:
            self._read[text] = self._found(text)
        return self._read[text]

    def _found(self, text: str) -> Said:
        if (known := self._catalogue.texts.get(text)) is not None:
            return Said(known, 0)
        if not CHINESE.search(text):
            return Said(text, 0)
        if not HAN.search(text):
            return Said(text.translate(MARKS), 0)
        if day := day_in_english(text):
            return Said(day, 0)
        best = Said(text, len(HAN.findall(text)))
        if len(text) > LONGEST:
            return best
        for ways in (self._filled, self._in_parts):
            for found in ways(text):
                if found.left < best.left:
                    best = found
                if not best.left:
                    return best
        return best

    def _filled(self, text: str) -> Iterator[Said]:
        for pattern in self._catalogue.patterns(text):
            values = pattern.values(text)
            if values is None:
                continue
            said = {name: self._said(squeezed(value)) for name, value in values.items()}
            if all(self._fits(pattern, name, value, said[name]) for name, value in values.items()):
                yield Said(
                    pattern.english({name: value.text for name, value in said.items()}),
                    sum(value.left for value in said.values()),
                )

    @staticmethod
    def _fits(pattern: Pattern, name: str, value: str, said: Said) -> bool:
        if pattern.weight <= FEW:
            return not said.left and not WRITTEN_OR_LABELLED.search(value)
        marks = WRITTEN if pattern.weight > SURE else WRITTEN_OR_LISTED
        return not said.left or not marks.search(value) or pattern.before[name].endswith(QUOTING)

    def _in_parts(self, text: str) -> Iterator[Said]:
        """Where several texts were put together: each by itself."""
        if len(sentences := [one for one in SENTENCES.split(text) if one.strip()]) > 1:
            yield from self._joined(sentences, " ", lambda part, said: said.text != part)
        if text[-1] in "。；，：":
            head = self._said(text[:-1])
            yield Said(head.text + text[-1].translate(MARKS), head.left)
        if text[0] in "，：；、":
            tail = self._said(text[1:].strip())
            yield Said(text[0].translate(MARKS) + tail.text, tail.left)
        for mark in LABELLED:
            label, _, rest = text.partition(mark)
            if rest:
                head, tail = self._said(label + mark.strip() if mark == "：" else label), self._said(rest)
                yield Said(f"{head.text.rstrip()}{' ' if mark == '：' else mark}{tail.text}", head.left + tail.left)
        yield from self._in_brackets(text)
        for mark in LISTED:
            if mark in text:
                yield from self._joined(text.split(mark), mark.translate(MARKS), lambda _part, said: not said.left)

    def _joined(self, parts: list[str], mark: str, fits: Callable[[str, Said], bool]) -> Iterator[Said]:
        plain = [part.strip() for part in parts]
        said = [self._said(part) for part in plain]
        if all(fits(part, found) for part, found in zip(plain, said, strict=True) if HAN.search(part)):
            yield Said(mark.join(found.text for found in said), sum(found.left for found in said))

    def _in_brackets(self, text: str) -> Iterator[Said]:
        """What stands before, in and after the first brackets or quotation marks."""
        begin = next((place for place, character in enumerate(text) if character in BRACKETS), -1)
        if begin < 0:
            return
        closing, before, after = BRACKETS[text[begin]]
        depth = 0
        for end in range(begin, len(text)):
            depth += {text[begin]: 1, closing: -1}.get(text[end], 0)
            if not depth:
                parts = (text[:begin], text[begin + 1 : end], text[end + 1 :])
                head, inner, tail = (self._said(part.strip()) for part in parts)
                yield Said(f"{head.text} {before}{inner.text}{after} {tail.text}", head.left + inner.left + tail.left)
                return
