"""The filters of a list: derived from the declaration of fields, rendered by the server, kept in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, Select, String, Text, func, inspect, literal_column
from werkzeug.datastructures import MultiDict

from app.domain.errors import Invalid
from app.domain.person_name import written_out
from app.domain.statistics import UNKNOWN
from app.domain.validity import midnight
from app.domain.values import day_problem
from app.extensions import db
from app.models import grams
from app.models.columns import Field, all_fields
from app.models.types import Choice, UtcDateTime
from app.policies.sight import Sight
from app.services import taxonomy

VALUE_LENGTH = 100

Clause = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class ListFilter:
    """One control above a list. ``clause`` turns a checked value into SQL.

    What leads to the rows quickly: ``column``, where an index begins with it; ``keys``, which selects by an index the
    primary keys of the rows that may pass, and of no other where ``exact``; ``narrow``, which reads it off the index of
    the scope, where that can be. ``through`` selects the keys of the rows to which another table's rows belong that
    pass ``clause``. From a day and through a day of the same ``column`` or ``through`` are asked together, and so are
    others of the same ``through`` that are ``joint``: of one row there, not of two.

    ``kind`` is text, select, date or ajax; ``choices`` are (value, label) of a select; ``target`` is the model whose
    rows an ajax control offers, by id or, for regions, by code.
    """

    name: str
    label: str
    kind: str
    clause: Clause
    choices: tuple[tuple[str, str], ...] = ()
    target: type[Any] | None = None
    column: Any = None
    keys: Callable[[Any], Select[Any] | None] | None = None
    exact: Callable[[Any], bool] = lambda _value: False
    narrow: Callable[[Sight, Any], Sight | None] | None = None
    through: Callable[..., Select[Any]] | None = None
    joint: bool = False

    def parse(self, text: str) -> Any:
        """The value as Python has it. Raises ``Invalid`` naming the filter."""
        if len(text) > VALUE_LENGTH:
            raise Invalid(f"筛选条件“{self.label}”过长。")
        if "\x00" in text:
            raise Invalid(f"筛选条件“{self.label}”含有无效字符。")
        if self.kind == "text":
            return written_out(text)
        if self.kind == "select" and text not in {value for value, _ in self.choices}:
            raise Invalid(f"筛选条件“{self.label}”的取值不存在。")
        if self.kind == "date":
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise Invalid(f"筛选条件“{self.label}”不是有效日期。") from None
            if problem := day_problem(day):
                raise Invalid(f"筛选条件“{self.label}”的{problem}")
            return day
        if self.kind == "ajax":
            assert self.target is not None
            row = db.session.get(self.target, text) if text.isascii() and text.isdigit() and len(text) < 10 else None
            if row is None:
                raise Invalid(f"筛选条件“{self.label}”的取值不存在。")
            return row
        return text

    def words(self, text: str, value: Any) -> str:
        """The value for a reader."""
        return dict(self.choices).get(text) or (str(value) if self.kind == "ajax" else text)


def declared_filters(model: type[Any], own: Sequence[ListFilter] = ()) -> list[ListFilter]:
    """One filter for each searchable field, two, from and to, for a date; then a view's own.

    A filter of a view's own takes the place of the declared one of its name.
    """
    special = {item.name: item for item in own}
    found: list[ListFilter] = []
    for name, field in all_fields(model).items():
        if name in special:
            found.append(special.pop(name))
        elif field.searchable and not field.mask:
            found += _filters_for(model, name, field)
    return [*found, *special.values()]


def _filters_for(model: type[Any], name: str, field: Field) -> list[ListFilter]:
    attribute = getattr(model, name)
    if name in inspect(model).relationships:
        return _relation_filters(model, name, field)
    kind = attribute.type
    if isinstance(kind, Choice):
        members = tuple((m.value, m.label) for m in kind.members)  # type: ignore[attr-defined]
        return [ListFilter(name, field.label, "select", attribute.__eq__, members, column=attribute)]
    if field.choices:
        return [choice_filter(name, field, attribute)]
    if isinstance(kind, Boolean):
        yes_no = (("1", "是"), ("0", "否"))
        return [ListFilter(name, field.label, "select", lambda value: attribute.is_(value == "1"), yes_no)]
    if isinstance(kind, (Date, UtcDateTime)):
        return date_filters(name, field.label, attribute)
    if isinstance(kind, (String, Text)):
        return [text_filter(name, field.label, attribute)]
    raise TypeError(f"no filter for {model.__name__}.{name}")


def choice_filter(name: str, field: Field, attribute: Any) -> ListFilter:
    """One of a closed list, kept as text; or none of it, where it may be left open."""
    # As the order has it, so that one index serves both.
    column = func.coalesce(attribute, literal_column("''")) if attribute.nullable else attribute
    members = (*field.choices, UNKNOWN) if attribute.nullable else field.choices
    return ListFilter(
        name,
        field.label,
        "select",
        lambda value: column == ("" if value == UNKNOWN else value),
        tuple((choice, choice) for choice in members),
        column=column,
    )


def text_filter(name: str, label: str, attribute: Any) -> ListFilter:
    """Any part of a text, ASCII letters in either case."""

    def dialect() -> str:
        return db.session.get_bind().dialect.name

    return ListFilter(
        name,
        label,
        "text",
        lambda part: grams.holds(attribute, part, dialect()),
        keys=lambda part: grams.holders(attribute, part, dialect()),
        exact=lambda part: len(part) <= grams.PAIR,
    )


def start_filter(name: str, label: str, attribute: Any) -> ListFilter:
    """The first characters of a number, letters in either case."""

    def starts(part: str) -> ColumnElement[bool]:
        return grams.starts(attribute, part.upper(), db.session.get_bind().dialect.name)

    return ListFilter(name, label, "text", starts, column=attribute)


def date_filters(name: str, label: str, attribute: Any) -> list[ListFilter]:
    """From a day and through a day, both included."""

    def since(day: date) -> ColumnElement[bool]:
        return attribute >= (midnight(day) if instants else day)

    def through(day: date) -> ColumnElement[bool]:
        return attribute < midnight(day) + timedelta(days=1) if instants else attribute <= day

    instants = isinstance(attribute.type, UtcDateTime)
    return [
        ListFilter(f"{name}_from", f"{label}自", "date", since, column=attribute),
        ListFilter(f"{name}_to", f"{label}至", "date", through, column=attribute),
    ]


def _relation_filters(model: type[Any], name: str, field: Field) -> list[ListFilter]:
    relation = inspect(model).relationships[name]
    if relation.uselist:
        raise TypeError(f"declare a filter of its own for the list {model.__name__}.{name}")
    (local,) = relation.local_columns
    target = relation.mapper.class_
    key = next(iter(relation.remote_side)).name
    return [ListFilter(name, field.label, "ajax", lambda row: local == getattr(row, key), target=target, column=local)]


@dataclass(frozen=True)
class Control:
    """A filter as the template draws it; ``choices`` of an ajax one hold what is chosen."""

    name: str
    label: str
    kind: str
    value: str
    choices: tuple[tuple[str, str], ...]
    url: str


@dataclass(frozen=True)
class Filtering:
    """What a request asks of a list's filters."""

    chosen: list[tuple[ListFilter, Any]]
    controls: list[Control]
    active: list[tuple[str, str, str]]

    @property
    def clauses(self) -> list[ColumnElement[bool]]:
        """What passes."""
        return [item.clause(value) for item, value in self.chosen]

    def together(self) -> list[tuple[ListFilter, list[ColumnElement[bool]], Any]]:
        """Each filter with its value and its clause; what is asked together as one."""
        found: dict[Any, tuple[ListFilter, list[ColumnElement[bool]], Any]] = {}
        for item, value in self.chosen:
            about = (item.column, item.through) if item.kind == "date" or item.joint else item.name
            found.setdefault(about, (item, [], value))[1].append(item.clause(value))
        return list(found.values())


def read_filters(
    filters: Sequence[ListFilter],
    args: MultiDict[str, str],
    choices_url: Callable[[str], str],
    without_url: Callable[[str], str],
    defaults: Mapping[str, str],
) -> Filtering:
    """The filters that are set. Raises ``Invalid`` for a value that is none."""
    chosen, controls, active = [], [], []
    for item in filters:
        text = (args[item.name] if item.name in args else defaults.get(item.name, "")).strip()
        value = item.parse(text) if text else None
        words = item.words(text, value) if text else ""
        if text:
            chosen.append((item, value))
            active.append((item.label, words, without_url(item.name)))
        url = choices_url(item.name) if item.kind == "ajax" else ""
        choices = ((text, words),) if item.kind == "ajax" and text else item.choices
        controls.append(Control(item.name, item.label, item.kind, text, choices, url))
    return Filtering(chosen, controls, active)


def choices_for(item: ListFilter, typed: str) -> list[dict[str, str]]:
    """Up to 20 rows of the filter's target whose name holds what was typed."""
    model = item.target
    assert model is not None
    return rows_named(model, typed)


def rows_named(model: type[Any], typed: str, *clauses: ColumnElement[bool]) -> list[dict[str, str]]:
    """Up to 20 rows of ``model`` whose name (a region's full name) holds ``typed``, for an AJAX control."""
    name = getattr(model, "full_name", None) or model.name
    key = inspect(model).primary_key[0]
    found = (
        db.session.query(model)
        .filter(name.contains(typed[:VALUE_LENGTH].replace("\x00", ""), autoescape=True), *clauses)
        .order_by(func.length(name), key)
        .limit(20)
    )
    return [{"id": str(inspect(row).identity[0]), "text": str(row)} for row in found]


def specialities_named(typed: str) -> list[dict[str, str]]:
    """The specialities in use whose way through the taxonomy holds the words typed, for an AJAX control."""
    return [{"id": str(row.id), "text": row.path} for row in taxonomy.specialities(typed)]
