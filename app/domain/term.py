"""The term that a reviewer gives, and what becomes of it on the day of filing (R13, R18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.errors import Invalid
from app.domain.validity import check_term, last_day

YEARS = (1, 2, 3, 5, 10)
"""The lengths that the form offers."""


@dataclass(frozen=True)
class Term:
    """``start`` empty is the day of filing; ``years`` counts from the start; no ``years`` and no ``end`` is 长期."""

    start: date | None = None
    end: date | None = None
    years: int | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.years is not None:
            raise ValueError("a term has one end")
        if self.years is not None and self.years not in YEARS:
            raise Invalid("请选择有效期。", field="term")
        if self.start is not None:
            check_term(self.start, self.end)

    def on(self, filing_day: date) -> tuple[date, date | None]:
        """First and last day, both included, for a filing on ``filing_day``; no last day is 长期.

        Raises ``Invalid`` where the chosen end lies before the start.
        """
        start = self.start or filing_day
        end = last_day(start, self.years) if self.years is not None else self.end
        if end is not None and end < start:
            raise Invalid("有效期的截止日期已过，不能备案，请退回审核部门更正。", field="ends_on")
        return start, end
