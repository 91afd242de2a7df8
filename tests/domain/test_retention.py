"""Backups that are kept: days, weeks, months, and the newest always."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.retention import kept

NOON = datetime(2026, 11, 29, 12)  # noqa: DTZ001


def test_a_year_of_nights_is_kept_by_day_week_and_month() -> None:
    nights = [NOON - timedelta(days=days) for days in range(365)]
    found = sorted(kept(nights, (7, 4, 12)), reverse=True)
    assert [NOON - timedelta(days=days) for days in range(7)] == found[:7]
    # The newest of four weeks (Sundays; this week's and the last one's are among the days) and of twelve months.
    assert [f"{moment:%m%d}" for moment in found[7:]] == [
        "1122", "1115", "1108", "1031", "0930", "0831", "0731", "0630", "0531", "0430", "0331", "0228", "0131", "1231"
    ]  # fmt: skip


def test_of_a_day_the_newest_is_kept() -> None:
    long_ago = NOON - timedelta(days=9)
    early, late = long_ago.replace(hour=1), long_ago.replace(hour=23)
    assert kept([NOON, late, early], (7, 0, 0)) == {NOON, late}


def test_what_is_recent_stays_though_a_later_one_of_its_day_is_there() -> None:
    recent = [NOON - timedelta(hours=hours) for hours in (0, 1, 2, 47)]
    assert kept([*recent, NOON - timedelta(hours=48)], (1, 0, 0)) == set(recent)


def test_days_without_a_backup_count_for_nothing() -> None:
    long_ago = [NOON - timedelta(days=days) for days in (0, 40, 400)]
    assert kept(long_ago, (3, 0, 0)) == set(long_ago)


def test_the_newest_stays_whatever_is_asked() -> None:
    assert kept([NOON, NOON - timedelta(days=2)], (0, 0, 0)) == {NOON}
    assert kept([], (7, 4, 12)) == set()
