"""Text that is found by any part of it: which columns, and the index of their characters and pairs.

SQLite holds ``<table>_grams``, an FTS5 table whose words are characters and pairs as hexadecimal UTF-8; PostgreSQL
holds a GIN index over ``text_grams(column)``. Both fold ASCII letters and nothing else; the database keeps both.
"""

from __future__ import annotations

import string
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, column, func, inspect, literal, select, table
from sqlalchemy.dialects.postgresql import ARRAY

SEARCHED: dict[str, tuple[str, ...]] = {
    "expert": ("name", "employer"),
    "certificate": ("name", "title"),
    "audit_entry": ("actor_name", "action", "subject"),
}
"""Table to columns. A migration makes the index; a test compares the two."""

PAIR = 2
"""So many characters are found by one look into the index, and nothing else is."""

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


STARTS = "ix_certificate_number_start"
"""PostgreSQL's index of what a text starts with."""


def is_search_index(name: str) -> bool:
    """Whether a table or an index is one of those, which no model declares: FTS5 keeps some in tables of its own."""
    tables = ("gram_place", *(f"{of}_grams" for of in SEARCHED))
    indexes = {f"ix_{of}_{name}_grams" for of, names in SEARCHED.items() for name in names}
    return name.startswith(tables) or name in indexes or name == STARTS


def fold(text: str) -> str:
    """ASCII letters in lower case, everything else as it is."""
    return text.translate(_FOLD)


def holds(attribute: Any, part: str, dialect: str) -> ColumnElement[bool]:
    """Whether the text of a column holds ``part``, ASCII letters in either case; no character means anything else."""
    if dialect == "postgresql":
        folded = func.translate(attribute, string.ascii_uppercase, string.ascii_lowercase)
        return func.strpos(folded, fold(part)) > 0
    return func.instr(func.lower(attribute), fold(part)) > 0


def starts(attribute: Any, part: str, dialect: str) -> ColumnElement[bool]:
    """Whether the text of a column begins with ``part``, in words that its index serves."""
    if dialect == "postgresql":
        return attribute.startswith(part, autoescape=True)
    return and_(attribute >= part, attribute < part + "\U0010ffff")


def holders(attribute: Any, part: str, dialect: str) -> Select[Any] | None:
    """The keys of the rows that may hold ``part``, by the index; ``None`` where the column has none."""
    owner, name = attribute.class_.__table__.name, attribute.key
    if name not in SEARCHED.get(owner, ()):
        return None
    grams = _grams(fold(part))
    if dialect == "postgresql":
        key = inspect(attribute.class_).primary_key[0]
        wanted = literal(grams, ARRAY(Text()))
        return select(key).where(func.text_grams(attribute, type_=ARRAY(Text())).contains(wanted))
    words = " AND ".join(f'"{gram.encode().hex().upper()}"' for gram in grams)
    index = table(f"{owner}_grams", column("rowid"), column(f"{owner}_grams"))
    return select(index.c.rowid).where(index.c[f"{owner}_grams"].op("MATCH")(f"{name} : ({words})"))


def _grams(part: str) -> list[str]:
    """The pairs of ``part``, or its only character."""
    pairs = {part[at : at + 2] for at in range(len(part) - 1)}
    return sorted(pairs) or [part]
