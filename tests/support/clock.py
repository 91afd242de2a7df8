"""A clock that stands still until it is told."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain import validity
from app.models import types


class Clock:
    """Stands in for the present moment in every module of the application, from its making on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._moment = datetime.now(UTC)
        real = types.now
        monkeypatch.setattr(validity, "now_utc", self.now)
        for name, module in list(sys.modules.items()):
            if name.startswith("app.") and getattr(module, "now", None) is real:
                monkeypatch.setattr(module, "now", self.now)

    def now(self) -> datetime:
        """The moment at which it stands, in UTC."""
        return self._moment

    def at(self, moment: datetime) -> None:
        """Stands at ``moment``, which knows its zone."""
        self._moment = moment.astimezone(UTC)

    def on(self, day: date, hour: int = 12, minute: int = 0, second: int = 0) -> None:
        """Stands at this time of ``day`` in Shanghai."""
        self.at(datetime.combine(day, time(hour, minute, second), validity.SHANGHAI))

    def forward(self, **span: float) -> None:
        """Goes on by ``timedelta(**span)``."""
        self._moment += timedelta(**span)
