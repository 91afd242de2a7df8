"""What waits for an official, since when, and whether it is overdue: in working days of the department's own number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal, not_, select

from app.domain.states import Action, ApplicationStatus
from app.domain.validity import SHANGHAI, today_in_shanghai
from app.domain.workdays import SOON_DAYS, Calendar, Wait
from app.extensions import db
from app.models import Application, Department, Holiday, Organization
from app.models.holiday import OFF
from app.models.organization import HANDLING_DAYS
from app.models.types import UtcDateTime
from app.policies.actor import Actor
from app.policies.roles import FILE, REVIEW
from app.policies.scope import decidable, visible_applications
from app.services import rows

PERMISSIONS = {Action.APPROVE: REVIEW, Action.FILE: FILE}
STEPS = {ApplicationStatus.PENDING_REVIEW: Action.APPROVE, ApplicationStatus.PENDING_FILING: Action.FILE}
"""What waits for an official, and the act that it waits for."""


@dataclass(frozen=True)
class Load:
    """How many cases wait for somebody, and how many of them are overdue; ``rows.COUNT_CAP`` + 1 is more than that."""

    waiting: int = 0
    overdue: int = 0


def calendar() -> Calendar:
    """The days that differ from the week, as administrators keep them."""
    days: dict[bool, set[date]] = {True: set(), False: set()}
    for day, kind in db.session.execute(select(Holiday.day, Holiday.kind).where(Holiday.retired.is_(False))):
        days[kind == OFF].add(day)
    return Calendar(frozenset(days[True]), frozenset(days[False]))


def wait_of(application: Application, days: Calendar, today: date) -> Wait | None:
    """How long a case has waited at its present step; ``None`` where it waits for no official.

    Reads ``application.department``, or ``filing_days`` of its organization: load them with it.
    """
    if application.status not in STEPS:
        return None
    reviewing = application.status is ApplicationStatus.PENDING_REVIEW
    limit = application.department.handling_days if reviewing else application.organization.filing_days
    return Wait(days.between(today_in_shanghai(application.changed_at), today), limit)


def overdue(status: ApplicationStatus, days: Calendar, today: date, ahead: int = 0) -> ColumnElement[bool]:
    """The SQL of ``Wait.late`` for cases of ``status``; ``ahead``: were the time so many working days shorter."""
    ends = {
        limit: literal(_end_of(days.latest_overdue(today, limit - ahead)), UtcDateTime)
        for limit in db.session.scalars(select(Department.handling_days).distinct())
    }
    ends.setdefault(HANDLING_DAYS, literal(_end_of(days.latest_overdue(today, HANDLING_DAYS - ahead)), UtcDateTime))
    return Application.changed_at < case(ends, value=_LIMITS[status])


def overdue_soon(status: ApplicationStatus, days: Calendar, today: date) -> ColumnElement[bool]:
    """The SQL of ``Wait.is_soon``."""
    return and_(overdue(status, days, today, SOON_DAYS + 1), not_(overdue(status, days, today)))


def loads(actor: Actor) -> dict[ApplicationStatus, Load]:
    """What waits for the actor's own decision, for each step that they may decide."""
    found, days, today = {}, calendar(), today_in_shanghai()
    for status, action in STEPS.items():
        if actor.may(PERMISSIONS[action]):
            mine = select(Application.id).where(_waiting(actor, status))
            late = mine.where(overdue(status, days, today))
            found[status] = Load(*db.session.execute(select(rows.capped(mine), rows.capped(late))).one())
    return found


def next_for(actor: Actor, status: ApplicationStatus) -> int | None:
    """The id of the case of ``status`` that has waited longest for the actor's own decision."""
    oldest = select(Application.id).where(_waiting(actor, status)).order_by(Application.changed_at, Application.id)
    return db.session.scalars(oldest.limit(1)).one_or_none()


def _waiting(actor: Actor, status: ApplicationStatus) -> ColumnElement[bool]:
    return and_(Application.status == status, visible_applications(actor), decidable(actor, STEPS[status]))


def _end_of(day: date) -> datetime:
    """The moment in which ``day`` is over in Shanghai."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


_LIMITS: dict[ApplicationStatus, Any] = {
    ApplicationStatus.PENDING_REVIEW: select(Department.handling_days)
    .where(Department.id == Application.department_id)
    .correlate(Application)
    .scalar_subquery(),
    ApplicationStatus.PENDING_FILING: select(Organization.filing_days)
    .where(Organization.id == Application.organization_id)
    .correlate(Application)
    .scalar_subquery(),
}
