"""The catalogue: a Chinese text and how it reads in English.

``translations/en/LC_MESSAGES/messages.po`` holds the texts as gettext keeps them. ``{name}`` in a text stands for what
differs: a number, a name, or words that have an English of their own. Where the English for one differs from that for
several, the text is there with both (``msgid_plural``). It is read at the first English page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import read_po

FILE = Path(__file__).resolve().parents[1] / "translations/en/LC_MESSAGES/messages.po"
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
"""A Chinese character."""
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
"""A Chinese character, or a mark that is typed with them."""
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def squeezed(text: str) -> str:
    """``text`` as the catalogue has it: each blank a single one."""
    return " ".join(text.split())


class Pattern:
    """A text with placeholders, its English, and that where the first number in it is 1."""

    def __init__(self, text: str, english: str, of_one: str) -> None:
        self.text, self._parts = text, PLACEHOLDER.split(text)
        literals = self._parts[::2]
        self._english, self._of_one = english, of_one
        self.weight = sum(map(len, literals))
        self.before = dict(zip(self._parts[1::2], literals, strict=False))
        """A placeholder, and what stands before it."""
        longest = max(literals, key=lambda literal: (len(HAN.findall(literal)), len(literal)))
        place = HAN.search(longest)
        self.key = longest[place.start() : place.start() + 2] if place else ""
        """Two characters of its own, or one: no text without them is of this pattern."""

    def values(self, text: str) -> dict[str, str] | None:
        """What stands for the placeholders in ``text``; none where it is another text."""
        found = self._shape.fullmatch(text)
        return {name[1:]: value for name, value in found.groupdict().items()} if found else None

    def english(self, said: dict[str, str]) -> str:
        """The English with what is ``said`` of each placeholder."""
        number = next(filter(str.isdecimal, said.values()), "")
        return PLACEHOLDER.sub(lambda found: said[found[1]], self._of_one if number == "1" else self._english)

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        shape, seen = "", set()
        for place, part in enumerate(self._parts):
            if place % 2 == 0:
                shape += re.escape(part)
            else:
                shape += f"(?P=_{part})" if part in seen else f"(?P<_{part}>.*?)"
                seen.add(part)
        return re.compile(shape, re.DOTALL)


class Catalogue:
    """Chinese texts and their English; ``of_one`` has those whose English for one is another."""

    def __init__(self, texts: dict[str, str], of_one: Mapping[str, str] = MappingProxyType({})) -> None:
        self.texts, self.of_one = texts, of_one
        self._patterns: defaultdict[str, list[Pattern]] = defaultdict(list)
        for text, english in texts.items():
            # One that is its own English, a date say, is put together anew elsewhere.
            if PLACEHOLDER.search(text) and text != english:
                made = Pattern(text, english, of_one.get(text, english))
                self._patterns[made.key].append(made)

    def patterns(self, text: str) -> list[Pattern]:
        """Those that ``text`` may be of, those with the most words of their own first."""
        keys = {text[place : place + size] for size in (1, 2) for place in range(len(text))}
        found = {one for key in keys & self._patterns.keys() for one in self._patterns[key]}
        return sorted(found, key=lambda one: (-one.weight, one.text))


@cache
def catalogue() -> Catalogue:
    """The catalogue of this version, read once for the process."""
    texts: dict[str, str] = {}
    of_one: dict[str, str] = {}
    with FILE.open("rb") as file:
        for message in read_po(file):
            if isinstance(message.id, tuple) and isinstance(message.string, tuple):
                text, _ = message.id
                of_one[text], texts[text] = message.string
            elif message.id and message.string:
                texts[str(message.id)] = str(message.string)
    return Catalogue(texts, of_one)
