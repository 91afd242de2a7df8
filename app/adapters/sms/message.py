"""What is handed to a provider, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.domain.errors import DomainError


class SmsFailed(DomainError):
    """The provider did not take the message, or did not answer.

    The user reads a fixed sentence in ``message``; ``reason``, which is also ``str()``, is for 短信记录 and
    holds neither the number nor the text. ``permanent`` says that the same message would be refused again
    (a dead number, a forbidden word), so that it is not tried again.
    """

    status = 503

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__("短信暂时无法发送，请稍后再试。")
        self.reason = reason
        self.permanent = permanent

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Sms:
    """A message: ``text`` to ``mobile`` (11 digits, R24).

    ``key`` names it: sent again after a crash, with the same key, a provider that knows keys delivers it
    once. Providers take no free text but the code of a ``template`` that they have approved, with ``params``
    by name, in the order in which the template's text has them.
    """

    mobile: str
    text: str = field(repr=False)
    key: str
    template: str = ""
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Submitted:
    """A message that a provider took at a moment, by the ``receipt`` that it gave."""

    mobile: str
    key: str
    receipt: str
    at: datetime


@dataclass(frozen=True)
class Report:
    """What became of a message: whether it reached the handset, when, and the carrier's word for it."""

    delivered: bool
    at: datetime
    reason: str


class SmsSender(Protocol):
    """Hands messages to a provider."""

    def send(self, message: Sms) -> str | None:
        """Send and return once the provider has taken it. Gives its receipt, if it reports deliveries.

        Raises SmsFailed.
        """
        ...

    def report(self, message: Submitted) -> Report | None:
        """What became of a message; nothing as long as the carrier has not told. Raises SmsFailed."""
        ...
