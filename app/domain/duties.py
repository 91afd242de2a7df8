"""委托: which duties can be handed to a colleague, and for how long."""

from __future__ import annotations

from datetime import date

from app.domain.errors import Invalid
from app.domain.states import Labelled

LONGEST_DAYS = 90
"""Both ends included."""


class Duty(Labelled):
    """What a head can hand over. The value is the verb of the permission on 申报 that carries it."""

    REVIEW = "can_review", "审核"
    FILE = "can_file", "备案"


def check_days(starts_on: date, ends_on: date, today: date) -> None:
    """Raises ``Invalid`` for days in the past, an end before the start, or more than ``LONGEST_DAYS``."""
    if starts_on < today:
        raise Invalid("起始日不能早于今天。", field="starts_on")
    if ends_on < starts_on:
        raise Invalid("截止日不能早于起始日。", field="ends_on")
    if (ends_on - starts_on).days + 1 > LONGEST_DAYS:
        raise Invalid(f"委托最长{LONGEST_DAYS}天（含起止两日），请改短；到期后可以另设。", field="ends_on")
