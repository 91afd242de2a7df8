"""到期提醒: the end of a certificate is told of once for each threshold; to its department it is summed up.

``certificate_reminder`` is written with the notices: whoever dies, or does the same at the same moment, repeats
nothing and leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Date, Integer, case, exists, func, not_, select, tuple_, update
from sqlalchemy.orm import contains_eager

from app.domain.errors import Conflict
from app.domain.states import CertificateStatus
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Certificate, CertificateReminder, Department, Expert
from app.services import notices, renewals, rows
from app.services.unit_of_work import one_at_a_time, transactional

AT_A_TIME = 500
_Place = tuple[date, int]
ENDED = -1
ENDED_WITHIN = 30
"""For so many days an end that nobody was told of is still news."""


@dataclass(frozen=True)
class Span:
    """The certificates that a threshold is about: those with so many days left, both included."""

    threshold: int
    least: int
    most: int


def spans() -> Iterator[Span]:
    """Each threshold down to the next, so that whoever missed one is told of the nearest alone; then what has ended."""
    thresholds: Sequence[int] = current_app.config["CERTIFICATE_REMINDERS"]
    for threshold, nearer in zip(thresholds, (*thresholds[1:], -1), strict=True):
        yield Span(threshold, nearer + 1, threshold)
    yield Span(ENDED, -ENDED_WITHIN, -1)


def ending_within(days: int, today: date) -> ColumnElement[bool]:
    """The certificates whose last day is so many days from now at most, today among them (R19)."""
    return (Certificate.status == CertificateStatus.VALID) & Certificate.valid_to.between(
        today, today + timedelta(days=days)
    )


def send_due(day: date | None = None) -> int:
    """Tells of every end that is due on ``day``, by default today in Shanghai. Gives of how many certificates.

    Each certificate in a transaction of its own. May run as often as one likes, and several times at once.
    """
    today = day or today_in_shanghai()
    told = sum(_tell_all(span, today) for span in spans())
    for department_id in _departments_to_tell():
        _tell_department(department_id, today)
    return told


def _tell_all(span: Span, today: date) -> int:
    told, last = 0, None
    while found := _due_after(last, span, today):
        told += sum(_told(certificate_id, span, today) for _, certificate_id in found)
        last = found[-1]
    return told


def _due_after(last: _Place | None, span: Span, today: date) -> list[_Place]:
    """What is due beyond ``last``, in the order of the index by which it is found: the soonest end first."""
    place = tuple_(Certificate.valid_to, Certificate.id)
    due = select(Certificate.valid_to, Certificate.id).join(Certificate.expert).where(*_due(span, today))
    if last is not None:
        due = due.where(place > tuple_(*last, types=[Date, Integer]))
    return [(end, number) for end, number in db.session.execute(due.order_by(*place).limit(AT_A_TIME))]


def _due(span: Span, today: date) -> tuple[ColumnElement[bool], ...]:
    """Neither ended early nor renewed, and not told of yet. The statement joins the expert."""
    told = exists().where(
        CertificateReminder.certificate_id == Certificate.id, CertificateReminder.days == span.threshold
    )
    return (
        Certificate.status == CertificateStatus.VALID,
        Certificate.valid_to.between(today + timedelta(days=span.least), today + timedelta(days=span.most)),
        Expert.closed_at.is_(None),
        not_(told),
        not_(renewals.outlasted()),
    )


def _told(certificate_id: int, span: Span, today: date) -> bool:
    """Whether it was told of now; what another hand holds at this moment is left to the next pass."""
    try:
        return _tell(certificate_id, span, today)
    except Conflict:
        current_app.logger.warning("certificate %s was not reminded of, another hand held it", certificate_id)
        return False


@transactional
def _tell(certificate_id: int, span: Span, today: date) -> bool:
    certificate = db.session.scalars(
        select(Certificate)
        .join(Certificate.expert)
        .options(contains_eager(Certificate.expert))
        .where(Certificate.id == certificate_id, *_due(span, today))
        # Nobody ends it while it is told of.
        .with_for_update(read=True, of=Certificate)
    ).one_or_none()
    if certificate is None:
        return False
    once = rows.upsert(CertificateReminder).values(certificate_id=certificate_id, days=span.threshold)
    if db.session.scalar(once.on_conflict_do_nothing().returning(CertificateReminder.days)) is None:
        return False
    if span.threshold == ENDED:
        notices.certificate_ended(certificate)
    else:
        notices.certificate_ending(certificate)
    return True


def _untold(department_id: Any) -> tuple[ColumnElement[bool], ...]:
    """What the department has not been told of; its own experts' ended ones are none of it."""
    of_department = select(Certificate.id).where(Certificate.department_id == department_id)
    return (
        CertificateReminder.department_told_on.is_(None),
        CertificateReminder.days > ENDED,
        CertificateReminder.certificate_id.in_(of_department),
    )


def _departments_to_tell() -> Sequence[int]:
    untold = select(CertificateReminder.certificate_id).where(
        CertificateReminder.department_told_on.is_(None), CertificateReminder.days > ENDED
    )
    own = select(Certificate.department_id).where(Certificate.id.in_(untold))
    return db.session.scalars(own.distinct()).all()


@transactional
def _tell_department(department_id: int, today: date) -> None:
    """One notice a day, which says how many end how soon; what comes after it that day is counted in it already."""
    one_at_a_time(f"reminders of department {department_id}")
    had_one = select(CertificateReminder.certificate_id).join(
        Certificate, Certificate.id == CertificateReminder.certificate_id
    ).where(Certificate.department_id == department_id, CertificateReminder.department_told_on == today)  # fmt: skip
    told_today = db.session.scalar(had_one.limit(1)) is not None
    now_told = update(CertificateReminder).where(*_untold(department_id)).values(department_told_on=today)
    if db.session.execute(now_told, execution_options={"synchronize_session": False}).rowcount == 0 or told_today:
        return
    counts = _counts(department_id, today)
    if any(counts.values()):
        notices.certificates_of_department_ending(db.session.get_one(Department, department_id), words(counts))


def _counts(department_id: int, today: date) -> dict[int, int]:
    """Threshold to how many of the department's certificates end by then."""
    thresholds: Sequence[int] = current_app.config["CERTIFICATE_REMINDERS"]
    sums = [func.coalesce(func.sum(case((ending_within(days, today), 1), else_=0)), 0) for days in thresholds]
    own = select(*sums).where(Certificate.department_id == department_id, ending_within(thresholds[0], today))
    return dict(zip(thresholds, db.session.execute(own).one(), strict=True))


def words(counts: dict[int, int]) -> str:
    """``90日内8份，其中30日内3份、7日内1份``; a threshold without any is left out."""
    (days, count), *nearer = counts.items()
    among = "、".join(f"{near}日内{some}份" for near, some in nearer if some)
    return f"{days}日内{count}份" + (f"，其中{among}" if among else "")
