"""Puts what the services have just done at a day in the past.

The services know only the present, and they are right: nobody may date a decision back. Samples
need a past, or no certificate would have expired and everything would wait since a minute ago. So
the rows are dated here, after the service has written them, and nowhere else in the product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.titles import certificate_number
from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import (
    Application,
    Attachment,
    Certificate,
    ChangeRequest,
    Expert,
    Feedback,
    FeedbackReply,
    Notification,
    NumberCounter,
    ProfileChange,
    SmsMessage,
    SmsStatus,
    Snapshot,
    Transition,
)
from app.models.types import now
from app.services import filings, issuing
from app.services.unit_of_work import transactional

_DATED: tuple[InstrumentedAttribute[datetime], ...] = (
    Snapshot.taken_at,
    Transition.at,
    Attachment.uploaded_at,
    Application.submitted_at,
    Expert.created_at,
    Feedback.asked_at,
    Feedback.said_at,
    FeedbackReply.said_at,
    Notification.created_at,
    ProfileChange.at,
    ChangeRequest.proposed_at,
)
"""The column of each table that says when a row came to be."""


@contextmanager
def at(moment: datetime) -> Iterator[Callable[[list[int]], None]]:
    """Rows that come to be inside are dated ``moment``; the applications that are named, changed then."""
    before, began = _last_ids(), now()
    changed: list[int] = []
    yield changed.extend
    _date(moment, began, before, changed)
    _date_profiles(moment, began)


@transactional
def _date(moment: datetime, began: datetime, before: list[int], changed: list[int]) -> None:
    *dated, last_message = before
    *grown, newest_message = _last_ids()
    for column, last, newest in zip(_DATED, dated, grown, strict=True):
        if newest > last:
            db.session.execute(update(column.class_).where(column.class_.id > last).values({column.key: moment}))
    if changed:
        db.session.execute(update(Application).where(Application.id.in_(changed)).values(changed_at=moment))
        ended = Certificate.application_id.in_(changed) & Certificate.terminated_at.is_not(None)
        db.session.execute(update(Certificate).where(ended).values(terminated_at=moment))
        replaced = Certificate.application_id.in_(changed) & Certificate.superseded_at.is_not(None)
        db.session.execute(update(Certificate).where(replaced).values(superseded_at=moment))
    # Midnight may have passed since, and then some of it was done on one day and some on the next.
    days, then = {chinese_date(today_in_shanghai(at)) for at in (began, now())}, chinese_date(today_in_shanghai(moment))
    for notice in db.session.scalars(select(Notification).where(Notification.created_at == moment)):
        notice.text = _dated(notice.text, days, then)
    if newest_message > last_message:
        # Sent long ago, as far as anybody can tell: the worker shall not print them all at its first start.
        sent = {"created_at": moment, "due_at": moment, "sent_at": moment, "tries": 1, "status": SmsStatus.SENT}
        for message in db.session.scalars(select(SmsMessage).where(SmsMessage.id > last_message)):
            for name, value in (*sent.items(), ("text", _dated(message.text, days, then))):
                setattr(message, name, value)


def _dated(text: str, days: Iterable[str], then: str) -> str:
    for day in days:
        text = text.replace(day, then)
    return text


@transactional
def _date_profiles(moment: datetime, began: datetime) -> None:
    """Profiles saved since ``began`` were saved then: else each case would seem changed after it was submitted."""
    db.session.execute(update(Expert).where(Expert.updated_at >= began).values(updated_at=moment))


@transactional
def read_until(moment: datetime) -> None:
    """Whoever was told something before ``moment`` has read it."""
    old = update(Notification).where(Notification.created_at < moment, Notification.read_at.is_(None))
    db.session.execute(old.values(read_at=Notification.created_at))


@transactional
def issue_on(certificate_id: int, day: date) -> None:
    """Makes a certificate of today one of ``day``: dates, number, PDF and message agree with each other."""
    certificate = db.session.get_one(Certificate, certificate_id)
    application, prefix = certificate.application, certificate.organization.prefix
    today, former = certificate.issued_on, certificate.number
    # Gives today's number back, as if it had never been taken, unless somebody has taken the next one since (R16).
    db.session.execute(
        update(NumberCounter)
        .where(
            NumberCounter.prefix == prefix,
            NumberCounter.day == f"{today:%Y%m%d}",
            NumberCounter.serial == int(former.removeprefix(f"{prefix}{today:%Y%m%d}")),
        )
        .values(serial=NumberCounter.serial - 1)
    )
    if certificate.supersedes is None:
        words = filings.words_for(application, day)
        certificate.valid_from, certificate.valid_to = words.valid_from, words.valid_to
    number = certificate_number(prefix, day, issuing.next_serial(prefix, day))
    certificate.number, certificate.issued_on = number, day
    drawn = issuing.draw(issuing.as_issued(certificate), prefix)
    certificate.digest, certificate.signer = drawn.digest, drawn.signer
    told = select(SmsMessage).where(SmsMessage.mobile == application.expert.mobile)
    rung = select(Notification).where(Notification.text.contains(former))
    for message in (*db.session.scalars(told), *db.session.scalars(rung)):
        message.text = message.text.replace(former, number)


def _last_ids() -> list[int]:
    """The last id of each dated table, then of the messages; in one statement."""
    models = [*(column.class_ for column in _DATED), SmsMessage]
    row = db.session.execute(select(*(select(func.max(model.id)).scalar_subquery() for model in models))).one()
    return [last or 0 for last in row]
