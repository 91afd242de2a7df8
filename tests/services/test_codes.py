"""Codes by SMS: 6 digits, 10 minutes, 5 tries, one use; 1 a minute, 5 an hour, 10 a day for a number."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.sms import FakeSms
from app.domain.errors import Invalid, TooMany
from app.extensions import db
from app.models import SmsMessage, VerificationCode
from app.services import codes, messages
from app.services.unit_of_work import transactional
from tests.support.clock import Clock
from tests.support.races import at_once

MOBILE, OTHER = "13912345678", "13912345679"


def sent(sms: FakeSms, mobile: str = MOBILE, purpose: str = codes.REGISTER) -> str:
    codes.send(mobile, purpose)
    messages.deliver()
    return sms.last_to(mobile).text.split("验证码")[1][:6]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def refusal(code: str, mobile: str = MOBILE, purpose: str = codes.REGISTER) -> str:
    with pytest.raises(Invalid) as refused:
        codes.check(mobile, purpose, code)
    assert refused.value.field == "code"
    return refused.value.message


@transactional
def use(code_id: int) -> None:
    codes.use(code_id)


def test_the_message_tells_code_purpose_and_lifetime(app: Flask, sms: FakeSms) -> None:
    code = sent(sms)
    assert len(code) == 6
    assert code.isdigit()
    assert sms.last_to(MOBILE).text == f"【应急管理专家库】验证码{code}，用于专家注册，10分钟内有效。请勿告诉他人。"


def test_the_code_itself_is_not_kept(app: Flask, sms: FakeSms) -> None:
    code = sent(sms)
    row = db.session.scalars(select(VerificationCode)).one()
    assert code not in row.code_hash
    assert len(row.code_hash) == 64


def test_the_right_code_serves_once(app: Flask, sms: FakeSms) -> None:
    code = sent(sms)
    code_id = codes.check(MOBILE, codes.REGISTER, f" {code} ")
    use(code_id)
    with pytest.raises(Invalid, match="已使用"):
        use(code_id)
    assert "失效" in refusal(code)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "请输入"), ("  ", "请输入"), ("12345", "6位数字"), ("12345a", "6位数字"), ("１２３４５６", "6位数字")],
)
def test_what_is_no_code_costs_no_try(app: Flask, sms: FakeSms, typed: str, words: str) -> None:
    sent(sms)
    assert words in refusal(typed)
    assert db.session.scalars(select(VerificationCode.tries)).one() == 0


def test_a_code_is_for_its_mobile_and_its_purpose(app: Flask, sms: FakeSms) -> None:
    code = sent(sms)
    assert "失效" in refusal(code, mobile=OTHER)
    assert "失效" in refusal(code, purpose=codes.LOGIN)
    assert codes.check(MOBILE, codes.REGISTER, code)


def test_five_wrong_tries_end_a_code(app: Flask, sms: FakeSms) -> None:
    code = sent(sms)
    for _ in range(codes.TRIES):
        assert "不正确" in refusal(wrong(code))
    assert "已作废" in refusal(code)


def test_the_fifth_try_may_still_be_right(app: Flask, sms: FakeSms) -> None:
    code = sent(sms)
    for _ in range(codes.TRIES - 1):
        refusal(wrong(code))
    assert codes.check(MOBILE, codes.REGISTER, code)


def test_tries_at_once_are_counted_each(app: Flask, sms: FakeSms) -> None:
    """A dozen guesses in parallel are a dozen, not one."""
    code = sent(sms)
    outcomes = at_once(app, [lambda: codes.check(MOBILE, codes.REGISTER, wrong(code))] * 12)
    words = [outcome.message for outcome in outcomes]
    assert sum("不正确" in message for message in words) == codes.TRIES
    assert sum("已作废" in message for message in words) == 12 - codes.TRIES
    assert db.session.scalars(select(VerificationCode.tries)).one() == 12


def test_a_code_lives_ten_minutes(app: Flask, sms: FakeSms, clock: Clock) -> None:
    code = sent(sms)
    clock.forward(minutes=10, seconds=-1)
    assert codes.check(MOBILE, codes.REGISTER, code)
    clock.forward(seconds=1)
    assert "失效" in refusal(code)


def test_the_newest_code_counts(app: Flask, sms: FakeSms, clock: Clock) -> None:
    first = sent(sms)
    clock.forward(minutes=1)
    second = sent(sms)
    if first != second:
        assert "不正确" in refusal(first)
    assert codes.check(MOBILE, codes.REGISTER, second)


def test_older_codes_end_with_the_one_that_was_used(app: Flask, sms: FakeSms, clock: Clock) -> None:
    first = sent(sms)
    clock.forward(minutes=1)
    used = codes.check(MOBILE, codes.REGISTER, sent(sms))
    transactional(codes.use)(used)
    assert "失效" in refusal(first)


def test_one_code_a_minute(app: Flask, clock: Clock) -> None:
    codes.send(MOBILE, codes.REGISTER)
    clock.forward(seconds=59)
    with pytest.raises(TooMany, match="1分钟"):
        codes.send(MOBILE, codes.LOGIN)
    codes.send(OTHER, codes.LOGIN)
    clock.forward(seconds=1)
    codes.send(MOBILE, codes.LOGIN)


def test_five_codes_an_hour_and_ten_a_day(app: Flask, clock: Clock) -> None:
    started = clock.now()
    for _ in range(5):
        codes.send(MOBILE, codes.REGISTER)
        clock.forward(minutes=2)
    with pytest.raises(TooMany, match="1小时"):
        codes.send(MOBILE, codes.REGISTER)
    clock.at(started)
    clock.forward(hours=1)
    for _ in range(5):
        codes.send(MOBILE, codes.REGISTER)
        clock.forward(minutes=20)
    with pytest.raises(TooMany, match="24小时"):
        codes.send(MOBILE, codes.REGISTER)
    clock.at(started)
    clock.forward(days=1)
    codes.send(MOBILE, codes.REGISTER)


def test_the_limit_holds_where_many_ask_at_once(app: Flask) -> None:
    outcomes = at_once(app, [lambda: codes.send(MOBILE, codes.REGISTER)] * 8)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes if outcome is not None} == {TooMany}
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 1


def test_a_request_that_sends_nothing_counts_too(app: Flask) -> None:
    codes.send(MOBILE, codes.LOGIN, deliver=False)
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 0
    with pytest.raises(TooMany):
        codes.send(MOBILE, codes.LOGIN)


def test_a_number_that_is_none_is_refused(app: Flask) -> None:
    with pytest.raises(Invalid) as refused:
        codes.send("12345", codes.REGISTER)
    assert refused.value.field == "mobile"
    assert db.session.scalar(select(func.count()).select_from(VerificationCode)) == 0
