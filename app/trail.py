"""What is known of the request that is being answered: its number, by which it is found in the log, and its costs."""

from __future__ import annotations

import secrets
import time
from contextvars import ContextVar
from dataclasses import dataclass, field

_LETTERS = "bcdfghjkmnpqrstvwxz"
"""No digits, so that no number in a log is taken for a mobile; no vowels, so that they make no words."""


@dataclass
class Trail:
    """One request. ``rule`` is the address as routes are written, "" for one that leads nowhere; ``account`` an id."""

    id: str
    method: str = ""
    rule: str = ""
    account: int | None = None
    statements: int = 0
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Since it came."""
        return time.perf_counter() - self.began


present: ContextVar[Trail | None] = ContextVar("trail", default=None)
"""Of the request at hand; ``None`` in the worker and on the command line."""


def present_id() -> str:
    """The number of the request at hand; "" where there is none."""
    trail = present.get()
    return trail.id if trail else ""


def new_id() -> str:
    """Three groups of four letters: what somebody can read out on the telephone."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
