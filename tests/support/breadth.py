"""How much of a large field of cases is tried: a part in ``make test``, the whole in ``make thorough`` (``THOROUGH=1``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

THOROUGH = os.environ.get("THOROUGH") == "1"

Case = TypeVar("Case")


def some(cases: Sequence[Case], one_in: int, turn: int) -> Sequence[Case]:
    """One case in ``one_in``, other ones for the next ``turn``, so that several turns try each; or all of them."""
    return cases if THOROUGH else cases[turn % one_in :: one_in]
