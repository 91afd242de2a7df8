"""A clock that stands still until it is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import pytest

from app.domain import validity
from app.models import types


class Clock:
    """Stands in for the present moment in the whole application, the defaults of columns among it, from its making on.

    The application asks for the moment in two places: ``validity.now_utc`` for days, ``types.now`` for instants.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._moment = datetime.now(UTC)
        clock = self

        class Frozen(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock.now().astimezone(tz)

        monkeypatch.setattr(validity, "now_utc", self.now)
        # The function itself is held by many modules and columns; what it calls is looked up each time.
        monkeypatch.setattr(types, "datetime", Frozen)

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
