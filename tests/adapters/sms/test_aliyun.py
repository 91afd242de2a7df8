"""阿里云: what is sent and how it is signed, and what each answer means. A server on this machine speaks its protocol."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from app.adapters.sms import Report, SmsFailed, SmsSender, Submitted
from app.adapters.sms.choice import sms_sender
from tests.adapters.sms.conftest import KEY_ID, KEY_SECRET, MESSAGE
from tests.support.http_stand_in import Request, StandIn

BIZ_ID = "134523^4351232"
SENT = Submitted(MESSAGE.mobile, MESSAGE.key, BIZ_ID, datetime(2026, 11, 23, 16, 30, tzinfo=UTC))


@pytest.fixture
def sender(settings: dict[str, Any]) -> SmsSender:
    return sms_sender({**settings, "SMS_PROVIDER": "aliyun"})


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query, strict_parsing=True).items()}


def says(code: str, message: str = "", **more: Any) -> Callable[[Request], tuple[int, str, bytes]]:
    body = json.dumps({"Code": code, "Message": message, "RequestId": "F655A8D5-B967-440B-8683", **more})
    return lambda request: (200, "application/json;charset=utf-8", body.encode())


def expected_authorization(request: Request) -> str:
    """ACS3-HMAC-SHA256 as documented (help.aliyun.com/document_detail/315526.html), worked out anew."""
    names = request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0]
    canonical = "\n".join(
        [
            request.method,
            urlsplit(request.path).path,
            "&".join(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in sorted(query(request).items())),
            *(f"{name}:{request.headers[name].strip()}" for name in names.split(";")),
            "",
            names,
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(KEY_SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={KEY_ID},SignedHeaders={names},Signature={signature}"


def test_a_message_goes_by_template_with_its_key_and_a_right_signature(sender: SmsSender, provider: StandIn) -> None:
    provider.answer = says("OK", "OK", BizId=BIZ_ID)
    assert sender.send(MESSAGE) == BIZ_ID
    (request,) = provider.seen
    sent = query(request)
    assert json.loads(sent.pop("TemplateParam")) == MESSAGE.params
    assert sent == {
        "PhoneNumbers": "13812345678",
        "SignName": "应急管理专家库",
        "TemplateCode": "SMS_123456789",
        "OutId": MESSAGE.key,
    }
    assert (request.method, request.body) == ("POST", b"")
    assert (request.headers["x-acs-action"], request.headers["x-acs-version"]) == ("SendSms", "2017-05-25")
    assert {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"} <= set(
        request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    )
    assert request.headers["authorization"] == expected_authorization(request)


def test_a_message_without_a_template_is_not_sent(sender: SmsSender, provider: StandIn) -> None:
    with pytest.raises(SmsFailed, match="没有填写服务商模板编号") as failed:
        sender.send(replace(MESSAGE, template=""))
    assert failed.value.permanent
    assert provider.seen == []


@pytest.mark.parametrize(
    ("code", "permanent"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", True),
        ("isv.SMS_TEMPLATE_ILLEGAL", True),
        ("isv.TEMPLATE_MISSING_PARAMETERS", True),
        ("isv.SMS_CONTENT_ILLEGAL", True),
        ("isv.BLACK_KEY_CONTROL_LIMIT", True),
        ("isv.BUSINESS_LIMIT_CONTROL", False),
        ("isv.DAY_LIMIT_CONTROL", False),
        ("isv.AMOUNT_NOT_ENOUGH", False),
        ("isv.OUT_OF_SERVICE", False),
        ("isp.SYSTEM_ERROR", False),
        ("isv.SOMETHING_NEW", False),
    ],
)
def test_a_refusal_says_whether_it_is_for_good(
    sender: SmsSender, provider: StandIn, code: str, permanent: bool
) -> None:
    provider.answer = says(code, "13812345678invalid, code 654321")
    with pytest.raises(SmsFailed) as failed:
        sender.send(MESSAGE)
    assert (str(failed.value), failed.value.permanent) == (f"{code} ***invalid, code ***", permanent)


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [(400, "isv.MOBILE_NUMBER_ILLEGAL", True), (404, "InvalidAccessKeyId.NotFound", False), (503, "Throttling", False)],
)
def test_an_error_of_http_is_read_for_its_code(
    sender: SmsSender, provider: StandIn, status: int, code: str, permanent: bool
) -> None:
    body = json.dumps({"Code": code, "Message": "no", "RequestId": "1", "HostId": "x"}).encode()
    provider.answer = lambda request: (status, "application/json;charset=utf-8", body)
    with pytest.raises(SmsFailed, match=f"^{code} ") as failed:
        sender.send(MESSAGE)
    assert failed.value.permanent is permanent


BROKEN = {
    "HTTP 500": (500, "text/html", b"<h1>Internal Server Error</h1>"),
    "garbage": (200, "application/json", b"{{{"),
    "nothing": (200, "application/json", b""),
    "a list": (200, "application/json", b"[1, 2]"),
    "null": (200, "application/json", b"null"),
    "no code": (200, "application/json", b"{}"),
    "bytes": (200, "application/json", b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_answer_is_a_failure_that_is_tried_again(sender: SmsSender, provider: StandIn, kind: str) -> None:
    provider.answer = lambda request: BROKEN[kind]
    for attempt in (lambda: sender.send(MESSAGE), lambda: sender.report(SENT)):
        with pytest.raises(SmsFailed) as failed:
            attempt()
        assert not failed.value.permanent
    assert len(provider.seen) == 2


def test_a_server_that_hangs_is_left_after_the_timeout(sender: SmsSender, provider: StandIn) -> None:
    provider.answer = provider.hang
    begun = time.monotonic()
    with pytest.raises(SmsFailed) as failed:
        sender.send(MESSAGE)
    assert time.monotonic() - begun < 3
    assert not failed.value.permanent
    assert len(provider.seen) == 1


def test_nobody_there_is_a_failure_that_names_neither_number_nor_text(settings: dict[str, Any]) -> None:
    sender = sms_sender({**settings, "SMS_PROVIDER": "aliyun", "SMS_ENDPOINT": "http://127.0.0.1:9"})
    with pytest.raises(SmsFailed) as failed:
        sender.send(MESSAGE)
    said = f"{failed.value}{failed.value.__cause__}"
    assert not failed.value.permanent
    assert "138" not in said
    assert "YNS" not in said


def detail(status: int, **more: Any) -> dict[str, Any]:
    return {
        "PhoneNum": "13812345678", "SendStatus": status, "ErrCode": "DELIVERED", "TemplateCode": "SMS_123456789",
        "Content": "…", "SendDate": "2026-11-24 00:30:00", "ReceiveDate": "2026-11-24 00:30:07", "OutId": MESSAGE.key,
        **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("details", "report"),
    [
        ([detail(3)], Report(True, datetime(2026, 11, 23, 16, 30, 7, tzinfo=UTC), "DELIVERED")),
        ([detail(2, ErrCode="MK:0001")], Report(False, datetime(2026, 11, 23, 16, 30, 7, tzinfo=UTC), "MK:0001")),
        ([detail(1, ErrCode=None, ReceiveDate=None)], None),
        ([detail(3, OutId="another")], None),
        (
            [detail(2, OutId="another"), detail(3)],
            Report(True, datetime(2026, 11, 23, 16, 30, 7, tzinfo=UTC), "DELIVERED"),
        ),
        ([], None),
    ],
)
def test_a_report_is_read(
    sender: SmsSender, provider: StandIn, details: list[dict[str, Any]], report: Report | None
) -> None:
    provider.answer = says("OK", TotalCount=len(details), SmsSendDetailDTOs={"SmsSendDetailDTO": details})
    assert sender.report(SENT) == report
    (request,) = provider.seen
    assert request.headers["x-acs-action"] == "QuerySendDetails"
    assert request.headers["authorization"] == expected_authorization(request)
    # Half past midnight of the 24th in Shanghai.
    assert query(request) == {
        "PhoneNumber": "13812345678", "BizId": BIZ_ID, "SendDate": "20261124", "PageSize": "10", "CurrentPage": "1",
    }  # fmt: skip


@pytest.mark.parametrize("received", [None, "", "yesterday", 5])
def test_a_report_without_a_moment_is_asked_for_again(sender: SmsSender, provider: StandIn, received: Any) -> None:
    provider.answer = says("OK", SmsSendDetailDTOs={"SmsSendDetailDTO": [detail(3, ReceiveDate=received)]})
    with pytest.raises(SmsFailed):
        sender.report(SENT)


def test_a_report_that_is_refused_is_a_failure(sender: SmsSender, provider: StandIn) -> None:
    provider.answer = says("isv.BUSINESS_LIMIT_CONTROL", "flow control")
    with pytest.raises(SmsFailed, match="flow control"):
        sender.report(SENT)
