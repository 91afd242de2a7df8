"""统计分析: what is in scope (R1), counted by the database; no row of a person is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import case, func, select

from app.domain.statistics import (
    EXPERTS,
    OLDER,
    UNKNOWN,
    Block,
    Coverage,
    Figure,
    Statistics,
    birthday_limits,
)
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Expert, Field, Industry, Region, Speciality, choices
from app.models.expert import expert_speciality
from app.models.region import LEVELS
from app.policies.actor import Actor
from app.policies.roles import READ_APPLICATIONS, READ_CERTIFICATES
from app.services.statistics_cases import by_month, ending, waits
from app.services.statistics_scope import Asked

ELSEWHERE = "其他地区"


def gather(actor: Actor, asked_for: Asked) -> Statistics:
    """Every figure, as of today; of applications and of certificates, for who may see those."""
    today = today_in_shanghai()
    coverage, fields = _coverage(asked_for)
    people = _people(asked_for, today)
    blocks = [
        people["region"], _industries(asked_for), fields, people["title"], people["age"], people["education"],
    ]  # fmt: skip
    if actor.may(READ_APPLICATIONS):
        blocks += by_month(asked_for, today)
    if actor.may(READ_CERTIFICATES):
        blocks += [ending(asked_for, today), waits(asked_for)]
    return Statistics(asked_for.region.full_name, today, tuple(blocks), coverage)


def _places(asked_for: Asked) -> dict[str, Region]:
    """First digits to region, of the level below; of a county, itself."""
    level = min(asked_for.region.level + 1, len(LEVELS) - 1)
    below = select(Region).where(Region.level == level, Region.code.between(*asked_for.region.span))
    return {place.code[: asked_for.digits]: place for place in db.session.scalars(below.order_by(Region.code))}


def _people(asked_for: Asked, today: date) -> dict[str, Block]:
    """By region, title, age and education: one walk through the experts."""
    limits = birthday_limits(today)
    age = case(*((Expert.birth_date >= day, label) for day, label in limits), else_=OLDER)
    place = func.substr(Expert.region_code, 1, asked_for.digits)
    keys = (place, Expert.title_level, age, Expert.education_level)
    seen = asked_for.people.expert_ids().subquery()
    grouped = select(*keys, func.count()).select_from(Expert).join(seen, seen.c.expert_id == Expert.id).group_by(*keys)
    counts: tuple[Counter[str | None], ...] = tuple(Counter() for _ in keys)
    for *values, count in db.session.execute(grouped):
        for counter, value in zip(counts, values, strict=True):
            counter[value] += count
    places, titles, ages, education = counts
    known = _places(asked_for)
    by_place = [
        Figure(place.name, places.pop(digits, 0), asked_for.query | {"region": place.code})
        for digits, place in known.items()
    ]
    if beyond := places.total():
        by_place.append(Figure(ELSEWHERE, beyond))
    bands = [*(label for _, label in limits), OLDER]
    return {
        "region": Block("region", "按地区", "所在地区", EXPERTS, tuple(by_place)),
        "title": Block("title", "按职称", "职称", EXPERTS, tuple(
            Figure(label, count, asked_for.query | {"title_level": label} if label != UNKNOWN else None)
            for label, count in _in_order(titles, choices.TITLE_LEVELS)
        )),
        "age": Block("age", "按年龄", "年龄", EXPERTS, tuple(Figure(*pair) for pair in _in_order(ages, bands))),
        "education": Block("education", "按学历", "学历", EXPERTS, tuple(
            Figure(*pair) for pair in _in_order(education, choices.EDUCATION_LEVELS)
        )),
    }  # fmt: skip


def _in_order(counts: Counter[str | None], labels: Iterable[str]) -> list[tuple[str, int]]:
    found = [(label, counts[label]) for label in labels]
    unknown = counts.total() - sum(count for _, count in found)
    return [*found, (UNKNOWN, unknown)] if unknown else found


def _claims(asked_for: Asked) -> Any:
    seen = asked_for.people.expert_ids().subquery()
    return (
        select(func.count(expert_speciality.c.expert_id.distinct()))
        .join(seen, seen.c.expert_id == expert_speciality.c.expert_id)
        .join(Speciality, Speciality.id == expert_speciality.c.speciality_id)
    )


def _industries(asked_for: Asked) -> Block:
    grouped = _claims(asked_for).join(Field, Field.id == Speciality.field_id).add_columns(Field.industry_id)
    counts = {key: count for count, key in db.session.execute(grouped.group_by(Field.industry_id))}
    every = db.session.scalars(select(Industry).order_by(Industry.position, Industry.id))
    return Block(
        "industry", "按行业", "行业类别", EXPERTS,
        tuple(Figure(row.name, counts.get(row.id, 0), asked_for.query | {"industry": str(row.id)}) for row in every),
        "一位专家可以申报多个行业，各行业人数之和可能大于专家人数。",
    )  # fmt: skip


def _coverage(asked_for: Asked) -> tuple[Coverage, Block]:
    """重点领域 × the regions below, and over all of these."""
    place = func.substr(Expert.region_code, 1, asked_for.digits)
    grouped = _claims(asked_for).join(Expert, Expert.id == expert_speciality.c.expert_id)
    counts: dict[int, Counter[str]] = {}
    for count, field, digits in db.session.execute(
        grouped.add_columns(Speciality.field_id, place).group_by(Speciality.field_id, place)
    ):
        counts.setdefault(field, Counter())[digits] = count
    places, lines, fields = _places(asked_for), [], []
    order = select(Field).join(Industry).order_by(Industry.position, Industry.id, Field.position, Field.id)
    for field in db.session.scalars(order):
        own, query = counts.get(field.id, Counter()), asked_for.query | {"field": str(field.id)}
        figures = (
            Figure(region.name, own[digits], query | {"region": region.code}) for digits, region in places.items()
        )
        lines.append((field.industry.short_name, field.name, tuple(figures)))
        fields.append(Figure(f"{field.industry.short_name} / {field.name}", own.total(), query))
    block = Block("field", "按重点领域", "重点领域", EXPERTS, tuple(fields), "一位专家可以申报多个领域。")
    return Coverage(tuple(region.name for region in places.values()), tuple(lines)), block
