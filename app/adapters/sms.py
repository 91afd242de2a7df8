"""Text messages. Providers' own clients come behind the same Protocol."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from app.domain.errors import DomainError
from app.domain.identity import mask_mobile


class SmsFailed(DomainError):
    """The provider did not take the message.

    The user reads a fixed sentence in ``message``; ``reason``, which is also ``str()``, is for the log.
    ``permanent`` says that the same message would be refused again (a dead number, a forbidden word), so
    that it is not tried again.
    """

    status = 503

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__("短信暂时无法发送，请稍后再试。")
        self.reason = reason
        self.permanent = permanent

    def __str__(self) -> str:
        return self.reason


class SmsSender(Protocol):
    """Hands messages to a provider."""

    def send(self, mobile: str, text: str, key: str) -> None:
        """Send ``text`` to ``mobile`` (11 digits, R24) and return once the provider has taken it.

        ``key`` names the message: sent again after a crash, with the same key, a provider that knows keys
        delivers it once. Raises SmsFailed.
        """
        ...


class ConsoleSms:
    """For development: one line to standard output instead of a message, the number masked."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def send(self, mobile: str, text: str, key: str) -> None:
        """Print. Never fails."""
        # Asked for at each call: a test or a server may have put another stream in its place.
        out = self._out or sys.stdout
        print(f"[SMS] {mask_mobile(mobile)} {' '.join(text.split())} ({key})", file=out, flush=True)


@dataclass(frozen=True)
class SentSms:
    """One call of FakeSms.send that succeeded."""

    mobile: str
    text: str
    key: str


@dataclass
class FakeSms:
    """For tests: records every message, repeats included, or fails as told.

    ``failures`` says how many of the next calls raise ``error``; -1 fails for ever.
    """

    sent: list[SentSms] = field(default_factory=list)
    failures: int = 0
    error: SmsFailed = field(default_factory=lambda: SmsFailed("told to fail"))

    def send(self, mobile: str, text: str, key: str) -> None:
        """Record the message, or raise ``error`` while ``failures`` lasts."""
        if self.failures:
            if self.failures > 0:
                self.failures -= 1
            raise self.error
        self.sent.append(SentSms(mobile, text, key))

    def last_to(self, mobile: str) -> SentSms:
        """The latest message to ``mobile``. Raises LookupError where there is none."""
        for message in reversed(self.sent):
            if message.mobile == mobile:
                return message
        raise LookupError("no message was sent to this number")
