"""Bands of age, months and the median: the arithmetic of 统计分析."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.statistics import OLDER, birthday_limits, median, months


def band(born: date, today: date) -> str:
    return next((label for first, label in birthday_limits(today) if born >= first), OLDER)


@pytest.mark.parametrize(
    ("born", "today", "label"),
    [
        (date(1990, 11, 30), date(2026, 11, 29), "35岁及以下"), (date(1990, 11, 29), date(2026, 11, 29), "36至45岁"),
        (date(1990, 3, 1), date(2026, 2, 28), "35岁及以下"), (date(1992, 2, 29), date(2028, 2, 28), "35岁及以下"),
        (date(1992, 2, 29), date(2028, 2, 29), "36至45岁"), (date(1990, 3, 1), date(2036, 2, 29), "36至45岁"),
        (date(1990, 2, 28), date(2036, 2, 29), "46至55岁"), (date(1960, 11, 29), date(2026, 11, 29), "65岁以上"),
        (date(1960, 11, 30), date(2026, 11, 29), "61至65岁"),
    ],
)  # fmt: skip
def test_whoever_has_a_birthday_today_is_a_year_older(born: date, today: date, label: str) -> None:
    assert band(born, today) == label


def test_months_run_over_the_year() -> None:
    assert months(date(2026, 1, 31), -2) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert months(date(2026, 11, 29), 2) == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("counted", "middle"), [({}, None), ({3: 1}, 3), ({1: 2, 9: 2}, 1), ({1: 2, 9: 3}, 9), ({0: 1, 5: 1, 7: 1}, 5)]
)
def test_the_median_of_what_is_counted(counted: dict[int, int], middle: int | None) -> None:
    assert median(counted) == middle
