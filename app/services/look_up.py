"""Finding one person by ID number or mobile: exactly, by the blind index, in scope."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, inspect, select

from app.domain.errors import Invalid, NotFound
from app.domain.identity import NUMBER_WORDS, parse_either
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.policies.actor import Actor
from app.services.audit import audit_apart

NOT_FOUND = "没有找到，或者不在您的数据范围内。"
FIELD = "number"
"""Of the form that a refusal belongs to."""


def kinds(model: type[Any]) -> dict[str, str]:
    """The sorts of number by which rows of ``model`` can be found, in words: those with a blind index."""
    columns = inspect(model).columns
    return {name: words for name, words in NUMBER_WORDS.items() if f"{name}_index" in columns}


def by_number(actor: Actor, model: type[Any], scope: ColumnElement[bool], typed: str) -> int:
    """The id of the row of ``model`` that ``scope`` allows and whose ID number or mobile was typed (R1, R23, R24).

    操作日志 keeps who looked for which sort of number and which row was found, never the number. Raises
    ``Invalid`` for what is no number, and ``NotFound`` alike for a row that is not there and one out of scope.
    """
    known = kinds(model)
    try:
        kind, number = parse_either(typed, today_in_shanghai())
    except Invalid as refusal:
        raise Invalid(refusal.message, field=FIELD) from None
    if kind not in known:
        raise Invalid(f"这里只能按{'或'.join(known.values())}查找。", field=FIELD)
    found = db.session.scalar(select(model.id).where(getattr(model, kind) == number, scope))
    audit_apart(actor, "按号码查找", f"{model.__label__}#{found}" if found else "没有找到", {"kind": known[kind]})
    if found is None:
        raise NotFound(NOT_FOUND, field=FIELD)
    return int(found)
