"""What somebody may mean by the words in the box at the top: a name, its letters, a number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from app.domain.person_name import with_middle_dots, written_out

LONGEST = 60
"""Longer is nothing that is looked for by name or number."""

_CASE = re.compile(r"(?:SB)?0*([1-9][0-9]{0,8})")
_LETTERS = re.compile(r"[a-z]{2,40}")
_NUMBER = re.compile(r"[A-Z][A-Z0-9]{1,31}")


@dataclass(frozen=True)
class Sought:
    """``words`` as they are shown; the rest is empty where they cannot be that."""

    words: str
    name: str = ""
    """Any part of a name."""
    letters: str = ""
    """The first letters of a name in pinyin, small."""
    number: str = ""
    """What a certificate's number begins with."""
    case: int | None = None
    """The case that has this number, with or without its ``SB`` and noughts."""


def read(typed: str) -> Sought:
    """Sorts out what was typed: full-width is ASCII, letters are either case, blanks around it and in numbers go."""
    meant = with_middle_dots(written_out(typed))
    words = "".join(c for c in meant if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    words = " ".join(words.split())[:LONGEST]
    plain = "".join(unicodedata.normalize("NFKC", words).split())
    if not plain.isascii():
        return Sought(words, name=words)
    small, large = plain.lower(), plain.upper()
    case = _CASE.fullmatch(large)
    return Sought(
        words,
        letters=small if _LETTERS.fullmatch(small) else "",
        number=large if _NUMBER.fullmatch(large) else "",
        case=int(case[1]) if case else None,
    )
