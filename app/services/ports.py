"""The outside world as this process is configured to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import current_app

from app.adapters.captcha import Captcha
from app.adapters.scanner import Scanner
from app.adapters.signing import Signer
from app.adapters.sms import SmsSender
from app.adapters.storage import Storage


@dataclass(frozen=True)
class Ports:
    """One adapter for each thing outside."""

    storage: Storage
    sms: SmsSender
    captcha: Captcha
    scanner: Scanner
    signers: Mapping[str, Signer] = field(default_factory=dict)
    """By the number prefix of the organization; whose prefix is not there does not sign."""


def ports() -> Ports:
    """The ports of the current application."""
    found: Ports = current_app.extensions["ports"]
    return found
