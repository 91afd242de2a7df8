"""重新发送: the dead letters, sent again by hand."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.sms import FakeSms, SmsFailed
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.extensions import db
from app.models import AuditEntry, SmsMessage, SmsStatus
from app.policies.actor import Actor
from app.policies.roles import ADMINISTRATOR, FILER
from app.services import closing, codes, messages, notices, resending
from tests.support import people
from tests.support.clock import Clock
from tests.support.races import at_once


@pytest.fixture
def administrator(app: Flask) -> Actor:
    return people.actor(people.staff(ADMINISTRATOR))


@pytest.fixture
def failed(app: Flask, sms: FakeSms, clock: Clock) -> SmsMessage:
    """A message that failed five times."""
    notices.password_recovered("13912345678", "张三")
    db.session.commit()
    message = db.session.scalars(select(SmsMessage)).one()
    sms.failures = 5
    while message.status is SmsStatus.QUEUED:
        messages.deliver()
        clock.at(message.due_at)
    assert (message.status, message.tries) == (SmsStatus.FAILED, 5)
    return message


def last_entry() -> AuditEntry:
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_a_message_that_failed_five_times_is_sent_again_under_another_key(
    failed: SmsMessage, administrator: Actor, sms: FakeSms, clock: Clock
) -> None:
    old, text = failed.key, failed.text
    assert resending.resend(administrator, [failed.id]) == (1, 0)
    assert (failed.status, failed.tries, failed.error, failed.due_at) == (SmsStatus.QUEUED, 0, None, clock.now())
    assert failed.resent_at == clock.now()
    assert failed.key != old
    assert messages.deliver() == 1
    (sent,) = sms.sent
    assert (sent.key, sent.text, failed.status, failed.tries) == (failed.key, text, SmsStatus.SENT, 1)


def test_what_became_of_it_before_stands_in_the_log(failed: SmsMessage, administrator: Actor) -> None:
    failed.error = "流控 123456"
    db.session.commit()
    old = failed.key
    resending.resend(administrator, [failed.id])
    entry = last_entry()
    assert (entry.action, entry.subject, entry.actor_id) == (
        "重新发送短信", f"短信记录#{failed.id}", administrator.user_id,
    )  # fmt: skip
    assert json.loads(entry.detail or "") == {
        "former_key": old, "former_status": "发送失败", "count": 5, "former_outcome": "流控 ******",
    }  # fmt: skip


def test_what_was_not_delivered_is_asked_for_anew(failed: SmsMessage, administrator: Actor, sms: FakeSms) -> None:
    failed.status, failed.receipt, failed.report = SmsStatus.UNDELIVERED, "receipt-old", "空号"
    failed.sent_at = failed.reported_at = failed.created_at
    db.session.commit()
    resending.resend(administrator, [failed.id])
    assert (failed.receipt, failed.report, failed.sent_at, failed.reported_at) == (None, None, None, None)
    messages.deliver()
    assert failed.receipt == f"receipt-{failed.key}"


@pytest.mark.parametrize("status", [SmsStatus.QUEUED, SmsStatus.SENT, SmsStatus.DELIVERED])
def test_what_is_under_way_or_has_arrived_is_not_sent_again(
    failed: SmsMessage, administrator: Actor, status: SmsStatus
) -> None:
    failed.status = status
    db.session.commit()
    with pytest.raises(Conflict, match=f"短信为“{status.label}”，不用重新发送。"):
        resending.resend(administrator, [failed.id])
    assert failed.tries == 5


def test_a_code_is_sent_again_while_it_works_and_no_longer(
    app: Flask, administrator: Actor, sms: FakeSms, clock: Clock
) -> None:
    codes.send("13800001111", codes.LOGIN)
    sms.failures, sms.error = 1, SmsFailed("余额不足", permanent=True)
    messages.deliver()
    code = db.session.scalars(select(SmsMessage)).one()
    assert code.status is SmsStatus.FAILED
    assert resending.resend(administrator, [code.id]) == (1, 0)
    sms.failures = 1
    messages.deliver()
    clock.forward(minutes=10)
    with pytest.raises(Conflict, match="验证码已过有效期，请本人重新获取。"):
        resending.resend(administrator, [code.id])
    assert resending.waiting_count() == 0


def test_what_was_erased_cannot_be_sent_again(failed: SmsMessage, administrator: Actor) -> None:
    closing.erase_message(failed)
    db.session.commit()
    with pytest.raises(Conflict, match="已按期限删除"):
        resending.resend(administrator, [failed.id])


def test_several_at_once_those_that_can(failed: SmsMessage, administrator: Actor) -> None:
    notices.password_recovered("13912345679", "李四")
    db.session.commit()
    both = [message.id for message in db.session.scalars(select(SmsMessage))]
    lines = resending.plan(administrator, both)
    assert [line.reason for line in lines] == ["", "短信为“待发送”，不用重新发送。"]
    assert resending.resend(administrator, [*both, 999_999]) == (1, 1)


def test_pressed_twice_at_once_it_goes_out_once(
    failed: SmsMessage, administrator: Actor, app: Flask, sms: FakeSms
) -> None:
    key = failed.id
    results = at_once(app, [lambda: resending.resend(administrator, [key])] * 3)
    assert [result for result in results if result == (1, 0)] == [(1, 0)]
    assert all(isinstance(result, Conflict) for result in results if result != (1, 0))
    assert messages.deliver() == 1


@pytest.mark.one_database
def test_who_may_not_and_what_is_none(failed: SmsMessage, administrator: Actor) -> None:
    with pytest.raises(NotAllowed):
        resending.resend(people.actor(people.staff(FILER)), [failed.id])
    for chosen, words in (([], "请先勾选"), (list(range(1, 102)), "最多重新发送100条"), ([999_999], "没有找到")):
        with pytest.raises(Invalid, match=words):
            resending.resend(administrator, chosen)


@pytest.mark.one_database
def test_the_desk_counts_what_is_recent_and_no_codes(failed: SmsMessage, clock: Clock) -> None:
    assert resending.waiting_count() == 1
    clock.forward(days=8)
    assert resending.waiting_count() == 0
