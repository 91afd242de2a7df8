"""The sender that the settings name, and what is said where its client is not there."""

from __future__ import annotations

import builtins
import subprocess
import sys
from typing import Any

import pytest

from app.adapters.sms import ConsoleSms
from app.adapters.sms.aliyun import AliyunSms
from app.adapters.sms.choice import sms_sender
from app.adapters.sms.provider import Provider
from app.adapters.sms.tencent import TencentSms
from config import Misconfigured
from tests.support.source import ROOT

PROVIDERS = {"aliyun": ("alibabacloud_dysmsapi20170525", AliyunSms), "tencent": ("tencentcloud", TencentSms)}


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_configured_provider_sends(settings: dict[str, Any], name: str) -> None:
    assert type(sms_sender({**settings, "SMS_PROVIDER": name})) is PROVIDERS[name][1]


def test_the_console_needs_nothing() -> None:
    assert isinstance(sms_sender({"SMS_PROVIDER": "console"}), ConsoleSms)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_client_that_is_not_installed_is_named(
    settings: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = PROVIDERS[name][0]
    really = builtins.__import__

    def without(module: str, *args: Any, **kwargs: Any) -> Any:
        if module.split(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return really(module, *args, **kwargs)

    monkeypatch.delitem(sys.modules, f"app.adapters.sms.{name}")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Misconfigured, match=f"{package} 没有安装.*requirements-sms.txt"):
        sms_sender({**settings, "SMS_PROVIDER": name})


def test_no_providers_client_is_loaded_where_none_is_configured() -> None:
    """In a process of its own: this one has loaded them all."""
    packages = ["alibabacloud_dysmsapi20170525", "tencentcloud", "Tea", "darabonba"]
    script = f"import sys, app; print([name for name in {packages} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("endpoint", "scheme", "host"),
    [
        ("", "https", "sms.example.com"),
        ("sms.internal.example", "https", "sms.internal.example"),
        ("https://10.0.0.5:8443", "https", "10.0.0.5:8443"),
        ("http://127.0.0.1:9000/", "http", "127.0.0.1:9000"),
    ],
)
def test_an_endpoint_is_an_address_or_a_host(settings: dict[str, Any], endpoint: str, scheme: str, host: str) -> None:
    found = Provider.of({**settings, "SMS_ENDPOINT": endpoint}, "sms.example.com")
    assert (found.scheme, found.host) == (scheme, host)


def test_the_secret_is_not_printed(settings: dict[str, Any]) -> None:
    assert settings["SMS_ACCESS_KEY_SECRET"] not in repr(Provider.of(settings, "sms.example.com"))
