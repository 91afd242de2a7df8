"""The term that a reviewer gives, and what becomes of it on the day of filing."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.errors import Invalid
from app.domain.term import YEARS, Term

FILED = date(2020, 10, 15)


@pytest.mark.parametrize(
    ("term", "first", "last"),
    [
        (Term(years=10), FILED, date(2030, 10, 14)),
        (Term(), FILED, None),
        (Term(end=date(2025, 12, 31)), FILED, date(2025, 12, 31)),
        (Term(end=FILED), FILED, FILED),
        (Term(start=date(2021, 1, 1), years=1), date(2021, 1, 1), date(2021, 12, 31)),
        (Term(start=date(2021, 1, 1)), date(2021, 1, 1), None),
        (Term(start=date(2020, 2, 29), years=2), date(2020, 2, 29), date(2022, 2, 28)),
    ],
)
def test_r13_a_term_begins_on_the_day_of_filing_unless_a_start_was_chosen(
    term: Term, first: date, last: date | None
) -> None:
    assert term.on(FILED) == (first, last)


def test_r13_years_count_from_a_chosen_start_whenever_the_filing_is() -> None:
    term = Term(start=date(2021, 1, 1), years=5)
    assert term.on(date(2020, 12, 1)) == term.on(date(2021, 6, 1)) == (date(2021, 1, 1), date(2025, 12, 31))


def test_r13_an_end_before_the_start_is_refused_at_review() -> None:
    with pytest.raises(Invalid) as refused:
        Term(start=date(2021, 1, 2), end=date(2021, 1, 1))
    assert refused.value.field == "ends_on"
    assert Term(start=date(2021, 1, 1), end=date(2021, 1, 1)).on(FILED) == (date(2021, 1, 1), date(2021, 1, 1))


def test_r13_an_end_that_has_passed_by_the_day_of_filing_is_refused_then() -> None:
    term = Term(end=date(2020, 10, 14))
    assert term.on(date(2020, 10, 14)) == (date(2020, 10, 14), date(2020, 10, 14))
    with pytest.raises(Invalid, match="退回审核部门") as refused:
        term.on(FILED)
    assert refused.value.field == "ends_on"


@pytest.mark.parametrize("years", [0, -1, 4, 99])
def test_r13_only_the_offered_lengths_are_taken(years: int) -> None:
    with pytest.raises(Invalid) as refused:
        Term(years=years)
    assert refused.value.field == "term"
    assert years not in YEARS


def test_a_term_with_two_ends_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="one end"):
        Term(end=date(2025, 1, 1), years=5)
