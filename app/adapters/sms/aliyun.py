"""阿里云短信服务, by its own client: API Dysmsapi 2017-05-25, signed with ACS3-HMAC-SHA256."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config

from app.adapters.sms.message import Report, Sms, SmsFailed, SmsSender, Submitted
from app.adapters.sms.provider import Provider, needs_template, refusal, silence
from app.domain.validity import SHANGHAI

HOST = "dysmsapi.aliyuncs.com"
TAKEN = "OK"
FAILED, DELIVERED = 2, 3
"""Of SendStatus; 1 waits for the carrier."""

PERMANENT = frozenset({
    "isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    "isv.SMS_TEMPLATE_ILLEGAL", "isv.TEMPLATE_MISSING_PARAMETERS", "isv.TEMPLATE_PARAMS_ILLEGAL",
    "isv.INVALID_PARAMETERS", "isv.INVALID_JSON_PARAM", "isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL",
    "isv.BLACK_KEY_CONTROL_LIMIT", "isv.SMS_CONTENT_ILLEGAL",
})  # fmt: skip
"""https://help.aliyun.com/document_detail/101346.html: what the same message would meet again. Flow control
(isv.BUSINESS_LIMIT_CONTROL), the balance, the account and its signature may be in order at the next try."""


class AliyunSms:
    """One account at 阿里云. OutId carries the message's key; the BizId that comes back is its receipt."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        milliseconds = int(provider.timeout * 1000)
        self._client = Client(
            Config(
                access_key_id=provider.key_id,
                access_key_secret=provider.key_secret,
                endpoint=provider.host,
                protocol=provider.scheme,
                connect_timeout=milliseconds,
                read_timeout=milliseconds,
            )
        )

    def send(self, message: Sms) -> str | None:
        """SendSms. Raises SmsFailed."""
        request = models.SendSmsRequest(
            phone_numbers=message.mobile,
            sign_name=self._provider.sign_name,
            template_code=needs_template(message),
            template_param=json.dumps(dict(message.params), ensure_ascii=False),
            out_id=message.key,
        )
        receipt: str | None = self._ask(self._client.send_sms, request).biz_id
        return receipt

    def report(self, message: Submitted) -> Report | None:
        """QuerySendDetails, of the day on which the message was sent. Raises SmsFailed."""
        request = models.QuerySendDetailsRequest(
            phone_number=message.mobile,
            biz_id=message.receipt,
            send_date=f"{message.at.astimezone(SHANGHAI):%Y%m%d}",
            page_size=10,
            current_page=1,
        )
        answer = self._ask(self._client.query_send_details, request)
        details = answer.sms_send_detail_dtos.sms_send_detail_dto if answer.sms_send_detail_dtos else ()
        for detail in details or ():
            if detail.out_id == message.key and detail.send_status in (FAILED, DELIVERED):
                return Report(detail.send_status == DELIVERED, _moment(detail.receive_date), detail.err_code or "")
        return None

    def _ask(self, call: Any, request: Any) -> Any:
        """The body of an answer that says OK. Raises SmsFailed for every other, and for none."""
        try:
            body = call(request).body
            if body.code != TAKEN:
                raise refusal(body.code, body.message, PERMANENT)
        except SmsFailed:
            raise
        except AlibabaCloudException as error:
            raise refusal(error.code, error.message, PERMANENT) from None
        except Exception as error:
            # The client lets through whatever its own libraries raise over a broken answer.
            raise silence(type(error).__name__) from None
        return body


def _moment(text: str) -> datetime:
    """``2017-05-25 00:00:00``, as Shanghai reads its clocks. Raises SmsFailed."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except (TypeError, ValueError) as error:
        raise silence(type(error).__name__) from None


def sender(settings: Mapping[str, Any]) -> SmsSender:
    """The sender of these settings."""
    return AliyunSms(Provider.of(settings, HOST))
