"""The worker's half of the outbox: at least once, with back-off, nothing lost."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from app.adapters.sms import SmsFailed
from app.extensions import db
from app.models import SmsMessage, SmsStatus
from app.models.types import now
from app.services.ports import ports
from app.services.unit_of_work import transactional

LEASE = timedelta(minutes=2)
"""How long a worker that took a message has it to itself; one that dies lets it go after that."""
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))


def deliver(limit: int = 50) -> int:
    """Sends up to ``limit`` messages that are due. Gives how many were taken up."""
    for count in range(limit):
        message = _take()
        if message is None:
            return count
        try:
            ports().sms.send(message.mobile, message.text, message.key)
        except SmsFailed as failure:
            _put_back(message.id, str(failure), final=failure.permanent)
        else:
            _mark_sent(message.id)
    return limit


@transactional
def _take() -> SmsMessage | None:
    moment = now()
    due = (
        select(SmsMessage.id)
        .where(SmsMessage.status == SmsStatus.QUEUED, SmsMessage.due_at <= moment)
        .order_by(SmsMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    message_id = db.session.scalar(due)
    if message_id is None:
        return None
    message = db.session.get_one(SmsMessage, message_id)
    message.due_at, message.tries = moment + LEASE, message.tries + 1
    return message


@transactional
def _mark_sent(message_id: int) -> None:
    db.session.execute(
        update(SmsMessage).where(SmsMessage.id == message_id).values(status=SmsStatus.SENT, sent_at=now(), error=None)
    )


@transactional
def _put_back(message_id: int, error: str, *, final: bool) -> None:
    message = db.session.get_one(SmsMessage, message_id)
    message.error = error[:200]
    if final or message.tries > len(BACK_OFF):
        message.status = SmsStatus.FAILED
    else:
        message.due_at = now() + BACK_OFF[message.tries - 1]
