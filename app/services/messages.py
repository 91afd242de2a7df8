"""The worker's half of the outbox: at least once, with back-off, nothing lost; then what became of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, select, update

from app.adapters.sms import Report, Sms, SmsFailed, Submitted
from app.domain.sms_wording import WORDINGS
from app.extensions import db
from app.models import SmsMessage, SmsStatus
from app.models.types import now
from app.services import codes
from app.services.ports import ports
from app.services.unit_of_work import transactional

LEASE = timedelta(minutes=2)
"""How long a worker that took a message has it to itself; one that dies lets it go after that."""
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))

FIRST_ASKED = timedelta(minutes=1)
"""How long after it was sent a message is asked for; from then on whenever as much time again has passed."""
ASKED_FOR = timedelta(days=3)
"""Carriers report within that, or never."""

CODE_PURPOSES = frozenset(purpose for purpose, wording in WORDINGS.items() if wording.is_code)


class Held(NamedTuple):
    """A message as a worker took it up: after its lease another may hold it, with one try more."""

    id: int
    key: str
    tries: int


def deliver(limit: int = 50) -> int:
    """Sends up to ``limit`` messages that are due. Gives how many were taken up."""
    for count in range(limit):
        message = _take()
        if message is None:
            return count
        # As they are now: should this worker be held up past its lease, another may have gone on with the message.
        held = Held(message.id, message.key, message.tries)
        try:
            receipt = _send(message)
        except SmsFailed as failure:
            _put_back(held, str(failure), final=failure.permanent)
        else:
            _mark_sent(held, receipt)
    return limit


def _let_go() -> None:
    """Ends the reading of what is to be sent: no connection waits with a transaction open for a provider's answer."""
    db.session.rollback()


def is_outdated_code(message: SmsMessage) -> bool:
    """Whether it tells a code that nobody can use any more: it would only puzzle whom it reaches."""
    return is_code(message) and message.created_at + codes.LIFETIME <= now()


def is_code(message: SmsMessage) -> bool:
    """Whether it tells a verification code."""
    return message.purpose in CODE_PURPOSES


def _send(message: SmsMessage) -> str | None:
    """The provider's receipt. Raises SmsFailed."""
    if is_outdated_code(message):
        raise SmsFailed("验证码已过有效期，没有发出", permanent=True)
    params = json.loads(message.params or "{}")
    outgoing = Sms(message.mobile, message.text, message.key, message.template or "", params)
    _let_go()
    try:
        return ports().sms.send(outgoing)
    except SmsFailed:
        raise
    except Exception as fault:
        # Whatever a provider's client raises besides: the next message must not wait for this one's sake.
        current_app.logger.exception("a message could not be sent")
        raise SmsFailed(f"短信发送程序出错（{type(fault).__name__}）") from fault


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
        message_id = message.id
        submitted = Submitted(message.mobile, message.key, message.receipt, message.sent_at)
        _let_go()
        try:
            report = ports().sms.report(submitted)
        except SmsFailed as failure:
            current_app.logger.warning("the provider did not say what became of a message: %s", failure)
            return count + 1
        if report is not None:
            _note_report(message_id, report)
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
    """The one of these messages that has been due longest and that no other worker holds: an index knows."""
    first = (
        select(SmsMessage)
        .where(*clauses)
        .order_by(SmsMessage.due_at, SmsMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalars(first).one_or_none()


@transactional
def _mark_sent(held: Held, receipt: str | None) -> None:
    """Whoever held it: it was sent. Not where a report says more already, nor where it was sent again by hand."""
    moment = now()
    db.session.execute(
        update(SmsMessage)
        .where(SmsMessage.id == held.id, SmsMessage.key == held.key, SmsMessage.status == SmsStatus.QUEUED)
        .values(status=SmsStatus.SENT, sent_at=moment, due_at=moment + FIRST_ASKED, error=None, receipt=receipt)
    )


@transactional
def _put_back(held: Held, error: str, *, final: bool) -> None:
    message = db.session.get_one(SmsMessage, held.id, with_for_update=True)
    if message.status is not SmsStatus.QUEUED or Held(message.id, message.key, message.tries) != held:
        return
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
