"""Messages: the console shows no number, the fake tells what was sent and fails when told to."""

from __future__ import annotations

import io

import pytest

from app.adapters.sms import ConsoleSms, FakeSms, Sms, SmsFailed, SmsSender
from app.domain.errors import DomainError


def test_console_prints_one_line_with_the_number_masked() -> None:
    out = io.StringIO()
    ConsoleSms(out).send(Sms("13812345678", "您的验证码是 123456，\n十分钟内有效。", "code-1"))
    assert out.getvalue() == "[SMS] 138****5678 您的验证码是 123456， 十分钟内有效。 (code-1)\n"


def test_console_prints_to_the_stream_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleSms().send(Sms("13812345678", "备案完成", "k"))
    assert capsys.readouterr().out == "[SMS] 138****5678 备案完成 (k)\n"


def test_fake_records_every_message_repeats_included() -> None:
    sms = FakeSms()
    sender: SmsSender = sms
    sender.send(Sms("13812345678", "一", "k1"))
    sender.send(Sms("13812345678", "一", "k1"))
    sender.send(Sms("13912345678", "二", "k2"))
    assert [message.key for message in sms.sent] == ["k1", "k1", "k2"]
    assert sms.last_to("13812345678") == Sms("13812345678", "一", "k1")
    with pytest.raises(LookupError):
        sms.last_to("13712345678")


def test_fake_fails_as_often_as_told_and_then_sends() -> None:
    sms = FakeSms(failures=2)
    for _ in range(2):
        with pytest.raises(SmsFailed):
            sms.send(Sms("13812345678", "一", "k1"))
    sms.send(Sms("13812345678", "一", "k1"))
    assert len(sms.sent) == 1


def test_fake_fails_for_ever_with_the_error_given() -> None:
    sms = FakeSms(failures=-1, error=SmsFailed("number does not exist", permanent=True))
    for _ in range(5):
        with pytest.raises(SmsFailed) as caught:
            sms.send(Sms("13812345678", "一", "k1"))
        assert caught.value.permanent
    assert sms.sent == []


def test_failure_tells_the_user_nothing_of_its_reason() -> None:
    failure = SmsFailed("isv.BUSINESS_LIMIT_CONTROL")
    assert isinstance(failure, DomainError)
    assert (failure.status, failure.permanent) == (503, False)
    assert failure.message == "短信暂时无法发送，请稍后再试。"
    assert str(failure) == failure.reason == "isv.BUSINESS_LIMIT_CONTROL"
