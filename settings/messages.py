"""Who sends messages, and how the provider is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from settings.environment import Misconfigured

_SMS_PROVIDERS: dict[str, tuple[str, ...]] = {
    "console": (),
    "aliyun": ("SMS_ACCESS_KEY_ID", "SMS_ACCESS_KEY_SECRET"),
    "tencent": ("SMS_ACCESS_KEY_ID", "SMS_ACCESS_KEY_SECRET", "SMS_SDK_APP_ID"),
}
"""Each sender of messages, and what it cannot do without."""


SMS_TIMEOUT_AT_MOST = 30
"""Seconds. Connecting and waiting may take as long each, and the worker has a message to itself for two minutes."""


def lacking_for_sms(env: Mapping[str, str], production: bool) -> list[str]:
    """What the provider lacks. Production needs a real one: the console would print every code to the log."""
    provider = env.get("SMS_PROVIDER", "").strip(" ,") or ("" if production else "console")
    if provider and provider not in _SMS_PROVIDERS:
        raise Misconfigured(f"SMS_PROVIDER 只能是 {'、'.join(_SMS_PROVIDERS)}，不能是 {provider!r}")
    if production and provider == "console":
        raise Misconfigured("生产环境的 SMS_PROVIDER 不能是 console，请改为 aliyun 或 tencent")
    needed = _SMS_PROVIDERS[provider] if provider else ("SMS_PROVIDER", *_SMS_PROVIDERS["aliyun"])
    return [key for key in needed if not env.get(key, "").strip(" ,")]


def sms(env: Mapping[str, str], production: bool) -> dict[str, Any]:
    given = env.get("SMS_TIMEOUT_SECONDS", "").strip() or "10"
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:4]) <= SMS_TIMEOUT_AT_MOST):
        raise Misconfigured(f"SMS_TIMEOUT_SECONDS 须为 1 至 {SMS_TIMEOUT_AT_MOST} 的整数（秒）")
    scheme, is_address, _ = env.get("SMS_ENDPOINT", "").strip().partition("://")
    if is_address and scheme not in (("https",) if production else ("https", "http")):
        raise Misconfigured("SMS_ENDPOINT 须为 https 地址：短信里有姓名、手机号和验证码")
    names = ("SMS_ACCESS_KEY_ID", "SMS_ACCESS_KEY_SECRET", "SMS_SDK_APP_ID", "SMS_ENDPOINT")
    return {
        "SMS_PROVIDER": env.get("SMS_PROVIDER", "").strip() or "console",
        "SMS_SIGN_NAME": env.get("SMS_SIGN_NAME", "").strip() or "应急管理专家库",
        "SMS_TIMEOUT_SECONDS": int(given),
        **{name: env.get(name, "").strip() for name in names},
    }
