"""Rotating keys while people work: whatever is not under the present key and algorithm is sealed anew.

Each value says under which key it is, so nothing else remembers how far a rotation came: stopped or killed,
it goes on where values are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Column, LargeBinary, bindparam, func, select, type_coerce, update

from app.extensions import db
from app.models.encrypted import Encrypted, key_ring
from app.services.ports import ports
from app.services.unit_of_work import transactional

BATCH = 500
ROW, BEFORE, AFTER = "rotated_row", "rotated_before", "rotated_after"
"""Names of parameters: none may be a column's."""
Report = Callable[[str, int, int], None]
"""Told of a place, how many values of it are done, and how many there were to do."""


def sealed_columns() -> Iterator[Column[Any]]:
    """Every column that holds sealed values."""
    for table in Model.metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, Encrypted))


def rotate(report: Report) -> int:
    """Seals anew whatever is not under the present key; gives how many values and files that was."""
    changed = sum(_rotate_column(column, report) for column in sealed_columns())
    files = 0
    for stale in ports().storage.reseal():
        files += stale
        if stale and files % BATCH == 0:
            report("附件", files, files)
    report("附件", files, files)
    return changed + files


def stale_values() -> int:
    """How many values are not under the present key."""
    return sum(_count(column) for column in sealed_columns())


def _count(column: Column[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(column.table).where(_stale(column))) or 0


def _stale(column: Column[Any]) -> Any:
    raw = type_coerce(column, LargeBinary())
    return func.substr(raw, 1, 2) != key_ring().current


def _rotate_column(column: Column[Any], report: Report) -> int:
    (key,) = column.table.primary_key.columns
    raw = type_coerce(column, LargeBinary())
    place = f"{column.table.name}.{column.name}"
    total = _count(column)
    last, done = 0, 0
    while True:
        db.session.rollback()
        some = select(key, raw).where(key > last, _stale(column)).order_by(key).limit(BATCH)
        found = db.session.execute(some).all()
        if not found:
            report(place, done, total)
            return done
        _write(column, key, [{ROW: row, BEFORE: old, AFTER: _anew(bytes(old), column.type)} for row, old in found])
        last, done = found[-1][0], done + len(found)
        report(place, done, total)


def _anew(old: bytes, type_: Any) -> bytes:
    keys = key_ring()
    return keys.seal(keys.unseal(old, type_.place), type_.place)


@transactional
def _write(column: Column[Any], key: Column[Any], sealed: list[dict[str, Any]]) -> None:
    """One short transaction. A value that somebody has changed meanwhile is under the present key already."""
    raw = type_coerce(column, LargeBinary())
    db.session.execute(
        update(column.table)
        .where(key == bindparam(ROW), raw == bindparam(BEFORE, type_=LargeBinary()))
        .values({column: bindparam(AFTER, type_=LargeBinary())}),
        sealed,
    )
