"""Rows of several tables in one statement: what a page shows of one thing is one round trip, in however many tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Select,
    String,
    TypeDecorator,
    cast,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import attributes, make_transient_to_detached

from app.extensions import db

_KINDS: tuple[type[Any], ...] = (Boolean, Integer, DateTime, Date, LargeBinary, String)
"""What a column is to the database, whatever the product makes of it."""

Decode = Callable[[Any, Any], Any]


class _Placed(NamedTuple):
    """A column of a model and where in the common row it stands."""

    column: Column[Any]
    kind: type[Any]
    place: int
    decode: Decode | None


class Gathering:
    """Several models, each with the clause that says which of its rows.

    A clause asks what it needs of other tables by a subquery. A gathering is made once, since putting the statement
    together takes longer than running it; what differs from reading to reading is a bound parameter.
    """

    def __init__(self, sources: Mapping[type[Any], ColumnElement[bool]]) -> None:
        kinds: list[type[Any]] = []
        self._sources = [(model, _places(model, kinds)) for model in sources]
        self._statement = union_all(
            *(
                _branch(number, placed, kinds).where(sources[model])
                for number, (model, placed) in enumerate(self._sources)
            )
        )

    def read(self, **asked: Any) -> dict[type[Any], list[Any]]:
        """The rows of each model, in no order, in one statement.

        As objects of no session: nothing is written by them, and to ask for what was not gathered raises.
        """
        dialect = db.session.get_bind().dialect
        found: dict[type[Any], list[Any]] = {model: [] for model, _ in self._sources}
        for number, *values in db.session.execute(self._statement, asked):
            model, placed = self._sources[number]
            row = model()
            held = attributes.instance_dict(row)
            for column, _, place, decode in placed:
                value = values[place]
                held[column.key] = value if decode is None else decode(value, dialect)
            make_transient_to_detached(row)
            found[model].append(row)
        return found


def _places(model: type[Any], kinds: list[type[Any]]) -> list[_Placed]:
    """Each column's place among ``kinds``, which grows where it lacks one: a UNION wants the same type in a place."""
    free = dict(enumerate(kinds))
    placed = []
    for column in model.__table__.columns:
        type_ = column.type
        decorated = isinstance(type_, TypeDecorator)
        plain = type_.impl_instance if decorated else type_
        kind = next(kind for kind in _KINDS if isinstance(plain, kind))
        place = next((place for place, offered in free.items() if offered is kind), len(kinds))
        if place == len(kinds):
            kinds.append(kind)
        free.pop(place, None)
        placed.append(_Placed(column, kind, place, type_.process_result_value if decorated else None))
    return placed


def _branch(number: int, placed: list[_Placed], kinds: list[type[Any]]) -> Select[Any]:
    row: list[ColumnElement[Any]] = [cast(null(), kind) for kind in kinds]
    for column, kind, place, _ in placed:
        row[place] = type_coerce(column, kind)
    return select(literal_column(str(number), Integer), *row)
