"""A declared value as text for a reader, its middle hidden where the declaration says so; and what a change changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.domain.validity import chinese_date
from app.models.columns import Field, all_fields

NO, YES = "否", "是"


def text_of(value: Any) -> str:
    """One value for a reader."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return chinese_date(value)
    if isinstance(value, list):
        return "；".join(map(str, value))
    return str(getattr(value, "label", value))


def masked(field: Field, text: str) -> str:
    """``text`` as who may not know it whole may see it."""
    return field.mask(text) if field.mask is not None and text else text


def recorded(row: Any) -> dict[str, str]:
    """Label to text of each declared field of a row as 操作日志 may keep it: masked."""
    return {field.label: masked(field, text_of(getattr(row, name))) for name, field in all_fields(type(row)).items()}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    """What differs between two records, as ``detail`` keeps it: field, before, after, blank for nothing."""
    return [
        {"field": label, "before": before.get(label, ""), "after": after.get(label, "")}
        for label in {**before, **after}
        if before.get(label, "") != after.get(label, "")
    ]
