"""Form fields for declared columns: they keep what was typed, and refuse in Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from flask_appbuilder.forms import DynamicForm
from sqlalchemy import Boolean, Date, Integer, Text, inspect
from wtforms import BooleanField, Form, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms import DateField as BaseDateField
from wtforms import Field as FormField
from wtforms.validators import InputRequired, Length, Optional, StopValidation
from wtforms.widgets import Select

from app.domain import values
from app.domain.values import NOT_LISTED, TEXT_LENGTH, UNPRINTABLE, unprintable
from app.extensions import db
from app.models.columns import Field, all_fields


def blank_to_none(value: Any) -> Any:
    """Blank text is nothing; spaces around text and carriage returns are no part of it."""
    return value.replace("\r\n", "\n").strip() or None if isinstance(value, str) else value


def whole_number(value: str | int | None) -> int | None:
    """A number that our own pages put into a hidden field or a box to tick; ``None`` for anything else."""
    text = "" if value is None else str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def plain_text(form: Form, field: FormField) -> None:
    """Refuses characters that no document can print: control, direction and surrogate ones."""
    if unprintable(field.data or ""):
        raise StopValidation(UNPRINTABLE)


class LinesField(TextAreaField):
    """A text of several lines. Browsers end each with a carriage return too, which is no part of it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keeps what was typed, its lines ended by line feeds alone."""
        super().process_formdata([value.replace("\r\n", "\n") for value in valuelist])


class DateField(BaseDateField):
    """A day, typed or picked. ``2026-11-24``; years that no profile or term has are refused.

    A browser that knows the last day takes the year's four digits and goes on to the next part.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flags.min, self.flags.max = values.EARLIEST.isoformat(), values.LATEST.isoformat()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Reads ISO dates."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            value = date.fromisoformat(text)
        except ValueError:
            raise ValueError(values.NO_DAY) from None
        if problem := values.day_problem(value):
            raise ValueError(problem)
        self.data = value


class NumberField(IntegerField):
    """A whole number within bounds that any database holds."""

    def __init__(self, *args: Any, low: int = values.LOWEST, high: int = values.HIGHEST, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.low, self.high = low, high

    def process_formdata(self, valuelist: list[str]) -> None:
        """Reads digits, and says the bounds otherwise."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
        if problem := values.number_problem(number, self.low, self.high):
            raise ValueError(problem)
        self.data = number


def choices_of(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """Values with what they are called, as WTForms takes them."""
    return [SelectChoice(value, label) for value, label in pairs]


class ChoiceField(SelectField):
    """A closed list with a blank first: an unknown value is an error, never a crash or a first choice."""

    def __init__(self, label: str, validators: Sequence[Any] = (), *, options: Sequence[str], **kwargs: Any) -> None:
        choices = choices_of([("", "请选择"), *((option, option) for option in options)])
        super().__init__(label, validators, choices=choices, coerce=blank_to_none, **kwargs)

    def pre_validate(self, form: Form) -> None:
        """Blank is allowed here; the required mark has its own word."""
        if self.data is not None and (problem := values.choice_problem(self.data, [one.value for one in self.choices])):
            raise StopValidation(problem)


class RelationField(FormField):
    """A row of another table, offered by AJAX: no table is ever loaded into a ``<select>``.

    ``data`` is the row. ``url`` answers ``?q=`` with ``[{id, text}]``.
    """

    widget = Select()

    def __init__(
        self, label: str, validators: Sequence[Any] = (), *, target: type[Any], url: str, **kwargs: Any
    ) -> None:
        kwargs["render_kw"] = {**kwargs.get("render_kw", {}), "data-choices-url": url}
        super().__init__(label, validators, **kwargs)
        self.target = target
        self.typed = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Reads the primary key; whatever is no key of a row is refused by name."""
        self.typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not self.typed:
            return
        if whole_number(self.typed) is not None:
            self.data = db.session.get(self.target, self.typed)
        if self.data is None:
            raise ValueError(NOT_LISTED)
        if getattr(self.data, "retired", False) and self.data is not self.object_data:
            raise ValueError(f"“{self.data}”已停用，请另选。")

    def has_groups(self) -> bool:
        """For the select widget: no groups."""
        return False

    def iter_choices(self) -> Any:
        """For the select widget: a blank, and the row that is chosen."""
        yield "", "请选择", self.data is None, {}
        if self.data is not None:
            yield str(inspect(self.data).identity[0]), str(self.data), True, {}


class RelationsField(RelationField):
    """Several rows of another table. ``data`` is a list of rows."""

    widget = Select(multiple=True)

    def process_data(self, value: Any) -> None:
        """Takes the rows that are chosen already."""
        self.data = list(value or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        """Reads primary keys; one that is no key is refused."""
        keys = {text for text in valuelist if text.isascii() and text.isdigit() and len(text) < 10}
        column = inspect(self.target).primary_key[0]
        self.data = (
            list(db.session.query(self.target).filter(column.in_(map(int, keys))).order_by(column)) if keys else []
        )
        if len(self.data) != len(set(filter(None, valuelist))):
            raise ValueError(NOT_LISTED)

    def iter_choices(self) -> Any:
        """For the select widget: the rows that are chosen."""
        for row in self.data or []:
            yield str(inspect(row).identity[0]), str(row), True, {}


def field_for(model: type[Any], name: str, choices_url: Callable[[str], str], *, required: bool | None = None) -> Any:
    """The unbound form field for a declared column or relationship."""
    declared = all_fields(model)[name]
    must = declared.required if required is None else required
    mark: list[Any] = [InputRequired(f"请填写{declared.label}。")] if must else [Optional()]
    common: dict[str, Any] = {"label": declared.label, "description": declared.help}
    relations = inspect(model).relationships
    if name in relations:
        target = relations[name].mapper.class_
        kind = RelationsField if relations[name].uselist else RelationField
        return kind(**common, validators=mark, target=target, url=choices_url(name))
    kind = getattr(model, name).type
    if declared.choices:
        return ChoiceField(**common, validators=mark, options=declared.choices)
    if isinstance(kind, Boolean):
        return BooleanField(**common)
    if isinstance(kind, Date):
        return DateField(**common, validators=mark)
    if isinstance(kind, Integer):
        return NumberField(**common, validators=mark, low=declared.low, high=declared.high)
    return text_field(declared, mark, common, isinstance(kind, Text))


def text_field(declared: Field, mark: list[Any], common: dict[str, Any], long: bool) -> Any:
    """A text field that knows its column's length."""
    most = declared.max_length or TEXT_LENGTH
    checks = [*mark, plain_text, Length(max=most, message=values.too_long(most))]
    kind = TextAreaField if long or most > 200 else StringField
    return kind(**common, validators=checks, filters=[blank_to_none], render_kw={"maxlength": most})


def form_for(
    model: type[Any], names: Sequence[str], choices_url: Callable[[str], str], base: type[Form] = DynamicForm
) -> type[Any]:
    """A form class with one field for each of ``names``, in that order."""
    fields = {name: field_for(model, name, choices_url) for name in names}
    return type(f"{model.__name__}Form", (base,), fields)
