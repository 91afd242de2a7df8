"""统计分析 of applications and certificates, counted by the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, not_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Integer

from app.domain.states import Action, CertificateStatus
from app.domain.statistics import APPLICATIONS, CERTIFICATES, WAITS, Block, Figure, median, months
from app.domain.validity import midnight
from app.extensions import db
from app.models import Application, Certificate, Transition
from app.services.statistics_scope import Asked

MONTHS = 12
STANDING = "status"
"""The filter of 聘书 by what they are today."""
WAITED = "waited"
"""The filter of 聘书 by how long they were waited for."""
DECISIONS = ((Action.SUBMIT, "申报"), (Action.APPROVE, "审核通过"), (Action.REJECT, "驳回"), (Action.FILE, "备案"))
"""What is counted by month, and found by it in 申报记录."""


class DaysFrom(FunctionElement[int]):
    """Whole days from the day in Shanghai of an instant, the first clause, to a date, the second."""

    type = Integer()
    inherit_cache = True
    name = "days_from"


@compiles(DaysFrom, "sqlite")
def _days_sqlite(element: DaysFrom, compiler: Any, **options: Any) -> str:
    instant, day = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(julianday({day}) - julianday(date({instant}, '+8 hours')) AS INTEGER)"


@compiles(DaysFrom, "postgresql")
def _days_postgresql(element: DaysFrom, compiler: Any, **options: Any) -> str:
    instant, day = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({day} - ({instant} + interval '8 hours')::date)"


class MonthOf(FunctionElement[Any]):
    """Something that is the same for instants of the same month in Shanghai, and for no others."""

    inherit_cache = True
    name = "month_of"


@compiles(MonthOf, "sqlite")
def _month_sqlite(element: MonthOf, compiler: Any, **options: Any) -> str:
    return f"strftime('%Y-%m', {compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(MonthOf, "postgresql")
def _month_postgresql(element: MonthOf, compiler: Any, **options: Any) -> str:
    return f"date_trunc('month', {compiler.process(element.clauses, **options)} + interval '8 hours')"


def by_month(asked_for: Asked, today: date) -> list[Block]:
    """What was done in each of the last months: applications of these experts, each once for an act and a month."""
    bounds = months(today, -MONTHS)
    days = list(pairwise(bounds))
    sums = [
        func.sum(case((and_(Transition.at >= midnight(first), Transition.at < midnight(end)), 1), else_=0))
        for first, end in days
    ]
    # A case is submitted, rejected and filed once; after 备案退回 it is approved again.
    before = aliased(Transition)
    again = exists().where(
        before.application_id == Transition.application_id,
        before.action == Action.APPROVE,
        before.id < Transition.id,
        MonthOf(before.at) == MonthOf(Transition.at),
    )
    grouped = (
        select(Transition.action, *sums)
        .join(Application, Application.id == Transition.application_id)
        .where(
            Transition.at >= midnight(bounds[0]),
            Transition.action.in_([action for action, _ in DECISIONS]),
            or_(Transition.action != Action.APPROVE, not_(again)),
            asked_for.seen.of(Application.expert_id),
        )
        .group_by(Transition.action)
    )
    found: Mapping[Action, Any] = {action: counts for action, *counts in db.session.execute(grouped)}
    about = f"近 {MONTHS} 个月，按操作时间。"
    blocks = []
    for action, label in DECISIONS:
        counts = found.get(action, [0] * MONTHS)
        figures = tuple(
            Figure(_month(first), int(count), asked_for.place | {"act": action.value} | _days("acted", first, end))
            for (first, end), count in zip(days, counts, strict=True)
        )
        blocks.append(Block(f"month_{action.value}", f"每月{label}", "月份", APPLICATIONS, figures, about))
    return blocks


def _month(first: date) -> str:
    return f"{first.year}年{first.month}月"


def _days(name: str, first: date, end: date) -> dict[str, str]:
    """The filters of a list for the days from ``first`` on and before ``end``."""
    return {f"{name}_from": first.isoformat(), f"{name}_to": (end - timedelta(days=1)).isoformat()}


def _certified(asked_for: Asked, *clauses: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(asked_for.seen.of(Certificate.expert_id), *clauses)


def waited(low: int, high: int) -> tuple[ColumnElement[bool], Select[int]]:
    """Certificates that were waited for so many days: as a clause of theirs, and their ids."""
    within = DaysFrom(Application.submitted_at, Certificate.issued_on).between(low, high)
    first, of = Certificate.supersedes_id.is_(None), Application.id == Certificate.application_id
    return (
        and_(first, select(Application.id).where(of, within).exists()),
        select(Certificate.id).join(Application, of).where(first, within),
    )


def waits(asked_for: Asked) -> Block:
    """From 申报 to the first certificate of the case: one that was reissued later was not waited for longer."""
    days = DaysFrom(Application.submitted_at, Certificate.issued_on)
    grouped = (
        select(days, func.count())
        .select_from(Certificate)
        .join(Application, Application.id == Certificate.application_id)
        .where(_certified(asked_for, Certificate.supersedes_id.is_(None)))
        .group_by(days)
    )
    counts: dict[int, int] = dict(db.session.execute(grouped).all())
    figures = [
        Figure(
            label,
            sum(count for days, count in counts.items() if low <= days <= high),
            asked_for.place | {WAITED: label},
        )
        for label, low, high in WAITS
    ]
    middle = median(counts)
    note = (
        "按自然日计算。" if middle is None else f"按自然日计算；一半的聘书在 {middle} 日内办结，最长 {max(counts)} 日。"
    )
    return Block("wait", "从申报到聘书", "用时", CERTIFICATES, tuple(figures), note)


def ending(asked_for: Asked, today: date) -> Block:
    """Valid certificates by the month of their last day."""
    bounds = months(today, MONTHS)
    days = [(max(first, today), end) for first, end in pairwise(bounds)]
    sums = [
        func.sum(case((and_(Certificate.valid_to >= first, Certificate.valid_to < end), 1), else_=0))
        for first, end in days
    ]
    within = Certificate.valid_to.between(today, bounds[-1])
    valid = _certified(asked_for, Certificate.status == CertificateStatus.VALID, within)
    counts = [count or 0 for count in db.session.execute(select(*sums).where(valid)).one()]
    figures = (
        Figure(
            _month(first), int(count),
            asked_for.place | {STANDING: CertificateStatus.VALID.value} | _days("valid_to", first, end),
        )
        for (first, end), count in zip(days, counts, strict=True)
    )  # fmt: skip
    return Block(
        "ending", "即将到期的聘书", "到期月份", CERTIFICATES, tuple(figures), f"今后 {MONTHS} 个月到期的有效聘书。"
    )
