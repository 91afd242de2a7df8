"""How a certificate stands on a day (R18, R19)."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.standing import Standing, standing_on
from app.domain.states import CertificateStatus

FIRST, LAST = date(2020, 10, 15), date(2030, 10, 14)


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (date(2020, 10, 14), Standing.NOT_YET),
        (FIRST, Standing.VALID),
        (LAST, Standing.VALID),
        (date(2030, 10, 15), Standing.EXPIRED),
    ],
)
def test_r19_both_days_of_the_term_are_in_it(day: date, standing: Standing) -> None:
    assert standing_on(CertificateStatus.VALID, FIRST, LAST, day) is standing


def test_without_an_end_it_stands() -> None:
    assert standing_on(CertificateStatus.VALID, FIRST, None, date(2199, 1, 1)) is Standing.VALID


@pytest.mark.parametrize("day", [date(2020, 10, 14), FIRST, date(2030, 10, 15)])
def test_what_was_ended_or_replaced_stays_so_whatever_the_day(day: date) -> None:
    assert standing_on(CertificateStatus.TERMINATED, FIRST, LAST, day) is Standing.TERMINATED
    assert standing_on(CertificateStatus.SUPERSEDED, FIRST, LAST, day) is Standing.SUPERSEDED


def test_every_stored_status_has_a_standing() -> None:
    assert {standing_on(status, FIRST, LAST, FIRST) for status in CertificateStatus} == {
        Standing.VALID, Standing.TERMINATED, Standing.SUPERSEDED,
    }  # fmt: skip
