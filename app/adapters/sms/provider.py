"""What every provider's client needs: its credentials, its address, its patience; and words for a refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from app.adapters.sms.message import Sms, SmsFailed

_NUMBERS = re.compile(r"[0-9]{6,}")


@dataclass(frozen=True)
class Provider:
    """How to reach a provider. ``host`` with a port where there is one; ``timeout`` in seconds."""

    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str
    app_id: str
    scheme: str
    host: str
    timeout: float

    @classmethod
    def of(cls, settings: Mapping[str, Any], host: str) -> Provider:
        """As the settings say; at ``host`` unless ``SMS_ENDPOINT``, an address or a host alone, says otherwise."""
        address = settings["SMS_ENDPOINT"] or host
        parts = urlsplit(address if "//" in address else f"https://{address}")
        return cls(
            key_id=settings["SMS_ACCESS_KEY_ID"],
            key_secret=settings["SMS_ACCESS_KEY_SECRET"],
            sign_name=settings["SMS_SIGN_NAME"],
            app_id=settings["SMS_SDK_APP_ID"],
            scheme=parts.scheme,
            host=parts.netloc,
            timeout=settings["SMS_TIMEOUT_SECONDS"],
        )


def needs_template(message: Sms) -> str:
    """The code of the message's template. Raises SmsFailed, for good, where there is none."""
    if not message.template:
        raise SmsFailed("短信模板没有填写服务商模板编号", permanent=True)
    return message.template


def refusal(code: Any, words: Any, permanent: frozenset[str]) -> SmsFailed:
    """A refusal in the provider's words, without the number or the code that they may repeat."""
    said = _NUMBERS.sub("***", f"{code or '没有错误码'} {words or ''}".strip())
    return SmsFailed(said, permanent=code in permanent)


def silence(name: str) -> SmsFailed:
    """No answer that can be read, by the error's name. Its own words hold the request, number and all."""
    return SmsFailed(f"短信服务商没有正常应答（{name}）")
