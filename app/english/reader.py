"""How a text reads in English: as the catalogue has it, by one of its patterns, or part by part.

What is not in the catalogue is taken for data, the name of a person say, and stays as it is. Of several ways to read a
text the one that leaves the fewest Chinese characters is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.english.catalogue import CHINESE, HAN, PLACEHOLDER, Catalogue, Pattern, squeezed
from app.english.dates import day_in_english

FEW = 2
"""A pattern with so few characters of its own (``{n} 条``, ``{label}自``) holds of numbers and known words alone: else it
would be found in any sentence."""
MARKS = str.maketrans(
    {"：": ": ", "，": ", ", "、": ", ", "；": "; ", "。": ". ", "！": "! ", "？": "? ", "（": " (", "）": ") ", "《": "“", "》": "”"}
    | {"【": "[", "】": "]", "／": "/", "～": "–", "\u3000": " "}
)  # fmt: skip
LABELLED = (" - ", " · ", "：")
"""What stands between a label and what may be data: English on one side is better than none."""
LISTED = ("，", "、", "/", " ")
"""What stands between words of one sort: all of them are known, or it is what somebody wrote."""
SENTENCES = re.compile(r"(?<=[。！？；])")
SURE = 3
WRITTEN, WRITTEN_OR_LISTED = re.compile(r"[。；！？]"), re.compile(r"[，。；！？]")
"""A value with such a mark is no name: it is what somebody wrote, after a colon or in quotation marks, or no value. A comma
is found in the names of fields; it counts where the pattern has no more characters of its own than ``SURE``."""
BRACKETS = {"（": ("）", "(", ")"), "“": ("”", "“", "”"), "《": ("》", "“", "”")}
QUOTING = ("：", "“", "《")


class Reader:
    """Reads the texts of one page, and keeps them no longer than that."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._read: dict[str, str] = {}

    def say(self, text: str) -> str:
        """``text`` in English as far as it is known, the blanks around its marks as English has them."""
        found = self._english(squeezed(text))
        if found == squeezed(text):
            return text
        return re.sub(r" +", " ", re.sub(r"\s+([,.;:)!?])", r"\1", found)).strip()

    def _english(self, text: str) -> str:
        if text not in self._read:
            self._read[text] = self._found(text)
        return self._read[text]

    def _found(self, text: str) -> str:
        if (found := self._catalogue.texts.get(text)) is not None:
            return found
        if not CHINESE.search(text):
            return text
        if not HAN.search(text):
            return text.translate(MARKS)
        if day := day_in_english(text):
            return day
        best = text
        for way in (self._filled, self._in_parts):
            for found in way(text):
                if _left(found) < _left(best):
                    best = found
                if not _left(best):
                    return best
        return best

    def _filled(self, text: str) -> Iterator[str]:
        for pattern in self._catalogue.patterns(text):
            values = pattern.values(text)
            if values is not None and all(self._fits(pattern, *value) for value in values.items()):
                yield PLACEHOLDER.sub(
                    lambda name, values=values: self._english(squeezed(values.get(name[1], name[0]))), pattern.english
                )

    def _fits(self, pattern: Pattern, name: str, value: str) -> bool:
        if not _left(self._english(squeezed(value))):
            return True
        marks = WRITTEN if pattern.weight > SURE else WRITTEN_OR_LISTED
        is_written = marks.search(value) and not pattern.before[name].endswith(QUOTING)
        return pattern.weight > FEW and not is_written

    def _in_parts(self, text: str) -> Iterator[str]:
        """Where several texts were put together: each by itself."""
        if len(sentences := [one for one in SENTENCES.split(text) if one.strip()]) > 1:
            yield from self._joined(sentences, " ", lambda part, said: said != part)
        if text[-1] in "。；，：" and (found := self._english(text[:-1])) != text[:-1]:
            yield found + text[-1].translate(MARKS)
        if text[0] in "，：；、" and (found := self._english(text[1:].strip())) != text[1:].strip():
            yield text[0].translate(MARKS) + found
        for mark in LABELLED:
            head, _, tail = text.partition(mark)
            if tail and (self._english(head) != head or self._english(tail) != tail):
                yield self._english(head) + mark.translate(MARKS) + self._english(tail)
        yield from self._in_brackets(text)
        for mark in LISTED:
            if mark in text:
                yield from self._joined(text.split(mark), mark.translate(MARKS), lambda _part, said: not _left(said))

    def _joined(self, parts: list[str], mark: str, fits: Callable[[str, str], bool]) -> Iterator[str]:
        said = [self._english(part.strip()) for part in parts]
        if all(fits(part.strip(), found) for part, found in zip(parts, said, strict=True) if HAN.search(part)):
            yield mark.join(said)

    def _in_brackets(self, text: str) -> Iterator[str]:
        """What stands before, in and after the first brackets or quotation marks."""
        for begin, character in enumerate(text):
            if character in BRACKETS:
                closing, before, after = BRACKETS[character]
                depth = 0
                for end in range(begin, len(text)):
                    depth += {character: 1, closing: -1}.get(text[end], 0)
                    if not depth:
                        parts = [text[:begin].strip(), text[begin + 1 : end].strip(), text[end + 1 :].strip()]
                        said = [self._english(part) for part in parts]
                        if said != parts:
                            yield f"{said[0]} {before}{said[1]}{after} {said[2]}"
                        return
                return


def _left(text: str) -> int:
    """How many Chinese characters are in it."""
    return len(HAN.findall(text))
