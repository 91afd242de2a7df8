"""Messages that tests read."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.adapters.sms.message import Report, Sms, SmsFailed, Submitted


@dataclass
class FakeSms:
    """Records every message, repeats included, or fails as told.

    ``failures`` says how many of the next calls raise ``error``; -1 fails for ever. ``reports`` holds the
    carrier's report for each key that a test gives one; ``asked`` the keys that were asked for.
    """

    sent: list[Sms] = field(default_factory=list)
    failures: int = 0
    error: SmsFailed = field(default_factory=lambda: SmsFailed("told to fail"))
    reports: dict[str, Report] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def send(self, message: Sms) -> str:
        """Record the message, or raise ``error`` while ``failures`` lasts."""
        self._fail()
        self.sent.append(message)
        return f"receipt-{message.key}"

    def report(self, message: Submitted) -> Report | None:
        """The report for the message's key, if its receipt is right; or raise ``error``."""
        self.asked.append(message.key)
        self._fail()
        return self.reports.get(message.key) if message.receipt == f"receipt-{message.key}" else None

    def last_to(self, mobile: str) -> Sms:
        """The latest message to ``mobile``. Raises LookupError where there is none."""
        for message in reversed(self.sent):
            if message.mobile == mobile:
                return message
        raise LookupError("no message was sent to this number")

    def _fail(self) -> None:
        if self.failures:
            if self.failures > 0:
                self.failures -= 1
            raise self.error
