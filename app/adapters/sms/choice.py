"""The sender that the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from app.adapters.sms.console import ConsoleSms
from app.adapters.sms.message import SmsSender
from config import Misconfigured


def sms_sender(settings: Mapping[str, Any]) -> SmsSender:
    """The sender of ``SMS_PROVIDER``. Raises ``Misconfigured`` where its client is not installed.

    A provider's module is imported by name, and only where it is the one in use: its client is a package
    that no other installation needs.
    """
    provider = settings["SMS_PROVIDER"]
    if provider == "console":
        return ConsoleSms()
    try:
        module = import_module(f"app.adapters.sms.{provider}")
    except ModuleNotFoundError as error:
        raise Misconfigured(
            f"SMS_PROVIDER={provider} 需要的组件 {error.name} 没有安装，请执行 pip install -r requirements-sms.txt"
        ) from error
    sender: SmsSender = module.sender(settings)
    return sender
