"""A page of a list out of a million rows: which index leads to it, how many rows pass, when that is too much to ask.

Every condition is an exact clause, and most bring ``keys`` too: an indexed set of the rows that may pass. How large the
sets are is asked first, each up to ``MOST``. A small one is gathered and sorted; otherwise the order's own index is
walked until the page is full. What would walk too far is refused with a hint, so that every page has a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, Select, and_, false, func, inspect, literal, or_, select, true
from sqlalchemy.exc import OperationalError

from app.database import Trouble, trouble
from app.extensions import db
from app.services.rows import COUNT_CAP, capped

MOST = COUNT_CAP
"""Rows that are counted or gathered at most; beyond, a list says ``10000+``."""
COUNTED = 1_000
"""Rows that are counted at most where each has to be looked at."""
STEPS = 20_000
"""Rows that are looked at to fill a page, at most, and to count."""
DEEPEST = 100_000
"""Rows that are skipped at most to come to a page by its number."""
GUESS = 0.3
"""The part of all rows that a condition lets pass, where that is not known to be small."""
INSTRUCTIONS = 80
"""Of SQLite's machine that a row takes which is looked at."""
GATHERING = 3
"""How much more a gathered row costs than one that is walked past: it is read whole, and sorted."""

TOO_WIDE = "符合条件的记录太分散，一时找不齐。请再加一个筛选条件（如所在地区、姓名），或把条件写得更具体。"
TOO_DEEP = "要翻的页太靠后。请加筛选条件缩小范围，或改按相反的顺序排列。"
UNSORTED = "记录较多，暂不能按这一列排序。请先加筛选条件缩小范围，或换一列排序。"


@dataclass(frozen=True)
class Condition:
    """``clause`` says which rows pass. ``keys`` selects by an index the primary keys of those that may.

    ``exact``: all of them pass. ``ascending``: the index gives each key once, in ascending order. ``measure`` counts
    for ``keys`` where that is quicker. ``leads``: the order's index is within this one, a column of one value.
    """

    clause: ColumnElement[bool]
    keys: Select[Any] | None = None
    measure: Select[Any] | None = None
    exact: bool = False
    ascending: bool = False
    leads: bool = False


@dataclass(frozen=True)
class Order:
    """``keys`` are never NULL, and the last is the primary key. ``indexed``: an index of the table begins with them."""

    keys: tuple[Any, ...]
    descending: bool = False
    indexed: bool = True

    @property
    def named(self) -> list[Any]:
        """The keys but the last as columns of a subquery: named twice, one hides from PostgreSQL that it is sorted."""
        return [key.label(f"by_{n}") for n, key in enumerate(self.keys[:-1])]


@dataclass(frozen=True)
class Place:
    """Which page: by ``number`` from 0; more quickly after or before the row with a key; or the last one."""

    number: int = 0
    size: int = 25
    after: int | None = None
    before: int | None = None
    last: bool = False


@dataclass(frozen=True)
class Page:
    """``rows`` in order; ``count`` is how many pass, at least so many where ``is_more``; ``hint`` why none is shown."""

    rows: Sequence[Any]
    count: int
    is_more: bool = False
    has_next: bool = False
    has_previous: bool = False
    hint: str = ""


Rows = Callable[[Any], Select[Any]]
"""From the subquery of a page's keys (its only column is ``id``) to what is read of each row, whole or in part."""


def page(model: type[Any], rows: Rows, conditions: Sequence[Condition], order: Order, place: Place) -> Page:
    """The rows of a page, in two statements; in three or four for a page beyond the last, and where a walk is long."""
    found = _Search(model, rows, conditions, order, place).page()
    if found.rows or found.hint or not (place.number or place.after or place.before):
        return found
    first = page(model, rows, conditions, order, Place(size=place.size))
    return replace(first, rows=[], has_next=False, has_previous=bool(first.rows))


class _Search:
    def __init__(self, model: type[Any], rows: Rows, conditions: Sequence[Condition], order: Order, place: Place):
        self._model, self._key = model, inspect(model).primary_key[0]
        self._rows, self._conditions, self._order, self._place = rows, conditions, order, place
        self._backwards = place.before is not None or (place.last and place.after is None)
        self._measure()

    def _measure(self) -> None:
        """How many rows there are, how many keys each condition has at most, and the row that the page follows."""
        is_numbered = isinstance(self._key.type, Integer) and self._conditions
        asked: list[Any] = [func.max(self._key) if is_numbered else func.count()]
        kept = [n for n, one in enumerate(self._conditions) if one.keys is not None]
        for n in kept:
            measure = self._conditions[n].measure
            asked.append(capped(self._keys_of(n) if measure is None else measure, MOST))
        at = self._place.after if self._place.before is None else self._place.before
        if at is not None:
            # Of a row that does not pass, out of scope or not there, not even its place is told.
            anchor = select(*self._order.keys).where(self._key == at, *(one.clause for one in self._conditions))
            asked += [anchor.with_only_columns(key).scalar_subquery() for key in self._order.keys]
        rows = self._model if is_numbered else select(self._key).limit(MOST + 1).subquery()
        total, *found = db.session.execute(select(*asked).select_from(rows)).one()
        self._total = total or 0
        self._sizes: dict[int, int] = dict(zip(kept, found, strict=False))
        # A row that was taken away meanwhile leads nowhere: the page's number still says about where it was.
        anchor = found[len(kept) :]
        self._anchor = anchor if None not in anchor else []

    def page(self) -> Page:
        if 0 in self._sizes.values():
            return Page([], 0)
        few = self._narrowest if self._sizes.get(self._narrowest, MOST + 1) <= MOST else None
        # Gathered, they are counted too; a walk counts by the way, or from the beginning once more.
        if few is not None and (self._known is None or self._sizes[few] * GATHERING <= self._walk_length):
            return self._gathered(few)
        if not (self._order.indexed or self._along is not None or self._total <= MOST):
            return Page([], 0, hint=UNSORTED) if few is None else self._gathered(few)
        if self._place.number * self._place.size > DEEPEST and not self._anchor:
            return Page([], 0, hint=TOO_DEEP)
        return self._walked()

    @cached_property
    def _narrowest(self) -> int:
        """The condition with the fewest keys; -1 where none has any."""
        return min(self._sizes, key=self._sizes.__getitem__, default=-1)

    @cached_property
    def _along(self) -> int | None:
        """The condition whose keys come in the order of the list, the narrowest of them."""
        able = [n for n in self._sizes if self._conditions[n].ascending and len(self._order.keys) == 1]
        return min(able, key=self._sizes.__getitem__, default=None)

    @cached_property
    def _walk_length(self) -> float:
        """How many rows a walk passes, as far as one can tell."""
        passing = 1.0
        for n in range(len(self._conditions)):
            size = self._sizes.get(n, MOST + 1)
            if n != self._along:
                passing *= size / max(self._total, size) if size <= MOST else GUESS
        return (self._offset + self._place.size) / passing

    @property
    def _offset(self) -> int:
        return 0 if self._backwards or self._anchor else self._place.number * self._place.size

    def _others(self, but: int | None) -> list[ColumnElement[bool]]:
        """What to ask of rows that a condition's keys led to: as truth values, of which no index knows."""
        return [one.clause.is_(true()) for n, one in enumerate(self._conditions) if n != but or not one.exact]

    def _gathered(self, few: int) -> Page:
        """All keys of a condition that has few, sorted; every row brings the count along."""
        keys = self._keys_of(few)
        within = (keys if self._conditions[few].ascending else keys.distinct()).cte("few").prefix_with("MATERIALIZED")
        found = select(self._key.label("id"), func.count().over().label("total"), *self._order.named)
        found = found.join_from(within, self._model, self._key == within.c[0]).where(*self._others(few))
        passing = found.subquery()
        sorted_by = [*(passing.c[column.key] for column in self._order.named), passing.c.id]
        page = self._cut(select(passing.c.id, passing.c.total), sorted_by)
        ids = page.subquery()
        return self._page(self._read(ids, ids.c.total), lambda total: (total, False))

    def _walked(self) -> Page:
        """Along an index in the order of the list, past the rows that do not pass, until the page is full."""
        along, others = self._along, self._others(self._along)
        if along is None:
            leading = [one.clause for one in self._conditions if one.leads]
            steps = select(self._key.label("id"), *self._order.named).where(*leading)
            sorted_by = list(self._order.keys)
        else:
            steps = self._keys_of(along)
            sorted_by = [steps.selected_columns[0]]
        if not others:
            found = self._cut(steps.with_only_columns(steps.selected_columns[0].label("id")), sorted_by)
            return self._page(self._read(found.subquery(), self._counting), self._count)
        # PostgreSQL goes along a subquery and ends with it. SQLite would make it whole first: it counts its own steps.
        is_cut = db.session.get_bind().dialect.name == "postgresql"
        if is_cut or along is not None:
            passed = (self._cut(steps, sorted_by, STEPS) if is_cut else self._from_here(steps, sorted_by)).subquery()
            (key, *rest) = passed.c
            found = select(self._key.label("id")).join_from(passed, self._model, self._key == key).where(*others)
            found = found.order_by(*self._directed([*rest, key]))
        else:
            found = self._from_here(steps.with_only_columns(self._key.label("id")).where(*others), sorted_by)
            found = found.order_by(*self._directed(sorted_by))
        page = found.limit(self._place.size + 1).offset(self._offset).subquery()
        try:
            rows = self._read(page, self._counting, instructions=2 * STEPS * INSTRUCTIONS)
        except OperationalError as error:
            if trouble(error) is not Trouble.TOO_LONG:
                raise
            return Page([], 0, hint=TOO_WIDE)
        if (
            is_cut
            and len(rows) <= self._place.size
            and self._total > STEPS
            and db.session.execute(steps.offset(STEPS).limit(1)).first()
        ):
            return Page([], 0, hint=TOO_WIDE)
        return self._page(rows, self._count)

    def _keys_of(self, n: int) -> Select[Any]:
        return cast("Select[Any]", self._conditions[n].keys)

    def _directed(self, columns: Sequence[Any]) -> list[Any]:
        return [c.desc() if self._order.descending is not self._backwards else c.asc() for c in columns]

    def _from_here(self, found: Select[Any], columns: Sequence[Any]) -> Select[Any]:
        """What follows the row that the page follows."""
        if not self._anchor:
            return found
        return found.where(_beyond(columns, self._anchor, self._order.descending is not self._backwards))

    def _cut(self, found: Select[Any], columns: Sequence[Any], steps: int = 0) -> Select[Any]:
        """From where the page begins on: its rows and one more, or so many ``steps``."""
        found = self._from_here(found, columns).order_by(*self._directed(columns))
        return found.limit(steps) if steps else found.limit(self._place.size + 1).offset(self._offset)

    def _read(self, ids: Any, counting: Any, instructions: int = 0) -> list[Any]:
        order = self._directed(self._order.keys)
        statement = self._rows(ids).add_columns(counting).order_by(*order)
        return list(db.session.execute(statement, execution_options={"instructions": instructions}).unique())

    @cached_property
    def _known(self) -> int | None:
        """The count, where measuring has told it already."""
        if not self._conditions:
            return self._total
        return self._sizes.get(0) if len(self._conditions) == 1 and self._conditions[0].exact else None

    @property
    def _counting(self) -> Any:
        if self._known is not None:
            return literal(self._known)
        # Keys that are reached through others' are no way to begin: they would be gathered, all of them.
        able = {n: size for n, size in self._sizes.items() if self._conditions[n].measure is None}
        few = min(able, key=lambda n: able[n], default=None)
        rows = select(self._key.label("id")) if few is None else self._keys_of(few)
        passed = rows.limit(STEPS).subquery()
        if few is not None and not self._conditions[few].ascending:
            passed = select(passed).distinct().subquery()
        found = select(self._key).join_from(passed, self._model, self._key == passed.c[0]).where(*self._others(few))
        return capped(found, COUNTED)

    def _count(self, found: int) -> tuple[int, bool]:
        """What a count means: all, or at least so many."""
        if self._known is not None:
            return min(found, MOST), found > MOST
        is_whole = self._sizes.get(self._narrowest, self._total) <= MOST
        return min(found, COUNTED), found > COUNTED or not is_whole

    def _page(self, found: list[Any], count: Callable[[int], tuple[int, bool]]) -> Page:
        place = self._place
        total, is_more = count(found[0][-1]) if found else (0, False)
        rows, has_further = found[: place.size], len(found) > place.size
        if not self._backwards:
            return Page(rows, max(total, len(rows)), is_more, has_further, bool(place.number or self._anchor))
        if place.last and not self._anchor and not is_more:
            # What the pages before it leave.
            rows = rows[: total % place.size or place.size]
            has_further = total > len(rows)
        return Page(rows[::-1], max(total, len(rows)), is_more, bool(self._anchor), has_further)


def _beyond(columns: Sequence[Any], values: Sequence[Any], descending: bool) -> ColumnElement[bool]:
    """The rows that follow the one with these values."""
    further: ColumnElement[bool] = false()
    for column, value in reversed(list(zip(columns, values, strict=True))):
        further = or_(column < value if descending else column > value, and_(column == value, further))
    # The first column by itself, so that the database finds the place in the index.
    return and_(columns[0] <= values[0] if descending else columns[0] >= values[0], further)
