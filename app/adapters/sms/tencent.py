"""腾讯云短信, by its own client: API sms 2021-01-11, signed with TC3-HMAC-SHA256."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from app.adapters.sms.message import Report, Sms, SmsSender, Submitted
from app.adapters.sms.provider import Provider, needs_template, refusal, silence

HOST = "sms.tencentcloudapi.com"
REGION = "ap-guangzhou"
TAKEN, DELIVERED, FAILED = "Ok", "SUCCESS", "FAIL"
REPORTS_AT_MOST = 100
CLOCKS_DIFFER = timedelta(minutes=10)

PERMANENT = frozenset({
    "FailedOperation.ContainSensitiveWord", "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.PhoneNumberParseFail", "FailedOperation.TemplateIdNotExist",
    "FailedOperation.TemplateIncorrectOrUnapproved", "FailedOperation.TemplateUnapprovedOrNotExist",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "FailedOperation.ParametersOtherError",
    "InvalidParameter.DirtyWordFound", "InvalidParameter.InvalidParameters",
    "InvalidParameterValue.ContentLengthLimit", "InvalidParameterValue.IncorrectPhoneNumber",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", "InvalidParameterValue.TemplateParameterFormatError",
    "InvalidParameterValue.TemplateParameterLengthLimit", "InvalidParameterValue.TemplateWithDirtyWords",
    "LimitExceeded.PhoneNumberCountLimit", "MissingParameter.EmptyPhoneNumberSet",
    "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
})  # fmt: skip
"""https://cloud.tencent.com/document/api/382/59177: what the same message would meet again. The other limits,
the balance, the account and its signature may be in order at the next try."""


class TencentSms:
    """One application at 腾讯云. SessionContext carries the message's key; SerialNo is its receipt."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        http = HttpProfile(protocol=provider.scheme, endpoint=provider.host, reqTimeout=provider.timeout)
        credential = Credential(provider.key_id, provider.key_secret)
        self._client = SmsClient(credential, REGION, ClientProfile(httpProfile=http))

    def send(self, message: Sms) -> str | None:
        """SendSms. Raises SmsFailed."""
        request = models.SendSmsRequest()
        request.PhoneNumberSet = [f"+86{message.mobile}"]
        request.SmsSdkAppId = self._provider.app_id
        request.SignName = self._provider.sign_name
        request.TemplateId = needs_template(message)
        request.TemplateParamSet = list(message.params.values())
        request.SessionContext = message.key
        answers = self._ask(self._client.SendSms, request).SendStatusSet
        if not answers:
            raise refusal(None, None, PERMANENT)
        if answers[0].Code != TAKEN:
            raise refusal(answers[0].Code, answers[0].Message, PERMANENT)
        receipt: str | None = answers[0].SerialNo
        return receipt

    def report(self, message: Submitted) -> Report | None:
        """PullSmsSendStatusByPhoneNumber, from the moment at which the message was sent. Raises SmsFailed."""
        request = models.PullSmsSendStatusByPhoneNumberRequest()
        request.BeginTime = int((message.at - CLOCKS_DIFFER).timestamp())
        request.Offset = 0
        request.Limit = REPORTS_AT_MOST
        request.PhoneNumber = f"+86{message.mobile}"
        request.SmsSdkAppId = self._provider.app_id
        for answer in self._ask(self._client.PullSmsSendStatusByPhoneNumber, request).PullSmsSendStatusSet or ():
            if answer.SerialNo == message.receipt and answer.ReportStatus in (DELIVERED, FAILED):
                return Report(
                    answer.ReportStatus == DELIVERED, _moment(answer.UserReceiveTime), answer.Description or ""
                )
        return None

    def _ask(self, call: Any, request: Any) -> Any:
        """An answer without an error. Raises SmsFailed for every other, and for none."""
        try:
            return call(request)
        except TencentCloudSDKException as error:
            # No answer, or a broken one: the code is then a name of the client's or of Python's, and its words
            # hold the request or the page.
            if str(error.code).endswith("Error"):
                raise silence(str(error.code)) from None
            raise refusal(error.code, error.message, PERMANENT) from None


def _moment(seconds: Any) -> datetime:
    """Seconds since 1970, UTC. Raises SmsFailed."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise silence(type(error).__name__) from None


def sender(settings: Mapping[str, Any]) -> SmsSender:
    """The sender of these settings."""
    return TencentSms(Provider.of(settings, HOST))
