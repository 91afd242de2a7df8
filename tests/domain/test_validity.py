"""R13, R18 and R19: terms are counted by days in Shanghai, both ends included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.domain.errors import Invalid
from app.domain.validity import (
    check_term,
    chinese_date,
    chinese_term,
    is_expired,
    is_valid_on,
    last_day,
    now_utc,
    today_in_shanghai,
)


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        (date(2020, 10, 15), 10, date(2030, 10, 14)),
        (date(2026, 1, 1), 1, date(2026, 12, 31)),
        (date(2026, 12, 31), 1, date(2027, 12, 30)),
        (date(2023, 3, 1), 1, date(2024, 2, 29)),
        (date(2024, 3, 1), 1, date(2025, 2, 28)),
        (date(2024, 2, 28), 1, date(2025, 2, 27)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 28)),
        (date(2096, 2, 29), 4, date(2100, 2, 28)),
    ],
)
def test_r18_ends_on_the_day_before_the_anniversary(start: date, years: int, end: date) -> None:
    assert last_day(start, years) == end


def test_r18_terms_follow_each_other_without_gap_or_overlap() -> None:
    day = date(2019, 1, 1)
    while day < date(2029, 1, 1):
        for years in (1, 2, 3, 4, 5, 10):
            following = last_day(day, years) + timedelta(days=1)
            if (day.month, day.day) == (2, 29):
                leap = years % 4 == 0
                assert following == date(day.year + years, 2 if leap else 3, 29 if leap else 1)
            else:
                assert following == day.replace(year=day.year + years)
        day += timedelta(days=1)


@pytest.mark.parametrize("years", [0, -1, 101, 10**9])
def test_r18_unreasonable_lengths_are_refused(years: int) -> None:
    with pytest.raises(Invalid, match="1至100年"):
        last_day(date(2026, 1, 1), years)


def test_r18_calendar_has_an_end() -> None:
    with pytest.raises(Invalid):
        last_day(date(9999, 1, 1), 1)


def test_r13_end_before_start_is_refused_and_named() -> None:
    with pytest.raises(Invalid) as caught:
        check_term(date(2026, 11, 24), date(2026, 11, 23))
    assert "2026年11月23日" in caught.value.message
    assert "2026年11月24日" in caught.value.message
    assert caught.value.field == "ends_on"


def test_r13_one_day_and_no_end_are_terms() -> None:
    check_term(date(2026, 11, 24), date(2026, 11, 24))
    check_term(date(2026, 11, 24), None)


def test_r19_valid_through_the_end_of_the_last_day() -> None:
    start, end = date(2020, 10, 15), date(2030, 10, 14)
    assert [is_valid_on(start, end, day) for day in (start, end)] == [True, True]
    assert not is_valid_on(start, end, start - timedelta(days=1))
    assert not is_valid_on(start, end, end + timedelta(days=1))
    assert is_valid_on(None, end, date.min)
    assert is_valid_on(start, None, date.max)


def test_r19_expired_is_the_day_after_and_never_for_long_term() -> None:
    end = date(2030, 10, 14)
    assert [is_expired(end, end), is_expired(end, end + timedelta(days=1))] == [False, True]
    assert not is_expired(None, date.max)


def test_r19_last_moment_in_shanghai_is_still_valid() -> None:
    end = date(2030, 10, 14)
    last_moment = datetime(2030, 10, 14, 15, 59, 59, 999999, tzinfo=UTC)
    assert not is_expired(end, today_in_shanghai(last_moment))
    assert is_expired(end, today_in_shanghai(last_moment + timedelta(microseconds=1)))


def test_day_turns_at_midnight_in_shanghai_whatever_the_zone_given() -> None:
    assert today_in_shanghai(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert today_in_shanghai(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)
    new_york = timezone(timedelta(hours=-5))
    assert today_in_shanghai(datetime(2026, 11, 23, 11, 0, tzinfo=new_york)) == date(2026, 11, 24)


def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        today_in_shanghai(now_utc().replace(tzinfo=None))


def test_now_is_aware() -> None:
    assert now_utc().tzinfo is UTC
    assert abs(today_in_shanghai() - today_in_shanghai(now_utc())) <= timedelta(days=1)


def test_dates_read_as_on_a_certificate() -> None:
    assert chinese_date(date(2026, 11, 24)) == "2026年11月24日"
    assert chinese_date(date(2026, 1, 5)) == "2026年1月5日"


def test_r17_terms_read_as_on_a_certificate() -> None:
    assert chinese_term(date(2020, 10, 15), date(2030, 10, 14)) == "2020年10月15日 至 2030年10月14日"
    assert chinese_term(date(2020, 10, 15), None) == "2020年10月15日 至 长期"
