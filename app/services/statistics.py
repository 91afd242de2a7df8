"""统计分析: what is in scope (R1), counted by the database; no row of a person is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, case, cast, func, null, select, union_all

from app.domain.statistics import (
    BANDS,
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
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import READ_APPLICATIONS, READ_CERTIFICATES
from app.services.ports import ports
from app.services.statistics_cases import by_month, ending, waits
from app.services.statistics_scope import Asked

ELSEWHERE = "其他地区"
HERE = "未填到下级"

Places = Mapping[str, Region]
"""The regions directly below by their prefix; where there is none, the region itself."""


def kept(actor: Actor, asked_for: Asked) -> Statistics:
    """What ``gather`` gave whoever asked for the same within the last minute; its ``moment`` says when."""
    may = (actor.may(READ_APPLICATIONS), actor.may(READ_CERTIFICATES))
    key = ("statistics", asked_for.key, may, today_in_shanghai())
    return ports().shelf.get(key, lambda: gather(actor, asked_for))


def gather(actor: Actor, asked_for: Asked) -> Statistics:
    """Every figure, as of this moment; of applications and of certificates, for who may see those."""
    moment = now()
    today, places = today_in_shanghai(moment), _places(asked_for)
    people = _people(asked_for, places, today)
    industries, fields, coverage = _claimed(asked_for, places)
    blocks = [people["region"], industries, fields, people["title"], people["age"], people["education"]]
    if actor.may(READ_APPLICATIONS):
        blocks += by_month(asked_for, today)
    if actor.may(READ_CERTIFICATES):
        blocks += [ending(asked_for, today), waits(asked_for)]
    return Statistics(asked_for.region.full_name, asked_for.words, moment, tuple(blocks), coverage)


def _places(asked_for: Asked) -> Places:
    below = select(Region).where(Region.parent_code == asked_for.region.code).order_by(Region.code)
    return {place.prefix: place for place in db.session.scalars(below).all() or [asked_for.region]}


def _digits(places: Places) -> int:
    """How many digits of a code tell ``places`` apart, but for those with a longer prefix."""
    return min(len(prefix) for prefix in places)


def _place(places: Places) -> ColumnElement[str | None]:
    """Of where an expert lives, the prefix in ``places``."""
    digits = _digits(places)
    begins: ColumnElement[str | None] = func.substr(Expert.region_code, 1, digits)
    directly = [prefix for prefix in places if len(prefix) > digits]
    return case((Expert.region_code.in_(directly), Expert.region_code), else_=begins) if directly else begins


def _people(asked_for: Asked, places: Places, today: date) -> dict[str, Block]:
    """By region, title, age and education: one walk through the experts."""
    age = case(*((Expert.birth_date >= day, label) for day, label in birthday_limits(today)), else_=OLDER)
    keys = (_place(places), Expert.title_level, age, Expert.education_level)
    seen = asked_for.people.expert_ids().subquery()
    grouped = select(*keys, func.count()).select_from(Expert).join(seen, seen.c.expert_id == Expert.id).group_by(*keys)
    counts: tuple[Counter[str | None], ...] = tuple(Counter() for _ in keys)
    for *values, count in db.session.execute(grouped):
        for counter, value in zip(counts, values, strict=True):
            counter[value] += count
    by_place, titles, ages, education = counts
    return {
        "region": Block("region", "按地区", "所在地区", EXPERTS, tuple(_by_place(asked_for, places, by_place))),
        "title": _chosen(asked_for, "title", "按职称", "title_level", "职称", titles, choices.TITLE_LEVELS),
        "age": _chosen(asked_for, "age", "按年龄", "age", "年龄", ages, BANDS),
        "education": _chosen(
            asked_for, "education", "按学历", "education_level", "学历", education, choices.EDUCATION_LEVELS
        ),
    }


def _by_place(asked_for: Asked, places: Places, counts: Counter[str | None]) -> Iterable[Figure]:
    """The regions below; then who is known to live in the region alone, and who is seen for having applied here."""
    region = asked_for.region
    for prefix, place in places.items():
        yield Figure(place.name, counts.pop(prefix, 0), asked_for.query | {"region": place.code})
    if here := counts.pop(region.code[: _digits(places)], 0):
        yield Figure(HERE, here, asked_for.query | {"region": region.code, "level": str(region.level)})
    if beyond := counts.total():
        yield Figure(ELSEWHERE, beyond, asked_for.query | {"home": "0"})


def _chosen(
    asked_for: Asked, name: str, title: str, key: str, heading: str, counts: Counter[str | None], labels: Iterable[str]
) -> Block:
    """By what is chosen from a list, under the filter ``key``; who has chosen nothing comes last."""
    found = [Figure(label, counts[label], asked_for.query | {key: label}) for label in labels]
    if unknown := counts.total() - sum(figure.count for figure in found):
        found.append(Figure(UNKNOWN, unknown, asked_for.query | {key: UNKNOWN}))
    return Block(name, title, heading, EXPERTS, tuple(found))


def _claimed(asked_for: Asked, places: Places) -> tuple[Block, Block, Coverage]:
    """By 行业, by 重点领域, and 重点领域 × the regions below: each person once, whatever they claim of it."""
    by_industry, by_field = _counted_claims(asked_for, places)
    industries = [
        Figure(row.name, by_industry[row.id], asked_for.query | {"industry": str(row.id)})
        for row in db.session.scalars(select(Industry).order_by(Industry.position, Industry.id))
    ]
    lines, fields = [], []
    order = select(Field).join(Industry).order_by(Industry.position, Industry.id, Field.position, Field.id)
    for field in db.session.scalars(order):
        own, query = by_field.get(field.id, Counter()), asked_for.query | {"field": str(field.id)}
        figures = tuple(
            Figure(region.name, own[prefix], query | {"region": region.code}) for prefix, region in places.items()
        )
        lines.append((field.industry.short_name, field.name, figures))
        fields.append(Figure(f"{field.industry.short_name} / {field.name}", own.total(), query))
    return (
        Block(
            "industry", "按行业", "行业类别", EXPERTS, tuple(industries),
            "一位专家可以申报多个行业，各行业人数之和可能大于专家人数。",
        ),
        Block("field", "按重点领域", "重点领域", EXPERTS, tuple(fields), "一位专家可以申报多个领域。"),
        Coverage(tuple(region.name for region in places.values()), tuple(lines)),
    )  # fmt: skip


def _counted_claims(asked_for: Asked, places: Places) -> tuple[Counter[int], dict[int, Counter[str]]]:
    """People by the id of the industry, and by that of the field and the prefix of where they live."""
    seen = asked_for.people.expert_ids().subquery()
    claims = (
        select(Expert.id, Speciality.field_id, _place(places).label("place"))
        .select_from(expert_speciality)
        .join(seen, seen.c.expert_id == expert_speciality.c.expert_id)
        .join(Expert, Expert.id == seen.c.expert_id)
        .join(Speciality, Speciality.id == expert_speciality.c.speciality_id)
        .distinct()
        .cte("claims")
    )
    within = select(claims.c.id, Field.industry_id).join(Field, Field.id == claims.c.field_id).distinct().subquery()
    both = union_all(
        select(claims.c.field_id, claims.c.place, cast(null(), Integer), func.count()).group_by(
            claims.c.field_id, claims.c.place
        ),
        select(cast(null(), Integer), cast(null(), String), within.c.industry_id, func.count()).group_by(
            within.c.industry_id
        ),
    )
    by_industry: Counter[int] = Counter()
    by_field: dict[int, Counter[str]] = {}
    rows: Any = db.session.execute(both)
    for field, place, industry, count in rows:
        if field is None:
            by_industry[industry] = count
        else:
            by_field.setdefault(field, Counter())[place] = count
    return by_industry, by_field
