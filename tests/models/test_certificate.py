"""When a certificate holds (R19): asked day by day, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.states import CertificateStatus
from app.models import Certificate, Region
from tests.support.clock import Clock

FIRST, LAST = date(2020, 10, 15), date(2030, 10, 14)
DAY = timedelta(days=1)


def certificate(valid_to: date | None = LAST, status: CertificateStatus = CertificateStatus.VALID) -> Certificate:
    return Certificate(valid_from=FIRST, valid_to=valid_to, status=status)


@pytest.mark.parametrize(
    ("day", "valid", "expired", "label"),
    [
        (FIRST - DAY, False, False, "有效"),
        (FIRST, True, False, "有效"),
        (LAST, True, False, "有效"),
        (LAST + DAY, False, True, "已失效"),
    ],
)
def test_r19_valid_through_the_end_of_the_last_day(day: date, valid: bool, expired: bool, label: str) -> None:
    letter = certificate()
    assert (letter.is_valid_on(day), letter.has_expired_on(day), letter.status_on(day)) == (valid, expired, label)


def test_r19_without_an_end_it_never_expires() -> None:
    letter = certificate(valid_to=None)
    assert letter.is_valid_on(date(2199, 12, 31))
    assert not letter.has_expired_on(date(2199, 12, 31))


def test_r19_a_terminated_one_is_invalid_on_every_day_and_never_called_expired() -> None:
    letter = certificate(status=CertificateStatus.TERMINATED)
    for day in (FIRST, LAST, LAST + DAY):
        assert not letter.is_valid_on(day)
        assert not letter.has_expired_on(day)
        assert letter.status_on(day) == "已终止"


def test_r19_the_day_turns_at_midnight_in_shanghai(clock: Clock) -> None:
    letter = certificate()
    clock.on(LAST, 23, 59, 59)
    assert clock.now() == datetime(2030, 10, 14, 15, 59, 59, tzinfo=UTC)
    assert letter.status_now == "有效"
    clock.forward(seconds=1)
    assert clock.now() == datetime(2030, 10, 14, 16, 0, tzinfo=UTC)
    assert letter.status_now == "已失效"


@pytest.mark.parametrize(
    ("code", "level", "span"),
    [
        ("530000", 0, ("530000", "539999")),
        ("530100", 1, ("530100", "530199")),
        ("530102", 2, ("530102", "530102")),
        ("110101", 1, ("110101", "110101")),
        ("429004", 1, ("429004", "429004")),
    ],
)
def test_r1_a_region_is_one_range_of_codes(code: str, level: int, span: tuple[str, str]) -> None:
    assert Region(code=code, level=level).span == span
