"""Rows of an import on the screen: what is wrong with each, masked, and the small form in which it is put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from app.models import Expert, ImportRow
from app.models.columns import Field
from app.services import texts
from app.services.import_sheet import fields
from app.views.fields import RelationField, RelationsField, field_for

CHOICES = "/imports/choices/{}"
_SHOWN = 60


@dataclass(frozen=True)
class Line:
    """One row for a reader. ``faults`` are label, what stands in the cell, and what is wrong with it."""

    number: int
    name: str
    id_number: str
    faults: list[tuple[str, str, str]]
    differs: list[str]
    expert_id: int | None


def lines_of(found: Sequence[ImportRow]) -> list[Line]:
    """The rows of a page."""
    return [_line(row) for row in found]


def _line(row: ImportRow) -> Line:
    content = row.content or {"cells": {}}
    cells, declared = content["cells"], fields()
    faults = [
        # Of a number that is none, the mask leaves only stars.
        (declared[name].label, _shown(declared[name], cells.get(name, "")).strip("*"), fault)
        for name, fault in content.get("faults", {}).items()
        if name in declared
    ]
    return Line(
        row.number,
        _shown(declared["name"], cells.get("name", "")),
        _shown(declared["id_number"], cells.get("id_number", "")),
        faults,
        content.get("differs", []),
        row.expert_id,
    )


def _shown(declared: Field, text: str) -> str:
    """A cell as the page shows it: its middle hidden where the declaration says so, and not longer than a line."""
    whole = texts.masked(declared, text)
    return whole if len(whole) <= _SHOWN else f"{whole[:_SHOWN]}…"


@dataclass(frozen=True)
class Mending:
    """The form with the wrong cells of a row. Whoever sent the file sees what stands in it, to put it right."""

    row: ImportRow
    names: tuple[str, ...]
    form: Any

    @classmethod
    def of(cls, row: ImportRow, more: Mapping[str, str] | None = None) -> Mending:
        """As it was sent, or as the file has it; ``more`` are faults that came to light when it was sent."""
        content = row.content or {}
        declared = fields()
        sent = request.form if request.method == "POST" else ()
        # What the form came to ask for besides, when it was sent before, is sent with it again.
        asked = {*content["faults"], *(more or ()), *sent}
        names = tuple(name for name in declared if name in asked)
        cells = content["cells"]
        typed = {name: cells.get(name, "") for name in names if not _is_chosen(declared[name], name)}
        form: Any = _form(names)(data=typed)
        for name in names:
            cell = cells.get(name, "")
            if _is_chosen(declared[name], name) and cell:
                form[name].description = f"表格中填写的是“{_shown(declared[name], cell)}”。{form[name].description}"
            form[name].flags.required = declared[name].required
        faults = more if more is not None else {} if request.method == "POST" else content["faults"]
        for name in names:
            if name in faults:
                form[name].errors = [faults[name]]
        return cls(row, names, form)

    def with_faults(self, faults: Mapping[str, str]) -> Mending:
        """The same form with what is wrong with what was sent."""
        return Mending.of(self.row, faults)

    def texts(self) -> dict[str, str]:
        """What was sent, as cells."""
        return {name: _cell(self.form[name]) for name in self.names}

    @property
    def line(self) -> Line:
        """The row for a reader."""
        return _line(self.row)


def _is_chosen(declared: Field, name: str) -> bool:
    return bool(declared.choices) or name in ("region", "specialities")


def _cell(field: Any) -> str:
    if isinstance(field, RelationsField):
        return "；".join(row.path for row in field.data or ())
    if isinstance(field, RelationField):
        return field.data.full_name if field.data else ""
    return field.data or ""


@cache
def _form(names: tuple[str, ...]) -> type[FlaskForm]:
    return type("MendForm", (FlaskForm,), {name: _field(name, fields()[name]) for name in names})


def _field(name: str, declared: Field) -> Any:
    if _is_chosen(declared, name):
        return field_for(Expert, name, CHOICES.format, required=False)
    kind = TextAreaField if declared.wide else StringField
    return kind(declared.label, description=declared.help)
