"""Which backups are kept: all of the last two days, then the newest of each of some days, weeks and months."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

PERIODS: tuple[Callable[[datetime], Any], ...] = (
    lambda moment: moment.date(),
    lambda moment: moment.isocalendar()[:2],
    lambda moment: (moment.year, moment.month),
)
"""A day, a week of ISO 8601, a month."""
RECENT = timedelta(days=2)
"""Counted from the newest: what somebody has made by hand before an upgrade is not pushed out by the next night's."""


def kept(moments: Iterable[datetime], counts: Iterable[int]) -> set[datetime]:
    """Those to keep of ``moments``: as many days, weeks and months as ``counts`` says, and whatever is recent."""
    newest_first = sorted(moments, reverse=True)
    keeping = {moment for moment in newest_first if moment > newest_first[0] - RECENT}
    for period, count in zip(PERIODS, counts, strict=True):
        newest_of: dict[Any, datetime] = {}
        for moment in newest_first:
            newest_of.setdefault(period(moment), moment)
        keeping.update(list(newest_of.values())[:count])
    return keeping
