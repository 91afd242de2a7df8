"""The worker's half of the outbox: at least once, with back-off, nothing lost; then what became of it."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, select, update

from app.adapters.sms import Report, Sms, SmsFailed, Submitted
from app.extensions import db
from app.models import SmsMessage, SmsStatus
from app.models.types import now
from app.services.ports import ports
from app.services.unit_of_work import transactional

LEASE = timedelta(minutes=2)
"""How long a worker that took a message has it to itself; one that dies lets it go after that."""
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))

FIRST_ASKED = timedelta(minutes=1)
"""How long after it was sent a message is asked for; from then on whenever as much time again has passed."""
ASKED_FOR = timedelta(days=3)
"""Carriers report within that, or never."""


def deliver(limit: int = 50) -> int:
    """Sends up to ``limit`` messages that are due. Gives how many were taken up."""
    for count in range(limit):
        message = _take()
        if message is None:
            return count
        outgoing = Sms(
            message.mobile, message.text, message.key, message.template or "", json.loads(message.params or "{}")
        )
        try:
            receipt = ports().sms.send(outgoing)
        except SmsFailed as failure:
            _put_back(message.id, str(failure), final=failure.permanent)
        else:
            _mark_sent(message.id, receipt)
    return limit


def ask(limit: int = 10) -> int:
    """Asks the provider what became of up to ``limit`` messages. Gives how many were asked for.

    A provider that does not answer is asked no more this time: codes wait to be sent.
    """
    for count in range(limit):
        message = _take_up()
        if message is None:
            return count
        assert message.receipt is not None
        assert message.sent_at is not None
        try:
            report = ports().sms.report(Submitted(message.mobile, message.key, message.receipt, message.sent_at))
        except SmsFailed as failure:
            current_app.logger.warning("the provider did not say what became of a message: %s", failure)
            return count + 1
        if report is not None:
            _note_report(message.id, report)
    return limit


@transactional
def _take() -> SmsMessage | None:
    moment = now()
    message = _next(SmsMessage.status == SmsStatus.QUEUED, SmsMessage.due_at <= moment)
    if message is not None:
        message.due_at, message.tries = moment + LEASE, message.tries + 1
    return message


@transactional
def _take_up() -> SmsMessage | None:
    """A submitted message that is to be asked for. Put off before it is asked for: a worker that dies skips a turn."""
    moment = now()
    message = _next(
        SmsMessage.status == SmsStatus.SENT,
        # A message is never due before it was sent: this keeps the index from the older ones.
        SmsMessage.due_at.between(moment - ASKED_FOR, moment),
        SmsMessage.sent_at > moment - ASKED_FOR,
        SmsMessage.receipt.is_not(None),
    )
    if message is not None:
        assert message.sent_at is not None
        message.due_at = moment + max(FIRST_ASKED, moment - message.sent_at)
    return message


def _next(*clauses: ColumnElement[bool]) -> SmsMessage | None:
    """The first of these messages that no other worker holds."""
    first = select(SmsMessage).where(*clauses).order_by(SmsMessage.id).limit(1).with_for_update(skip_locked=True)
    return db.session.scalars(first).one_or_none()


@transactional
def _mark_sent(message_id: int, receipt: str | None) -> None:
    moment = now()
    db.session.execute(
        update(SmsMessage)
        .where(SmsMessage.id == message_id)
        .values(status=SmsStatus.SENT, sent_at=moment, due_at=moment + FIRST_ASKED, error=None, receipt=receipt)
    )


@transactional
def _put_back(message_id: int, error: str, *, final: bool) -> None:
    message = db.session.get_one(SmsMessage, message_id)
    message.error = error[:200]
    if final or message.tries > len(BACK_OFF):
        message.status = SmsStatus.FAILED
    else:
        message.due_at = now() + BACK_OFF[message.tries - 1]


@transactional
def _note_report(message_id: int, report: Report) -> None:
    message = db.session.get_one(SmsMessage, message_id, with_for_update=True)
    if message.status is not SmsStatus.SENT:
        return
    message.reported_at, message.report = report.at, report.reason[:200]
    if report.delivered:
        message.status = SmsStatus.DELIVERED
    else:
        message.status = SmsStatus.UNDELIVERED
