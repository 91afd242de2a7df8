"""统计分析 of applications and certificates, counted by the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Integer

from app.domain.states import Action, CertificateStatus
from app.domain.statistics import APPLICATIONS, CERTIFICATES, LONGER, WAITS, Block, Figure, median, months
from app.domain.validity import midnight
from app.extensions import db
from app.models import Application, Certificate, Transition
from app.services.statistics_scope import Asked

MONTHS = 12
STANDING = "status"
"""The filter of 聘书 by what they are today."""
_DECISIONS = ((Action.SUBMIT, "申报"), (Action.APPROVE, "审核通过"), (Action.REJECT, "驳回"), (Action.FILE, "备案"))


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


def by_month(asked_for: Asked, today: date) -> list[Block]:
    """What was done in each of the last months, on the applications of these experts."""
    bounds = months(today, -MONTHS)
    days = list(pairwise(bounds))
    sums = [
        func.sum(case((and_(Transition.at >= midnight(first), Transition.at < midnight(end)), 1), else_=0))
        for first, end in days
    ]
    grouped = (
        select(Transition.action, *sums)
        .join(Application, Application.id == Transition.application_id)
        .where(
            Transition.at >= midnight(bounds[0]),
            Transition.action.in_([action for action, _ in _DECISIONS]),
            asked_for.seen.of(Application.expert_id),
        )
        .group_by(Transition.action)
    )
    found: Mapping[Action, Any] = {action: counts for action, *counts in db.session.execute(grouped)}
    blocks = []
    for action, label in _DECISIONS:
        listed = action is Action.SUBMIT and not asked_for.chosen
        counts = found.get(action, [0] * MONTHS)
        figures = (
            Figure(_month(first), int(count), _days("submitted_at", first, end) if listed else None)
            for (first, end), count in zip(days, counts, strict=True)
        )
        about = f"近 {MONTHS} 个月，按操作时间。"
        blocks.append(Block(f"month_{action.value}", f"每月{label}", "月份", APPLICATIONS, tuple(figures), about))
    return blocks


def _month(first: date) -> str:
    return f"{first.year}年{first.month}月"


def _days(name: str, first: date, end: date) -> dict[str, str]:
    """The filters of a list for the days from ``first`` on and before ``end``."""
    return {f"{name}_from": first.isoformat(), f"{name}_to": (end - timedelta(days=1)).isoformat()}


def _certified(asked_for: Asked, *clauses: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(asked_for.seen.of(Certificate.expert_id), *clauses)


def waits(asked_for: Asked) -> Block:
    """From 申报 to the first certificate of the case: one that was reissued later was not waited for longer."""
    waited = DaysFrom(Application.submitted_at, Certificate.issued_on)
    grouped = (
        select(waited, func.count())
        .select_from(Certificate)
        .join(Application, Application.id == Certificate.application_id)
        .where(_certified(asked_for, Certificate.supersedes_id.is_(None)))
        .group_by(waited)
    )
    counts: dict[int, int] = dict(db.session.execute(grouped).all())
    figures, below = [], -1
    for last, label in WAITS:
        figures.append(Figure(label, sum(count for days, count in counts.items() if below < days <= last)))
        below = last
    figures.append(Figure(LONGER, sum(count for days, count in counts.items() if days > below)))
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
        Figure(_month(first), int(count), None if asked_for.chosen else {
            STANDING: CertificateStatus.VALID.value, **_days("valid_to", first, end)
        })
        for (first, end), count in zip(days, counts, strict=True)
    )  # fmt: skip
    return Block(
        "ending", "即将到期的聘书", "到期月份", CERTIFICATES, tuple(figures), f"今后 {MONTHS} 个月到期的有效聘书。"
    )
