"""The first letters of names that were written before these were kept: read by the worker, a part at a time."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update

from app.domain.pinyin import initials
from app.extensions import db
from app.models import Expert
from app.services.unit_of_work import transactional

WINDOW = 5000
"""Ids looked through in one transaction: by the next missing one, each would sort again all that are left."""


def fill() -> int:
    """Reads every name whose letters are missing; gives how many."""
    if db.session.scalar(select(Expert.id).where(Expert.initials.is_(None)).limit(1)) is None:
        return 0
    first, last = db.session.execute(select(func.min(Expert.id), func.max(Expert.id))).one()
    return sum(_read_window(start) for start in range(first, last + 1, WINDOW))


@transactional
def _read_window(start: int) -> int:
    window = Expert.id.between(start, start + WINDOW - 1)
    missing = select(Expert.id, Expert.name).where(window, Expert.initials.is_(None))
    found = [{"key": key, "letters": initials(name)} for key, name in db.session.execute(missing)]
    if found:
        table = Expert.__table__
        # To find somebody is no change to the profile: neither its version nor its day moves.
        unchanged = {"initials": bindparam("letters"), "updated_at": table.c.updated_at}
        # A name that is changed at this moment brings its own letters.
        still_missing = update(table).where(table.c.id == bindparam("key"), table.c.initials.is_(None))
        db.session.connection().execute(still_missing.values(unchanged), found)
    return len(found)
