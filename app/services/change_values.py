"""What a 变更申请 may touch, and its values: as people read them, and as JSON that waits to be written (R10).

Open are the name, all that the profile's form takes, each list as a whole, and the photo. An ID number with what is
derived from it stays with the account, a mobile has a way of its own; files of the profile belong to what was filed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Date, inspect

from app.domain.errors import Invalid
from app.extensions import db
from app.models import PROFILE_LISTS, ChangeItem, Expert
from app.models.columns import all_fields
from app.services import profile_values, profiles
from app.services.profile_values import Rows, is_blank
from app.services.texts import text_of

NAME, PHOTO = "name", "photo"


def open_labels() -> dict[str, str]:
    """The fields and lists that may be proposed, by name, in the order of the profile; the photo apart."""
    fields = {name: field.label for name, field in all_fields(Expert).items() if name == NAME or not field.fixed}
    return fields | {name: model.__label__ for name, model in PROFILE_LISTS.items()}


def texts(expert: Expert) -> dict[str, str]:
    """How each of them stands, for a reader; a list a line for a row."""
    found = {name: text_of(getattr(expert, name)) for name in open_labels() if name not in PROFILE_LISTS}
    for name, listed in profile_values.listed_rows(expert.id).items():
        keys = all_fields(PROFILE_LISTS[name])
        found[name] = "\n".join("，".join(filter(None, (text_of(getattr(row, k)) for k in keys))) for row in listed)
    return found


def differing(expert: Expert, values: Mapping[str, Any], lists: Rows) -> list[ChangeItem]:
    """An item for each field and list that would be another, in the caller's transaction.

    The values are written and taken back: what is proposed is held to what acceptance would do. Raises ``Invalid``
    naming the field.
    """
    labels = open_labels()
    if strangers := {*values, *lists} - set(labels):
        raise Invalid(f"不能申请变更：{'、'.join(sorted(strangers))}。")
    before = texts(expert)
    with db.session.begin_nested() as trial:
        profiles.change(expert, values, lists)
        after = texts(expert)
        trial.rollback()
    changed = [name for name in labels if before[name] != after[name]]
    required = {name for name, field in all_fields(Expert).items() if field.required}
    gap = next((name for name in changed if name in required and is_blank(after[name])), None)
    if gap is not None:
        raise Invalid(f"请填写{labels[gap]}。", field=gap)
    return [
        ChangeItem(
            field=name,
            label=labels[name],
            value=_packed(profile_values.filled(name, lists[name]) if name in lists else values[name]),
            old=before[name],
            new=after[name],
        )
        for name in changed
    ]


def unpacked(items: list[ChangeItem]) -> tuple[dict[str, Any], Rows]:
    """The values and lists of items, as ``profiles.change`` takes them; the photo apart."""
    values = {one.field: one.value for one in items if one.field not in PROFILE_LISTS and one.field != PHOTO}
    lists = {
        one.field: [_dated(PROFILE_LISTS[one.field], row) for row in one.value]
        for one in items
        if one.field in PROFILE_LISTS
    }
    return _dated(Expert, values), lists


def _packed(value: Any) -> Any:
    if isinstance(value, list):
        return [_packed(one) for one in value]
    if isinstance(value, dict):
        return {key: _packed(one) for key, one in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def _dated(model: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its days as days again."""
    columns = inspect(model).columns
    days = {name for name in row if name in columns and isinstance(columns[name].type, Date)}
    return {name: date.fromisoformat(value) if value and name in days else value for name, value in row.items()}
