"""The outside world as this process is configured to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import current_app

from app.adapters.captcha import Captcha
from app.adapters.scanner import Scanner
from app.adapters.shelf import Shelf
from app.adapters.signing import Signer
from app.adapters.sms import SmsSender
from app.adapters.storage import Storage
from app.adapters.waker import Waker


@dataclass(frozen=True)
class Ports:
    """One adapter for each thing outside."""

    storage: Storage
    sms: SmsSender
    captcha: Captcha
    scanner: Scanner
    waker: Waker
    signers: Mapping[str, Signer] = field(default_factory=dict)
    """By the number prefix of the organization; whose prefix is not there does not sign."""
    shelf: Shelf = field(default_factory=Shelf)


def ports() -> Ports:
    """The ports of the current application."""
    found: Ports = current_app.extensions["ports"]
    return found
