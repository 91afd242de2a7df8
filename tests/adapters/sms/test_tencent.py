"""腾讯云: what is sent and how it is signed, and what each answer means. A server on this machine speaks its protocol."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.adapters.sms import Report, SmsFailed, SmsSender, Submitted
from app.adapters.sms.choice import sms_sender
from tests.adapters.sms.conftest import KEY_ID, KEY_SECRET, MESSAGE
from tests.support.http_stand_in import Request, StandIn

SERIAL = "5000:1045710669157053657849499619"
SENT = Submitted(MESSAGE.mobile, MESSAGE.key, SERIAL, datetime(2026, 11, 23, 16, 30, tzinfo=UTC))


@pytest.fixture
def sender(settings: dict[str, Any]) -> SmsSender:
    return sms_sender({**settings, "SMS_PROVIDER": "tencent"})


def says(**response: Any) -> Callable[[Request], tuple[int, str, bytes]]:
    body = json.dumps({"Response": {**response, "RequestId": "ed93f3cb-f35e-473f-b9f3-0d451b8b79c6"}})
    return lambda request: (200, "application/json", body.encode())


def status(code: str, message: str = "", serial: str = "") -> dict[str, Any]:
    return {
        "SerialNo": serial, "PhoneNumber": "+8613812345678", "Fee": 1, "SessionContext": MESSAGE.key,
        "Code": code, "Message": message, "IsoCode": "CN",
    }  # fmt: skip


def expected_authorization(request: Request) -> str:
    """TC3-HMAC-SHA256 as documented (cloud.tencent.com/document/api/382/38767), worked out anew."""
    names = request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0]
    canonical = "\n".join(
        [
            "POST",
            "/",
            "",
            *(f"{name}:{request.headers[name].strip()}" for name in names.split(";")),
            "",
            names,
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    seconds = request.headers["x-tc-timestamp"]
    day = f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d}"
    scope = f"{day}/sms/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{seconds}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{KEY_SECRET}".encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"TC3-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={names}, Signature={signature}"


def test_a_message_goes_by_template_with_its_key_and_a_right_signature(sender: SmsSender, provider: StandIn) -> None:
    provider.answer = says(SendStatusSet=[status("Ok", "send success", SERIAL)])
    assert sender.send(MESSAGE) == SERIAL
    (request,) = provider.seen
    assert json.loads(request.body) == {
        "PhoneNumberSet": ["+8613812345678"],
        "SmsSdkAppId": "1400006666",
        "SignName": "应急管理专家库",
        "TemplateId": "SMS_123456789",
        "TemplateParamSet": ["张三 &=+*~%/", "省化工-防爆", "YNS20201015001"],
        "SessionContext": MESSAGE.key,
    }
    assert request.path == "/"
    assert (request.headers["x-tc-action"], request.headers["x-tc-version"]) == ("SendSms", "2021-01-11")
    assert abs(int(request.headers["x-tc-timestamp"]) - time.time()) < 60
    assert request.headers["authorization"] == expected_authorization(request)
    assert request.headers["authorization"].count("content-type;host") == 1


def test_a_message_without_a_template_is_not_sent(sender: SmsSender, provider: StandIn) -> None:
    with pytest.raises(SmsFailed, match="没有填写服务商模板编号") as failed:
        sender.send(replace(MESSAGE, template=""))
    assert failed.value.permanent
    assert provider.seen == []


CODES = [
    ("InvalidParameterValue.IncorrectPhoneNumber", True),
    ("FailedOperation.TemplateIncorrectOrUnapproved", True),
    ("FailedOperation.ContainSensitiveWord", True),
    ("FailedOperation.PhoneNumberInBlacklist", True),
    ("LimitExceeded.PhoneNumberThirtySecondLimit", False),
    ("LimitExceeded.PhoneNumberDailyLimit", False),
    ("FailedOperation.InsufficientBalanceInSmsPackage", False),
    ("UnauthorizedOperation.ServiceSuspendDueToArrears", False),
    ("InternalError.Timeout", False),
    ("FailedOperation.SomethingNew", False),
]


@pytest.mark.parametrize(("code", "permanent"), CODES)
def test_a_refusal_of_the_message_says_whether_it_is_for_good(
    sender: SmsSender, provider: StandIn, code: str, permanent: bool
) -> None:
    provider.answer = says(SendStatusSet=[status(code, "+8613812345678 refused, code 654321")])
    with pytest.raises(SmsFailed) as failed:
        sender.send(MESSAGE)
    assert (str(failed.value), failed.value.permanent) == (f"{code} +*** refused, code ***", permanent)


@pytest.mark.parametrize(("code", "permanent"), [*CODES, ("AuthFailure.SignatureFailure", False)])
def test_a_refusal_of_the_request_says_whether_it_is_for_good(
    sender: SmsSender, provider: StandIn, code: str, permanent: bool
) -> None:
    provider.answer = says(Error={"Code": code, "Message": "no"})
    with pytest.raises(SmsFailed) as failed:
        sender.send(MESSAGE)
    assert (str(failed.value), failed.value.permanent) == (f"{code} no", permanent)


BROKEN = {
    "HTTP 500": (500, "text/html", "13812345678 没有".encode()),
    "garbage": (200, "application/json", b"{{{"),
    "nothing": (200, "application/json", b""),
    "a list": (200, "application/json", b"[1, 2]"),
    "null": (200, "application/json", b"null"),
    "no response": (200, "application/json", b"{}"),
    "bytes": (200, "application/json", b"\xff\xfe\x00"),
    "a page": (200, "text/html", b"<h1>Welcome to the wireless network 13812345678</h1>"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_answer_is_a_failure_that_is_tried_again(sender: SmsSender, provider: StandIn, kind: str) -> None:
    provider.answer = lambda request: BROKEN[kind]
    for attempt in (lambda: sender.send(MESSAGE), lambda: sender.report(SENT)):
        with pytest.raises(SmsFailed) as failed:
            attempt()
        assert not failed.value.permanent
        assert "138" not in str(failed.value)
    assert len(provider.seen) == 2


@pytest.mark.parametrize("statuses", [None, []])
def test_an_answer_about_no_message_is_a_failure(sender: SmsSender, provider: StandIn, statuses: Any) -> None:
    provider.answer = says(SendStatusSet=statuses)
    with pytest.raises(SmsFailed, match="没有错误码") as failed:
        sender.send(MESSAGE)
    assert not failed.value.permanent


def test_a_server_that_hangs_is_left_after_the_timeout(sender: SmsSender, provider: StandIn) -> None:
    provider.answer = provider.hang
    begun = time.monotonic()
    with pytest.raises(SmsFailed) as failed:
        sender.send(MESSAGE)
    assert time.monotonic() - begun < 3
    assert not failed.value.permanent
    assert len(provider.seen) == 1


def test_nobody_there_is_a_failure_that_names_neither_number_nor_text(settings: dict[str, Any]) -> None:
    sender = sms_sender({**settings, "SMS_PROVIDER": "tencent", "SMS_ENDPOINT": "http://127.0.0.1:9"})
    with pytest.raises(SmsFailed, match="没有正常应答") as failed:
        sender.send(MESSAGE)
    said = f"{failed.value}{failed.value.__cause__}"
    assert not failed.value.permanent
    assert "138" not in said
    assert "YNS" not in said


def told(outcome: str, **more: Any) -> dict[str, Any]:
    return {
        "Description": "DELIVRD", "CountryCode": "86", "SubscriberNumber": "13812345678", "ReportStatus": outcome,
        "PhoneNumber": "+8613812345678", "SerialNo": SERIAL, "UserReceiveTime": 1795537807, "SessionContext": "",
        **more,
    }  # fmt: skip


MOMENT = datetime.fromtimestamp(1795537807, UTC)


@pytest.mark.parametrize(
    ("reports", "report"),
    [
        ([told("SUCCESS")], Report(True, MOMENT, "DELIVRD")),
        ([told("FAIL", Description="空号")], Report(False, MOMENT, "空号")),
        ([told("SUCCESS", SerialNo="another")], None),
        ([told("FAIL", SerialNo="another"), told("SUCCESS")], Report(True, MOMENT, "DELIVRD")),
        ([told("WAITING")], None),
        ([], None),
        (None, None),
    ],
)
def test_a_report_is_read(
    sender: SmsSender, provider: StandIn, reports: list[dict[str, Any]] | None, report: Report | None
) -> None:
    provider.answer = says(PullSmsSendStatusSet=reports)
    assert sender.report(SENT) == report
    (request,) = provider.seen
    assert request.headers["x-tc-action"] == "PullSmsSendStatusByPhoneNumber"
    assert request.headers["authorization"] == expected_authorization(request)
    assert json.loads(request.body) == {
        "BeginTime": int(SENT.at.timestamp()) - 600,
        "Offset": 0,
        "Limit": 100,
        "PhoneNumber": "+8613812345678",
        "SmsSdkAppId": "1400006666",
    }


@pytest.mark.parametrize("received", [None, "", "yesterday", 10**20])
def test_a_report_without_a_moment_is_asked_for_again(sender: SmsSender, provider: StandIn, received: Any) -> None:
    provider.answer = says(PullSmsSendStatusSet=[told("SUCCESS", UserReceiveTime=received)])
    with pytest.raises(SmsFailed):
        sender.report(SENT)
