"""Who the sample experts are: one row of ``experts.tsv`` each, and what follows from it.

Everybody here is invented, and so is every employer.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from app.domain.identity import check_character

_FILE = Path(__file__).with_name("experts.tsv")
_NOWHERE = "530000"
"""The province's own code stands in nobody's ID number, so that these belong to no real person."""


@dataclass(frozen=True)
class Step:
    """One step of a case, ``days`` before today: 通过 at 省危化, with 3年."""

    verb: str
    places: tuple[str, ...]
    words: tuple[str, ...]
    days: int


@dataclass(frozen=True)
class Person:
    """A sample expert. ``claims`` are paths of the taxonomy; an empty ``story`` stays a draft."""

    number: int
    name: str
    sex: str
    born: date
    region: str
    nation: str
    politics: str
    employer: str
    kind: str
    duty: str
    level: str
    title: str
    school: str
    major: str
    education: str
    claims: tuple[tuple[str, ...], ...]
    practice: str
    story: tuple[Step, ...]
    complete: bool

    @property
    def id_number(self) -> str:
        """Invented, with the right check character."""
        return id_number(self.born, self.sex, self.number)

    @property
    def mobile(self) -> str:
        """Easy to type; the last two digits are the number of the row."""
        return f"199000001{self.number:02d}"

    @property
    def joined(self) -> int:
        """How many days ago the person registered."""
        return max((step.days for step in self.story), default=self.number % 9) + 4


def id_number(born: date, sex: str, serial: int) -> str:
    """A resident ID number of nobody: a code that nobody was ever given, a serial of the sex's parity."""
    first_17 = f"{_NOWHERE}{born:%Y%m%d}{2 * serial + (sex == '男'):03d}"
    return first_17 + check_character(first_17)


@cache
def everybody() -> tuple[Person, ...]:
    """The sample experts, in the order of the file."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
        return tuple(_person(number, row) for number, row in enumerate(rows, 1))


def _person(number: int, row: dict[str, str]) -> Person:
    story = row.pop("story")
    born = date.fromisoformat(row.pop("born"))
    claims = tuple(tuple(path.split("/")) for path in row.pop("claims").split(";"))
    steps = () if story in ("", READY) else tuple(map(_step, story.split()))
    return Person(number=number, born=born, claims=claims, story=steps, complete=bool(story), **row)


READY = "资料齐全"
"""The story of who has filled everything in and not applied."""


def _step(text: str) -> Step:
    """``通过:省危化:3年@20``; several places stand as ``省危化+昆明危化``."""
    head, _, days = text.rpartition("@")
    verb, _, rest = head.partition(":")
    place, *words = rest.split(":")
    return Step(verb, tuple(filter(None, place.split("+"))), tuple(words), int(days))
