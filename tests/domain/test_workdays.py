"""Working days: the week, holidays, and weekends that are worked in exchange (调休)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.domain.workdays import Calendar, Wait
from app.reference import read

PLAIN = Calendar()
OFFICIAL = Calendar(
    frozenset(one.day for one in read.holidays() if one.kind == "放假"),
    frozenset(one.day for one in read.holidays() if one.kind == "调休上班"),
)
MONDAY, FRIDAY, SUNDAY = date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, 29)


def test_the_day_of_arrival_is_not_counted_and_weekends_are_none() -> None:
    assert PLAIN.between(MONDAY, MONDAY) == 0
    assert PLAIN.between(MONDAY, FRIDAY) == 4
    assert PLAIN.between(MONDAY, SUNDAY) == 4
    assert PLAIN.between(FRIDAY, MONDAY + timedelta(days=7)) == 1
    assert PLAIN.between(SUNDAY, MONDAY) == 0  # backwards is no time at all


def test_a_holiday_does_not_count_and_a_worked_weekend_does() -> None:
    # 国庆节 2026: 1 to 7 October off, Sunday 20 September and Saturday 10 October worked.
    assert OFFICIAL.between(date(2026, 9, 30), date(2026, 10, 7)) == 0
    assert OFFICIAL.between(date(2026, 9, 30), date(2026, 10, 10)) == 3
    assert OFFICIAL.between(date(2026, 9, 18), date(2026, 9, 20)) == 1
    # 春节: nine days off, the Saturday before them and the one after worked.
    assert OFFICIAL.between(date(2026, 2, 13), date(2026, 2, 28)) == 6
    assert OFFICIAL.is_workday(date(2026, 2, 14))
    assert not OFFICIAL.is_workday(date(2026, 2, 16))


def test_a_day_off_that_is_a_weekend_anyway_takes_nothing_away() -> None:
    assert Calendar(off=frozenset({SUNDAY})).between(FRIDAY, SUNDAY) == 0


@pytest.mark.parametrize("days", [PLAIN, OFFICIAL], ids=["plain", "2026"])
def test_counting_by_weeks_is_counting_by_days(days: Calendar) -> None:
    first = date(2026, 1, 30)
    for length in range(330):
        last = first + timedelta(days=length)
        by_day = sum(days.is_workday(first + timedelta(days=n)) for n in range(1, length + 1))
        assert days.between(first, last) == by_day, last


@pytest.mark.parametrize("limit", [-4, -1, 0, 1, 5, 15, 365])
@pytest.mark.parametrize("today", [MONDAY, SUNDAY, date(2026, 10, 8), date(2026, 2, 14)])
def test_the_latest_overdue_arrival_is_the_last_whose_time_is_over(limit: int, today: date) -> None:
    last = OFFICIAL.latest_overdue(today, limit)
    assert OFFICIAL.between(last, today) > limit
    if limit >= 0:
        assert OFFICIAL.between(last + timedelta(days=1), today) <= limit


def test_a_wait_is_in_time_through_its_last_day_and_late_from_the_next() -> None:
    assert [(wait.late, wait.is_soon) for wait in (Wait(11, 15), Wait(12, 15), Wait(15, 15), Wait(16, 15))] == [
        (0, False), (0, True), (0, True), (1, False),
    ]  # fmt: skip


def test_the_days_of_2026_are_those_of_the_notice() -> None:
    found = read.holidays()
    assert len({one.day for one in found}) == len(found) == 33 + 6
    assert all(one.day.weekday() >= 5 for one in found if one.kind == "调休上班")
