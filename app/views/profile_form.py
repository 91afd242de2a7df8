"""The profile's form: built from the declaration of fields, filled from and read into plain values."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField

from app.models import PROFILE_LISTS, Expert
from app.models.columns import all_fields
from app.services.profile_values import ROWS_AT_MOST, listed_rows
from app.views.fields import field_for

CHOICES = "/my/choices/{}"


def sections() -> list[tuple[str, list[str]]]:
    """Section titles and the names of their fields, in the order of the declaration."""
    found: dict[str, list[str]] = {}
    for name, field in all_fields(Expert).items():
        if not field.fixed:
            found.setdefault(field.section, []).append(name)
    return [*found.items()]


def lacking(missing: Collection[str]) -> dict[str, int | None]:
    """Section titles with how many of their required fields are ``missing``, by label; ``None``: all may stay empty."""
    fields = all_fields(Expert)
    found: dict[str, int | None] = {}
    for title, names in sections():
        required = [fields[name].label for name in names if fields[name].required]
        found[title] = sum(label in missing for label in required) if required else None
    return found


def wide_names() -> set[str]:
    """The fields that take a whole row."""
    return {name for name, field in all_fields(Expert).items() if field.wide}


@cache
def profile_form() -> type[FlaskForm]:
    """The form class. Required fields are checked by the service, so that a draft may lack them (R8)."""
    fields: dict[str, Any] = {"version": HiddenField()}
    for _, names in sections():
        for name in names:
            fields[name] = field_for(Expert, name, CHOICES.format, required=False)
    for name, model in PROFILE_LISTS.items():
        row = type(
            f"{model.__name__}Form",
            (Form,),
            {key: field_for(model, key, CHOICES.format, required=False) for key in all_fields(model)},
        )
        fields[name] = FieldList(FormField(row), label=model.__label__, max_entries=ROWS_AT_MOST)
    return type("ProfileForm", (FlaskForm,), fields)


def filled(expert: Expert) -> FlaskForm:
    """The form as the profile stands."""
    form = profile_form()(formdata=None, obj=expert, **listed_rows(expert.id))
    return mark_required(form)


def mark_required(form: FlaskForm) -> FlaskForm:
    """Puts the ``*`` on the declared fields; the check itself is the service's."""
    for name, field in all_fields(Expert).items():
        if field.required and name in form:
            form[name].flags.required = True
    for name, model in PROFILE_LISTS.items():
        for entry in form[name].entries:
            for key, field in all_fields(model).items():
                entry.form[key].flags.required = field.required
    return form


def values_of(form: FlaskForm) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """What the service takes: values by field name, rows by list."""
    values = {name: form[name].data for _, names in sections() for name in names}
    values["region"] = form["region"].data.code if form["region"].data else None
    values["specialities"] = [row.id for row in form["specialities"].data or []]
    lists = {name: [dict(entry.form.data) for entry in form[name].entries] for name in PROFILE_LISTS}
    return values, lists
