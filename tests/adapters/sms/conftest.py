"""What the tests of the providers share: a provider on this machine, and the settings that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.adapters.sms import Sms
from tests.support.http_stand_in import StandIn, standing_in

KEY_ID, KEY_SECRET = "key-of-the-tests", "secret-of-the-tests"

MESSAGE = Sms(
    "13812345678",
    "【应急管理专家库】张三同志，您已被聘为省化工-防爆专家，聘书编号YNS20201015001。",
    "0123456789abcdef0123456789abcdef",
    "SMS_123456789",
    {"name": "张三 &=+*~%/", "title": "省化工-防爆", "number": "YNS20201015001"},
)


@pytest.fixture
def provider() -> Iterator[StandIn]:
    """The provider's server."""
    with standing_in() as server:
        yield server


@pytest.fixture
def settings(provider: StandIn) -> dict[str, Any]:
    """Settings that lead to the provider on this machine, and give it a second."""
    return {
        "SMS_ACCESS_KEY_ID": KEY_ID,
        "SMS_ACCESS_KEY_SECRET": KEY_SECRET,
        "SMS_SIGN_NAME": "应急管理专家库",
        "SMS_SDK_APP_ID": "1400006666",
        "SMS_ENDPOINT": provider.address,
        "SMS_TIMEOUT_SECONDS": 1,
    }
