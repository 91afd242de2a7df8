"""Working days: weekends and holidays do not count, weekends worked in exchange (调休) do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

SOON_DAYS = 3
"""So many working days before its end, a time is said to run out soon."""

_DAY = timedelta(days=1)
_WEEK, _WORKED_OF_WEEK = 7, 5


@dataclass(frozen=True)
class Calendar:
    """``off`` are holidays (放假), ``worked`` days off that are worked (调休上班); all else goes by the week."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        """Whether offices work on ``day``."""
        return day in self.worked or (_on_weekday(day) and day not in self.off)

    def between(self, first: date, last: date) -> int:
        """The working days after ``first`` through ``last``; 0 where ``last`` is not later."""
        weeks, rest = divmod(max((last - first).days, 0), _WEEK)
        days = weeks * _WORKED_OF_WEEK + sum(_on_weekday(first + _DAY * n) for n in range(1, rest + 1))
        special = (day for day in self.off | self.worked if first < day <= last)
        return days + sum(self.is_workday(day) - _on_weekday(day) for day in special)

    def latest_overdue(self, today: date, limit: int) -> date:
        """The last day of arrival from which more than ``limit`` working days have passed on ``today``.

        A negative ``limit`` is over on the day of arrival.
        """
        day, count = today, 0
        while count <= limit:
            count += self.is_workday(day)
            day -= _DAY
        return day


def _on_weekday(day: date) -> bool:
    return day.weekday() < _WORKED_OF_WEEK


@dataclass(frozen=True)
class Wait:
    """How long something has waited, and how long it may: both in working days, the day of arrival not counted."""

    days: int
    limit: int

    @property
    def late(self) -> int:
        """By how many working days the time is over; 0 while it is not."""
        return max(self.days - self.limit, 0)

    @property
    def is_soon(self) -> bool:
        """Whether the time runs out within ``SOON_DAYS`` working days, and is not over."""
        return 0 <= self.limit - self.days <= SOON_DAYS
