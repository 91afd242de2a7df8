"""Writing values into a profile: each is held to the declaration of its field, whoever brings it.

Plain values: text, ``date``, ``int``; ``region`` a code, ``specialities`` ids; a list its rows, by column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Date, Integer, inspect, select

from app.domain import values
from app.domain.errors import Invalid
from app.domain.person_name import clean_name
from app.extensions import db
from app.models import PROFILE_LISTS, Expert, Region, Speciality
from app.models.columns import all_fields
from app.services import rows

ROWS_AT_MOST = 50
"""Rows of one list of the profile."""

Rows = dict[str, list[dict[str, Any]]]


def listed_rows(expert_id: int) -> dict[str, list[Any]]:
    """The rows of each list of the profile, by table name, in the expert's order."""
    return {
        name: list(
            db.session.scalars(select(model).where(model.expert_id == expert_id).order_by(model.position, model.id))
        )
        for name, model in PROFILE_LISTS.items()
    }


def is_blank(value: Any) -> bool:
    """Nothing, blanks, or an empty list; a zero is something."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def write(expert: Expert, given: Mapping[str, Any], lists: Rows) -> None:
    """Sets the fields and replaces the lists that are named, in the caller's transaction.

    A name is the login's too. Raises ``Invalid`` naming the field for what no form would take.
    """
    for name, value in given.items():
        _assign(expert, name, value)
    _replace_lists(expert.id, lists)


def kind_of(model: type[Any], name: str) -> Any:
    """The type of a declared column; ``None`` for a relation."""
    if model not in _kinds:
        # Asked for each value of each row of a workbook: what SQLAlchemy finds by inspection is looked up once.
        _kinds[model] = {key: column.type for key, column in inspect(model).columns.items()}
    return _kinds[model].get(name)


_kinds: dict[type[Any], dict[str, Any]] = {}


def problem(model: type[Any], name: str, value: Any) -> str | None:
    """What is wrong with a plain value for a declared column, as a form would say it; ``None`` where it will do."""
    declared = all_fields(model)[name]
    if is_blank(value):
        return None
    kind = kind_of(model, name)
    if isinstance(kind, Date):
        return values.day_problem(value)
    if isinstance(kind, Integer):
        return values.number_problem(value)
    if declared.choices:
        return values.choice_problem(value, declared.choices)
    return values.text_problem(value, declared.max_length or values.TEXT_LENGTH)


def _assign(expert: Expert, name: str, value: Any) -> None:
    if name == "region":
        region = db.session.get(Region, value) if value else None
        if value and (region is None or region.level == 0):
            raise Invalid("请选择所在的州市和县区。", field="region")
        expert.region = region
    elif name == "specialities":
        expert.specialities = _choosable(value, {speciality.id for speciality in expert.specialities})
    else:
        clean = value.strip() or None if isinstance(value, str) else value
        if name == "name":
            clean = clean_name(clean or "")
        if wrong := problem(Expert, name, clean):
            raise Invalid(f"{all_fields(Expert)[name].label}：{wrong}", field=name)
        setattr(expert, name, clean)
        if name == "name":
            expert.user.first_name = clean


def _choosable(ids: Iterable[int], kept: set[int]) -> list[Speciality]:
    """The specialities with these ids; a retired one may stay and cannot be chosen anew."""
    wanted = set(ids)
    # By key: whoever writes many profiles has read them all at once before.
    there = (db.session.get(Speciality, one) for one in sorted(wanted) if 0 < one <= rows.LARGEST_ID)
    found = [speciality for speciality in there if speciality is not None]
    refused = [speciality.name for speciality in found if speciality.retired and speciality.id not in kept]
    if refused:
        raise Invalid(f"专业类别“{'、'.join(refused)}”已停用，请另选。", field="specialities")
    if len(found) != len(wanted):
        raise Invalid("请从列表中选择申报类别。", field="specialities")
    return found


def _replace_lists(expert_id: int, lists: Rows) -> None:
    for name, wanted in lists.items():
        model = PROFILE_LISTS[name]
        declared = all_fields(model)
        kept = filled(name, wanted)
        if len(kept) > ROWS_AT_MOST:
            raise Invalid(f"{model.__label__}最多填写{ROWS_AT_MOST}条。", field=name)
        for number, row in enumerate(kept, 1):
            _check_row(model, row, f"{model.__label__}第{number}条", name)
        existing = {row.position: row for row in listed_rows(expert_id)[name]}
        for position, row in enumerate(kept):
            target = existing.pop(position, None)
            if target is None:
                target = model(expert_id=expert_id, position=position)
                db.session.add(target)
            for key in declared:
                setattr(target, key, row.get(key))
        for leftover in existing.values():
            db.session.delete(leftover)


def filled(name: str, wanted: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a list in which there is anything."""
    declared = all_fields(PROFILE_LISTS[name])
    return [row for row in wanted if any(not is_blank(row.get(key)) for key in declared)]


def _check_row(model: type[Any], row: dict[str, Any], where: str, name: str) -> None:
    declared = all_fields(model)
    gaps = [field.label for key, field in declared.items() if field.required and is_blank(row.get(key))]
    if gaps:
        raise Invalid(f"{where}：请填写{'、'.join(gaps)}。", field=name)
    for key, field in declared.items():
        if wrong := problem(model, key, row.get(key)):
            raise Invalid(f"{where}：{field.label}{wrong}", field=name)
    began, ended = row.get("began_on"), row.get("ended_on")
    if isinstance(began, date) and isinstance(ended, date) and ended < began:
        raise Invalid(f"{where}：结束时间不能早于开始时间。", field=name)
