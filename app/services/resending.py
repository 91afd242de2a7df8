"""重新发送: what failed for good, or was not delivered, goes out again because somebody says so."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.sms_wording import mask_codes
from app.extensions import db
from app.models import SmsMessage, SmsStatus
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import RESEND
from app.services import messages, rows, wakeups
from app.services.audit import audit
from app.services.unit_of_work import transactional

AT_MOST = 100
RECENT = timedelta(days=7)
"""What is older is seen in the list, and asked about by nobody: an SMS about last month does not help."""
STRANDED = (SmsStatus.FAILED, SmsStatus.UNDELIVERED)


@dataclass(frozen=True)
class Line:
    """A message that was chosen, and why it cannot go out again; "" where it can."""

    message: SmsMessage
    reason: str


def stranded() -> ColumnElement[bool]:
    """Messages that did not arrive."""
    return SmsMessage.status.in_(STRANDED)


def waiting() -> ColumnElement[bool]:
    """Those that somebody should look at. Not codes: whom one did not reach has asked for the next by now."""
    return stranded() & _made_after(now() - RECENT) & SmsMessage.purpose.not_in(messages.CODE_PURPOSES)


def waiting_count() -> int:
    """How many there are."""
    return rows.count(select(SmsMessage.id).where(waiting()))


def failed_count(since: timedelta) -> int:
    """How many of the messages made within that time did not arrive, codes among them."""
    moment = now() - since
    return rows.count(select(SmsMessage.id).where(stranded(), _made_after(moment)))


def _made_after(moment: datetime) -> ColumnElement[bool]:
    # None was due before it was made, and what is due when has an index.
    return (SmsMessage.created_at > moment) & (SmsMessage.due_at > moment)


def reason_against(message: SmsMessage) -> str:
    """Why a message cannot be sent again, as a sentence; "" where it can."""
    if message.status not in STRANDED:
        return f"短信为“{message.status.label}”，不用重新发送。"
    if not message.mobile:
        return "手机号和内容已按期限删除，无法再发。"
    if messages.is_outdated_code(message):
        return "验证码已过有效期，请本人重新获取。"
    return ""


def plan(actor: Actor, chosen: Sequence[int], *, lock: bool = False) -> list[Line]:
    """The chosen messages, the oldest first; with ``lock``, kept as they are until the transaction ends.

    Raises ``NotAllowed``, and ``Invalid`` for none or too many.
    """
    if not actor.may(RESEND):
        raise NotAllowed("您没有重新发送短信的权限。")
    if not chosen:
        raise Invalid("请先勾选要重新发送的短信。")
    if len(set(chosen)) > AT_MOST:
        raise Invalid(f"一次最多重新发送{AT_MOST}条，请减少勾选。")
    found = select(SmsMessage).where(SmsMessage.id.in_(set(chosen))).order_by(SmsMessage.id)
    if lock:
        found = found.with_for_update()
    lines = [Line(message, reason_against(message)) for message in db.session.scalars(found)]
    if not lines:
        raise Invalid("没有找到这些短信，请返回列表重新勾选。")
    return lines


@transactional
def resend(actor: Actor, chosen: Sequence[int]) -> tuple[int, int]:
    """Queues those of the chosen messages that can go out again, each noted in 操作日志 with what became of it before.

    Gives how many, and how many cannot. Raises as ``plan`` does, and ``Conflict`` where none can.

    A message keeps its row and gets a new key: by its old one a provider would take it for a repeat of what it has had
    already, and drop it. Its tries begin anew; the log keeps the old key and what came of it.
    """
    lines = plan(actor, chosen, lock=True)
    again = [line.message for line in lines if not line.reason]
    if not again:
        raise Conflict(lines[0].reason if len(lines) == 1 else "勾选的短信都不能重新发送，没有任何改动。")
    for message in again:
        _requeue(actor, message)
    wakeups.soon()
    return len(again), len(lines) - len(again)


def _requeue(actor: Actor, message: SmsMessage) -> None:
    before = {
        "former_key": message.key,
        "former_status": message.status.label,
        "count": message.tries,
        "former_outcome": mask_codes(message.report or message.error or ""),
    }
    audit(actor, "重新发送短信", f"短信记录#{message.id}", before)
    message.status = SmsStatus.QUEUED
    message.key, message.tries = secrets.token_hex(16), 0
    message.due_at = message.resent_at = now()
    message.sent_at = message.receipt = message.reported_at = message.report = message.error = None
