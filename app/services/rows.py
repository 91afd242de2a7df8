"""Loading a row in scope: out of scope and not there answer alike (R1)."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, UniqueConstraint, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.errors import Invalid, NotFound
from app.extensions import db
from app.models.columns import all_fields

T = TypeVar("T")

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

COUNT_CAP = 10_000
"""A capped count goes no further: people then read 10000+."""

LARGEST_ID = 2**31 - 1
"""What an INTEGER holds: PostgreSQL refuses to be asked for more."""


NOT_THERE = "没有找到该记录，或者您无权查看。"


def one(model: type[T], row_id: Any, scope: ColumnElement[bool], *options: Any, anew: bool = False) -> T:
    """The row of ``model`` with this id among those that ``scope`` allows. Raises ``NotFound``.

    ``anew`` reads what the session has read before once more: what a statement computes is filled in so alone.
    """
    number = key_of(row_id)
    found: T | None = None
    if number:
        statement = select(model).where(model.id == number, scope).options(*options)  # type: ignore[attr-defined]
        statement = statement.execution_options(populate_existing=anew)
        found = db.session.scalars(statement).unique().one_or_none()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def key_of(row_id: Any) -> int:
    """A primary key from an address or a form; 0, which no row has, for whatever is none."""
    text = str(row_id)
    # Beyond some thousand digits Python refuses to read a number.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID)) else 0
    return number if number <= LARGEST_ID else 0


def count(statement: Select[Any]) -> int:
    """How many rows the statement has."""
    return int(db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0)


def capped(statement: Select[Any], most: int | None = None) -> ScalarSelect[int]:
    """How many rows the statement has, to be selected beside others; beyond ``most``, or ``COUNT_CAP``, one more."""
    limit = (COUNT_CAP if most is None else most) + 1
    return select(func.count()).select_from(statement.limit(limit).subquery()).scalar_subquery()


def upsert(model: type[Any]) -> Any:
    """An INSERT into the table of ``model`` that knows ON CONFLICT, in the words of the database at hand."""
    return _INSERTS[db.session.get_bind().dialect.name](model)


def refuse_duplicate(item: Any) -> None:
    """Raises ``Invalid`` naming the field where another row has what the table allows once.

    The table's own constraint is the guard; this gives its refusal words.
    """
    model, state = type(item), inspect(item)
    own_key = state.identity[0] if state.identity else None
    table = inspect(model).local_table
    constraints = [[*c.columns.keys()] for c in table.constraints if isinstance(c, UniqueConstraint)]
    constraints += [[column.key] for column in table.columns if column.unique]
    for names in constraints:
        values = {name: _value(item, name) for name in names}
        if any(value is None for value in values.values()):
            continue
        key = inspect(model).primary_key[0]
        same = select(key).where(*(getattr(model, name) == value for name, value in values.items()))
        if own_key is not None:
            same = same.where(key != own_key)
        if db.session.scalar(same.limit(1)) is not None:
            declared = all_fields(model)
            # A blind index stands for the field beside it.
            fields = [name.removesuffix("_index") for name in reversed(names)]
            field = next((name for name in fields if name in declared), None)
            label = declared[field].label if field else "该记录"
            raise Invalid(f"{label}“{values[field]}”已存在。" if field in values else f"{label}已存在。", field=field)


def _value(item: Any, name: str) -> Any:
    """A column's value, through its relationship where only that is set yet."""
    value = getattr(item, name)
    if value is None:
        for relation in inspect(type(item)).relationships:
            if not relation.uselist and name in {column.key for column in relation.local_columns}:
                target = getattr(item, relation.key)
                return inspect(target).identity[0] if target is not None else None
    return value
