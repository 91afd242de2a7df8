"""What is right and wrong in a row of a workbook: each cell by the checks that every form has, the row among others.

A row is judged when it is read, when it is mended on the screen, and once more in the transaction that imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Date, Integer, or_, select
from sqlalchemy.orm import selectinload

from app.domain import values
from app.domain.errors import Invalid
from app.domain.identity import IdNumber, parse_id_number, parse_mobile
from app.domain.imports import RowState
from app.domain.person_name import clean_name
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Expert, ImportJob, ImportRow
from app.models.columns import Field
from app.models.encrypted import key_ring
from app.policies.actor import Actor
from app.policies.scope import visible_experts
from app.services import profile_values, province
from app.services.import_names import Names
from app.services.import_sheet import MUST, fields

TAKEN = "该手机号已被其他账号使用。"
_TWICE = {
    "id_number": "与第{}行的身份证号相同，每位专家只能有一行。",
    "mobile": "与第{}行的手机号相同，每位专家须有自己的手机号。",
}
_LOST_DIGITS = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)


@dataclass
class Reading:
    """The cells of a row as plain values (``profile_values``), and what is wrong by field."""

    values: dict[str, Any] = field(default_factory=dict, repr=False)
    faults: dict[str, str] = field(default_factory=dict)
    identity: IdNumber | None = None


def read(cells: Mapping[str, str], names: Names, actor: Actor, *, gaps: bool) -> Reading:
    """Reads the cells of a row. ``gaps``: required fields may be blank, but for those that an account needs."""
    found = Reading()
    for name, declared in fields().items():
        text = cells.get(name, "").replace("\r\n", "\n").strip()
        if not text:
            if declared.required and (name in MUST or not gaps):
                found.faults[name] = f"请填写{declared.label}。"
            continue
        try:
            value = _value(name, declared, text, names, actor, found)
        except Invalid as wrong:
            found.faults[name] = wrong.message
            continue
        if problem := None if name in ("region", "specialities") else profile_values.problem(Expert, name, value):
            found.faults[name] = problem
        else:
            found.values[name] = value
    return found


def _value(name: str, declared: Field, text: str, names: Names, actor: Actor, found: Reading) -> Any:
    """The plain value of a cell. Raises ``Invalid`` with what is wrong with it."""
    if name == "name":
        return clean_name(text)
    if name == "id_number":
        if _LOST_DIGITS.fullmatch(text):
            raise Invalid("Excel 把身份证号当作数字，末几位已经丢失。请先把这一列设为“文本”格式，再重新填写身份证号。")
        found.identity = parse_id_number(text, today_in_shanghai())
        return found.identity.value
    if name == "mobile":
        return parse_mobile(text)
    if name == "region":
        return _region(text, names, actor)
    if name == "specialities":
        ids, problem = names.chosen(text)
        if problem or not ids:
            raise Invalid(problem or f"请填写{declared.label}。")
        return ids
    kind = profile_values.kind_of(Expert, name)
    if isinstance(kind, Date):
        day = values.parse_day(text)
        if day is None:
            raise Invalid(values.NO_DAY)
        return day
    if isinstance(kind, Integer):
        digits = text.removesuffix("年")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else None
        if wrong := values.number_problem(number, declared.low, declared.high):
            raise Invalid(wrong)
        return number
    return _option(text, declared.choices) if declared.choices else text


def _option(text: str, choices: Sequence[str]) -> str:
    """The choice of which people wrote the beginning, 汉 for 汉族; else what they wrote."""
    begun = [choice for choice in choices if choice.startswith(text)]
    return begun[0] if len(begun) == 1 and text not in choices else text


def _region(text: str, names: Names, actor: Actor) -> str:
    code = names.region(text)
    if code is None:
        raise Invalid(province.here().fill("没有这个地区。请写州市和县区的全称，如“{countywithin}”。"))
    first, last = actor.region_span or ("", "")
    if not first <= code <= last:
        raise Invalid("不在您的管辖范围内，只能导入您所在地区及下级地区的专家。")
    return code


def judge(actor: Actor, job: ImportJob, staged: Sequence[ImportRow], names: Names, *, among: bool) -> list[Reading]:
    """Writes into rows of ``job`` what is to become of them, in the caller's transaction; gives them as read.

    Three statements. ``among`` compares with every other row of the file, else with those above alone.
    """
    readings = [read((row.content or {})["cells"], names, actor, gaps=job.gaps) for row in staged]
    for row, reading in zip(staged, readings, strict=True):
        row.id_number_index = _index(reading, "id_number")
        row.mobile_index = _index(reading, "mobile")
    db.session.flush()
    id_numbers = {row.id_number_index for row in staged} - {None}
    mobiles = {row.mobile_index for row in staged} - {None}
    registered = _registered(id_numbers, mobiles)
    by_id_number = {id_number: expert_id for expert_id, id_number, _ in registered}
    by_mobile = {mobile for _, _, mobile in registered}
    seen = _seen(actor, [by_id_number[index] for index in id_numbers if index in by_id_number])
    above = _rows_with(job.id, id_numbers, mobiles)
    for row, reading in zip(staged, readings, strict=True):
        differs: list[str] = []
        if row.id_number_index in by_id_number:
            row.state = RowState.KNOWN
            expert = seen.get(by_id_number[row.id_number_index])
            row.expert_id = expert.id if expert else None
            differs = _differences(expert, reading)
        else:
            if row.mobile_index in by_mobile:
                reading.faults["mobile"] = TAKEN
            for name, index in (("id_number", row.id_number_index), ("mobile", row.mobile_index)):
                twins = above.get(index, ()) if index else ()
                if twin := next((n for n in twins if n != row.number and (among or n < row.number)), None):
                    reading.faults.setdefault(name, _TWICE[name].format(twin))
            row.state = RowState.WRONG if reading.faults else RowState.READY
        content = row.content or {}
        if (content.get("faults"), content.get("differs")) != (reading.faults, differs):
            # Another object: a change within the one that stands there would not be seen.
            row.content = {**content, "faults": reading.faults, "differs": differs}
    return readings


def _index(reading: Reading, name: str) -> bytes | None:
    value = reading.values.get(name)
    return key_ring().index(value, name) if value else None


def _registered(id_numbers: set[Any], mobiles: set[Any]) -> list[tuple[int, bytes, bytes]]:
    """Who has one of these, whoever may see them: key, and both indexes."""
    asked = select(Expert.id, Expert.id_number_index, Expert.mobile_index)
    asked = asked.where(or_(Expert.id_number_index.in_(id_numbers), Expert.mobile_index.in_(mobiles)))
    return [(expert_id, bytes(one), bytes(other)) for expert_id, one, other in db.session.execute(asked)]


def _seen(actor: Actor, expert_ids: Iterable[int]) -> dict[int, Expert]:
    """Those whom the actor sees (R1): of others a file is told no more than that they are there."""
    asked = select(Expert).where(Expert.id.in_(expert_ids), visible_experts(actor))
    return {one.id: one for one in db.session.scalars(asked.options(selectinload(Expert.specialities)))}


def _rows_with(job_id: int, id_numbers: set[Any], mobiles: set[Any]) -> dict[bytes, list[int]]:
    """Index of an ID number or a mobile to the numbers of the rows of the file that have it, in order."""
    asked = select(ImportRow.number, ImportRow.id_number_index, ImportRow.mobile_index).where(
        ImportRow.job_id == job_id, or_(ImportRow.id_number_index.in_(id_numbers), ImportRow.mobile_index.in_(mobiles))
    )
    found: dict[bytes, list[int]] = {}
    for number, *indexes in db.session.execute(asked.order_by(ImportRow.number)):
        for index in filter(None, indexes):
            found.setdefault(bytes(index), []).append(number)
    return found


def _differences(expert: Expert | None, reading: Reading) -> list[str]:
    """The labels of the fields in which the file has something else than an expert whom the actor sees."""
    if expert is None:
        return []
    own = {"region": expert.region_code, "specialities": sorted(one.id for one in expert.specialities)}
    labels = fields()
    return [
        labels[name].label
        for name, value in reading.values.items()
        if (sorted(value) if name == "specialities" else value) != own.get(name, getattr(expert, name))
    ]
