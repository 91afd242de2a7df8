"""The worker's half of the outbox: at least once, with back-off, nothing lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.sms import FakeSms, Report, Sms, SmsFailed
from app.extensions import db
from app.models import SmsMessage, SmsStatus, SmsTemplate
from app.services import codes, messages, notices
from config import SMS_TIMEOUT_AT_MOST
from tests.support.clock import Clock
from tests.support.races import at_once


@pytest.fixture
def queued(app: Flask, clock: Clock) -> SmsMessage:
    """A message that is due."""
    notices.password_recovered("13912345678", "张三")
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


def test_a_code_that_nobody_can_use_any_more_is_not_sent(app: Flask, sms: FakeSms, clock: Clock) -> None:
    codes.send("13912345678", codes.LOGIN)
    code = db.session.scalars(select(SmsMessage)).one()
    clock.forward(minutes=10)
    assert messages.deliver() == 1
    assert (code.status, code.error, sms.sent) == (SmsStatus.FAILED, "验证码已过有效期，没有发出", [])


def test_a_fault_of_the_providers_client_is_a_failure_and_no_end(
    queued: SmsMessage, sms: FakeSms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: Sms) -> str:
        raise KeyError(message.mobile)

    monkeypatch.setattr(sms, "send", broken)
    assert messages.deliver() == 1
    assert (queued.status, queued.tries, queued.error) == (SmsStatus.QUEUED, 1, "短信发送程序出错（KeyError）")


@pytest.mark.parametrize("late", [True, False])
def test_a_worker_held_up_past_its_lease_undoes_nothing_of_the_next_ones(
    queued: SmsMessage, sms: FakeSms, clock: Clock, late: bool
) -> None:
    first = messages._take()
    assert first is not None
    held = messages.Held(first.id, first.key, first.tries)
    clock.forward(seconds=messages.LEASE.total_seconds())
    messages.deliver()
    sent_at = clock.now()
    messages._note_report(queued.id, told(clock, delivered=True, reason="DELIVRD"))
    clock.forward(minutes=1)
    if late:
        messages._mark_sent(held, "late")
    else:
        messages._put_back(held, "no answer", final=True)
    assert (queued.status, queued.sent_at, queued.error) == (SmsStatus.DELIVERED, sent_at, None)


def test_no_transaction_waits_for_a_provider(queued: SmsMessage, sms: FakeSms, monkeypatch: pytest.MonkeyPatch) -> None:
    open_meanwhile: list[bool] = []
    monkeypatch.setattr(sms, "send", lambda message: open_meanwhile.append(db.session().in_transaction()))
    messages.deliver()
    assert open_meanwhile == [False]


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
        notices.password_recovered(f"1391234567{number}", "张三")
    db.session.commit()
    assert sum(at_once(app, [messages.deliver] * 3)) == 6
    assert sorted(call.mobile[-1] for call in sms.sent) == list("012345")


def test_a_worker_takes_no_more_than_it_was_told(app: Flask, sms: FakeSms) -> None:
    for number in range(3):
        notices.password_recovered(f"1391234567{number}", "张三")
    db.session.commit()
    assert messages.deliver(limit=2) == 2
    assert [call.mobile[-1] for call in sms.sent] == ["0", "1"]


def test_one_bad_number_does_not_hold_up_the_others(app: Flask, sms: FakeSms) -> None:
    for number in range(2):
        notices.password_recovered(f"1391234567{number}", "张三")
    db.session.commit()
    sms.failures = 1
    assert messages.deliver() == 2
    assert [call.mobile[-1] for call in sms.sent] == ["1"]


def test_what_is_rolled_back_tells_nobody(app: Flask) -> None:
    notices.password_recovered("13912345678", "张三")
    db.session.rollback()
    assert messages.deliver() == 0


def test_the_lease_is_longer_than_a_provider_may_take() -> None:
    assert timedelta(minutes=1) <= messages.LEASE <= timedelta(minutes=5)
    # To connect, and to wait.
    assert 2 * timedelta(seconds=SMS_TIMEOUT_AT_MOST) < messages.LEASE


@pytest.fixture
def submitted(queued: SmsMessage, sms: FakeSms) -> SmsMessage:
    """A message that the provider has taken."""
    messages.deliver()
    return queued


def told(clock: Clock, *, delivered: bool, reason: str) -> Report:
    return Report(delivered, clock.now() + timedelta(seconds=20), reason)


def test_a_message_goes_with_what_a_provider_needs(app: Flask, sms: FakeSms) -> None:
    template = db.session.scalars(select(SmsTemplate).where(SmsTemplate.purpose == "密码已找回")).one()
    template.provider_code = "SMS_42"
    notices.password_recovered("13912345678", "张三")
    db.session.commit()
    messages.deliver()
    (call,) = sms.sent
    assert (call.template, dict(call.params)) == ("SMS_42", {"name": "张三"})


def test_a_message_from_before_templates_is_sent_all_the_same(queued: SmsMessage, sms: FakeSms) -> None:
    queued.template = queued.params = None
    db.session.commit()
    messages.deliver()
    (call,) = sms.sent
    assert (call.text, call.template, call.params) == (queued.text, "", {})


@pytest.mark.parametrize(
    ("delivered", "reason", "status"), [(True, "DELIVRD", SmsStatus.DELIVERED), (False, "空号", SmsStatus.UNDELIVERED)]
)
def test_what_became_of_a_message_is_asked_and_noted(
    submitted: SmsMessage, sms: FakeSms, clock: Clock, delivered: bool, reason: str, status: SmsStatus
) -> None:
    sms.reports[submitted.key] = report = told(clock, delivered=delivered, reason=reason)
    assert messages.ask() == 0
    clock.forward(seconds=messages.FIRST_ASKED.total_seconds())
    assert messages.ask() == 1
    assert (submitted.status, submitted.reported_at, submitted.report) == (status, report.at, reason)
    assert submitted.error is None
    clock.forward(days=1)
    assert messages.ask() == messages.deliver() == 0
    assert len(sms.sent) == 1


def test_a_message_is_asked_for_less_and_less_and_not_for_ever(
    submitted: SmsMessage, sms: FakeSms, clock: Clock
) -> None:
    begun, moments = clock.now(), []
    while submitted.due_at - begun < messages.ASKED_FOR:
        clock.at(submitted.due_at)
        assert messages.ask() == 1
        moments.append(clock.now() - begun)
        assert len(moments) < 20
    assert moments[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert len(moments) == len(sms.asked) == 13
    clock.at(submitted.due_at)
    assert messages.ask() == 0
    assert submitted.status is SmsStatus.SENT


def test_a_provider_that_does_not_answer_is_asked_no_more_this_time(
    app: Flask, sms: FakeSms, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        notices.password_recovered(f"1391234567{number}", "张三")
    db.session.commit()
    messages.deliver()
    clock.forward(minutes=1)
    sms.failures = 1
    assert messages.ask() == 1
    assert len(sms.asked) == 1
    assert "told to fail" in caplog.text
    assert "1391234567" not in caplog.text
    assert messages.ask() == 2
    assert len(set(sms.asked)) == 3
    clock.forward(minutes=1)
    assert messages.ask(limit=2) == 2


def test_a_worker_that_died_asking_skips_a_turn_and_sends_nothing_again(
    submitted: SmsMessage, sms: FakeSms, clock: Clock
) -> None:
    clock.forward(minutes=1)
    assert messages._take_up() is not None
    assert messages.ask() == 0
    clock.forward(minutes=1)
    sms.reports[submitted.key] = told(clock, delivered=True, reason="DELIVRD")
    assert messages.ask() == 1
    assert submitted.status is SmsStatus.DELIVERED
    assert len(sms.sent) == 1


def test_a_report_never_overwrites_another(submitted: SmsMessage, clock: Clock) -> None:
    messages._note_report(submitted.id, told(clock, delivered=True, reason="DELIVRD"))
    messages._note_report(submitted.id, told(clock, delivered=False, reason="late"))
    assert (submitted.status, submitted.report) == (SmsStatus.DELIVERED, "DELIVRD")


def test_a_long_word_of_a_carrier_fits_its_column(submitted: SmsMessage, clock: Clock) -> None:
    messages._note_report(submitted.id, told(clock, delivered=False, reason="长" * 500))
    assert submitted.report == "长" * 200


def test_what_gave_no_receipt_is_not_asked_for(
    queued: SmsMessage, sms: FakeSms, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms, "send", lambda message: None)
    messages.deliver()
    clock.forward(minutes=5)
    assert messages.ask() == 0
    assert queued.status is SmsStatus.SENT


def test_two_workers_do_not_ask_for_the_same_message(app: Flask, sms: FakeSms, clock: Clock) -> None:
    for number in range(6):
        notices.password_recovered(f"1391234567{number}", "张三")
    db.session.commit()
    messages.deliver()
    clock.forward(minutes=1)
    assert sum(at_once(app, [messages.ask] * 3)) == 6
    assert len(set(sms.asked)) == len(sms.asked) == 6
