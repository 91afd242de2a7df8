"""The worker's half of the outbox: at least once, with back-off, nothing lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.sms import FakeSms, SmsFailed
from app.extensions import db
from app.models import SmsMessage, SmsStatus
from app.services import messages, notices
from config import SMS_TIMEOUT_AT_MOST
from tests.support.clock import Clock
from tests.support.races import at_once


@pytest.fixture
def queued(app: Flask, clock: Clock) -> SmsMessage:
    """A message that is due."""
    notices.password_reset("13912345678", "张三")
    db.session.commit()
    return db.session.scalars(select(SmsMessage)).one()


def test_a_message_is_sent_once_and_noted(queued: SmsMessage, sms: FakeSms, clock: Clock) -> None:
    assert messages.deliver() == 1
    assert messages.deliver() == 0
    (call,) = sms.sent
    assert (call.mobile, call.text, call.key) == (queued.mobile, queued.text, queued.key)
    assert (queued.status, queued.sent_at, queued.tries, queued.error) == (SmsStatus.SENT, clock.now(), 1, None)


def test_a_failure_is_tried_again_after_a_while(queued: SmsMessage, sms: FakeSms, clock: Clock) -> None:
    sms.failures = 1
    messages.deliver()
    assert (queued.status, queued.error) == (SmsStatus.QUEUED, "told to fail")
    assert queued.due_at == clock.now() + messages.BACK_OFF[0]
    clock.forward(seconds=59)
    assert messages.deliver() == 0
    clock.forward(seconds=1)
    assert messages.deliver() == 1
    assert (queued.status, queued.tries, queued.error) == (SmsStatus.SENT, 2, None)
    assert len(sms.sent) == 1


def test_the_waits_grow_and_the_fifth_failure_is_the_last(queued: SmsMessage, sms: FakeSms, clock: Clock) -> None:
    sms.failures = -1
    waits = []
    while queued.status is SmsStatus.QUEUED:
        assert messages.deliver() == 1
        waits.append(queued.due_at - clock.now())
        clock.at(queued.due_at)
        assert len(waits) < 10
    assert waits[:-1] == list(messages.BACK_OFF)
    assert sorted(messages.BACK_OFF) == list(messages.BACK_OFF)
    assert (queued.status, queued.tries) == (SmsStatus.FAILED, 5)
    clock.forward(days=30)
    assert messages.deliver() == 0


def test_what_the_provider_will_never_take_is_not_tried_again(queued: SmsMessage, sms: FakeSms, clock: Clock) -> None:
    sms.failures, sms.error = 1, SmsFailed("no such number", permanent=True)
    messages.deliver()
    assert (queued.status, queued.error, queued.tries) == (SmsStatus.FAILED, "no such number", 1)
    clock.forward(days=1)
    assert messages.deliver() == 0


def test_a_long_reason_of_a_failure_fits_its_column(queued: SmsMessage, sms: FakeSms) -> None:
    sms.failures, sms.error = 1, SmsFailed("长" * 500)
    messages.deliver()
    assert queued.error == "长" * 200


def test_a_worker_that_died_lets_its_message_go_after_the_lease(queued: SmsMessage, sms: FakeSms, clock: Clock) -> None:
    taken = messages._take()
    assert taken is not None
    assert taken.id == queued.id
    clock.forward(seconds=messages.LEASE.total_seconds() - 1)
    assert messages.deliver() == 0
    clock.forward(seconds=1)
    assert messages.deliver() == 1
    assert (queued.status, queued.tries) == (SmsStatus.SENT, 2)
    assert [call.key for call in sms.sent] == [queued.key]


def test_two_workers_do_not_take_the_same_message(app: Flask, sms: FakeSms) -> None:
    for number in range(6):
        notices.password_reset(f"1391234567{number}", "张三")
    db.session.commit()
    assert sum(at_once(app, [messages.deliver] * 3)) == 6
    assert sorted(call.mobile[-1] for call in sms.sent) == list("012345")


def test_a_worker_takes_no_more_than_it_was_told(app: Flask, sms: FakeSms) -> None:
    for number in range(3):
        notices.password_reset(f"1391234567{number}", "张三")
    db.session.commit()
    assert messages.deliver(limit=2) == 2
    assert [call.mobile[-1] for call in sms.sent] == ["0", "1"]


def test_one_bad_number_does_not_hold_up_the_others(app: Flask, sms: FakeSms) -> None:
    for number in range(2):
        notices.password_reset(f"1391234567{number}", "张三")
    db.session.commit()
    sms.failures = 1
    assert messages.deliver() == 2
    assert [call.mobile[-1] for call in sms.sent] == ["1"]


def test_what_is_rolled_back_tells_nobody(app: Flask) -> None:
    notices.password_reset("13912345678", "张三")
    db.session.rollback()
    assert messages.deliver() == 0


def test_the_lease_is_longer_than_a_provider_may_take() -> None:
    assert timedelta(minutes=1) <= messages.LEASE <= timedelta(minutes=5)
    # To connect, and to wait.
    assert 2 * timedelta(seconds=SMS_TIMEOUT_AT_MOST) < messages.LEASE
