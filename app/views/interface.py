"""The data of a list: scope, filters, order and page in SQL, in few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Row,
    Select,
    String,
    TypeDecorator,
    and_,
    func,
    inspect,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import aliased

from app.domain.errors import NotFound
from app.domain.states import Labelled
from app.extensions import db
from app.policies.actor import Actor
from app.policies.roles import Permission
from app.policies.scope import sight
from app.policies.sight import Sight
from app.services import listing, reach, rows
from app.services.listing import Condition, Order, Page, Place
from app.views import current
from app.views.filters import NO_DAY, Filtering

Scope = Callable[[Actor], ColumnElement[bool]]

LEAST = {Boolean: "false", String: "''", Date: NO_DAY, DateTime: "'0001-01-01 00:00:00.000000'", Integer: "-1"}
"""What stands for nothing in an order: before all texts, after all days (长期), before all moments."""


class ScopedInterface(SQLAInterface):
    """FAB loads rows by id for actions without a view's filters; here every way to a row passes the scope (R1).

    FAB makes interfaces of related models by this class too, with the model alone: they carry no scope and
    serve for reference data only. ``options`` are loader options, so that a list makes no N+1. ``reach`` are the
    column that names a row's expert and the permission to read such rows: the index of ``scope``.
    """

    def __init__(
        self,
        obj: type[Any],
        session: Any = None,
        *,
        scope: Scope | None = None,
        reach: tuple[Any, Permission] | None = None,
        options: Sequence[Any] = (),
    ) -> None:
        super().__init__(obj, session)
        self.scope = scope
        self.reach = reach
        self.options = tuple(options)

    def clause(self) -> ColumnElement[bool]:
        """What the present user sees of this model."""
        return true() if self.scope is None else self.scope(current.actor())

    def _sight(self) -> Sight | None:
        return None if self.reach is None else sight(current.actor(), self.reach[1])

    def _scope(self, seen: Sight | None) -> list[Condition]:
        if self.scope is None:
            return []
        if self.reach is None or seen is None:
            return [Condition(self.clause())]
        return [reach.within(seen, self.get_pk(), self.reach[0])]

    def get(self, pk: Any, filters: Any = None, select_columns: Any = None) -> Any:
        """The row in scope, or ``None``: out of scope and not there answer alike."""
        if self.get_pk_name() != "id":
            # A region's code; anything else, a NUL among it, never reaches the database.
            if not str(pk).isalnum():
                return None
            return db.session.scalars(select(self.obj).where(self.get_pk() == pk, self.clause())).one_or_none()
        try:
            return rows.one(self.obj, pk, self.clause(), *self.options)
        except NotFound:
            return None

    def get_values(self, lst: Sequence[Any], list_columns: list[str]) -> Iterator[dict[str, Any]]:
        """The columns of each row, be it an object or columns alone; people read the label of an enum."""
        if lst and isinstance(lst[0], Row):
            for row in lst:
                values = row._mapping
                yield {name: _label(values[name]) for name in list_columns}
        else:
            yield from super().get_values(lst, list_columns)

    @staticmethod
    def _get_attr_value(item: Any, col: str) -> Any:
        """FAB's own turns an enum into its stored value; people read its label."""
        value = getattr(item, col, None)
        return value.label if isinstance(value, Labelled) else SQLAInterface._get_attr_value(item, col)

    def order(self, names: Iterable[str], descending: bool, keys: Mapping[str, Sequence[Any]], led: str = "") -> Order:
        """By these columns, or as ``keys`` says of one; ``led`` is the column of which the list has one value."""
        found = [key for name in names for key in keys.get(name, (sort_key(self.obj, name),))]
        return Order(tuple(found), descending, has_index(self.obj.__table__, found[0], led))

    def page(self, conditions: Sequence[Condition], order: Order, place: Place, columns: Sequence[str]) -> Page:
        """The rows of ``place`` that pass: their ``columns``, where each is one, or the rows themselves."""
        read = reader(self.obj, tuple(columns))
        found = listing.page(self.obj, read or self._entities, conditions, order, place)
        return found if read else replace(found, rows=[row[0] for row in found.rows])

    def conditions(self, filtering: Filtering) -> list[Condition]:
        """What filters and scope ask, each with the index that leads to it; the scope last, for it is the widest."""
        found, seen = [], self._sight()
        for item, clauses, value in filtering.together():
            narrower = item.narrow(seen, value) if item.narrow is not None and seen is not None else None
            if narrower is not None:
                seen = narrower
            elif item.through is not None:
                keys = item.through(*clauses)
                found.append(Condition(keys.where(keys.selected_columns[0] == self.get_pk()).exists(), keys))
            elif item.column is not None:
                found.append(self.indexed(and_(*clauses), item.column))
            else:
                found.append(
                    Condition(and_(*clauses), item.keys(value) if item.keys else None, exact=item.exact(value))
                )
        return [*found, *self._scope(seen)]

    def indexed(self, clause: ColumnElement[bool], column: Any) -> Condition:
        """A condition on a column, with its keys where an index begins with the column."""
        keys = select(self.get_pk()).where(clause) if has_index(self.obj.__table__, column) else None
        return Condition(clause, keys, exact=True)

    def _entities(self, ids: Any) -> Select[Any]:
        return select(self.obj).join(ids, self.get_pk() == ids.c.id).options(*self.options)


@cache
def reader(model: type[Any], names: tuple[str, ...]) -> listing.Rows | None:
    """Reads these columns, and the names of what rows are linked to; ``None`` where one of them is neither."""
    mapper = inspect(model)
    key = mapper.primary_key[0]
    chosen, joins = [key.label(key.name)], []
    for name in names:
        if name in mapper.columns:
            if name != key.name:
                chosen.append(getattr(model, name).label(name))
        elif name in mapper.relationships and hasattr(mapper.relationships[name].mapper.class_, "__shown__"):
            target = aliased(mapper.relationships[name].mapper.class_)
            joins.append(getattr(model, name).of_type(target))
            chosen.append(getattr(target, target.__shown__).label(name))
        else:
            return None

    def read(ids: Any) -> Select[Any]:
        found = select(*chosen).select_from(model).join(ids, key == ids.c.id)
        for way in joins:
            found = found.outerjoin(way)
        return found

    return read


@cache
def sort_key(model: type[Any], name: str) -> Any:
    """What a column is sorted by: never NULL, of which the databases think differently."""
    column = getattr(model, name)
    if not inspect(model).columns[name].nullable:
        return column
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    least = next(text for known, text in LEAST.items() if isinstance(kind, known))
    return func.coalesce(column, literal_column(least), type_=column.type)


@cache
def has_index(table: Any, key: Any, led: str = "") -> bool:
    """Whether an index of ``table`` begins with ``key``, or with the column ``led`` and then with it."""
    wanted = _plain(key, table.name)
    for index in [table.primary_key, *table.indexes]:
        texts = [_plain(one, table.name) for one in getattr(index, "expressions", index.columns)]
        if texts[0] == wanted or texts[:2] == [led, wanted]:
            return True
    return any(column.unique and _plain(column, table.name) == wanted for column in table.columns)


def _plain(expression: Any, table: str) -> str:
    return str(expression).lower().replace(f"{table}.", "")


def _label(value: Any) -> Any:
    return value.label if isinstance(value, Labelled) else value
