"""Whose rows an official sees, as a condition of a list: exact, with the index that leads to them (R1)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.policies.sight import Sight
from app.services.listing import Condition


def within(seen: Sight, key: Any, expert_id: Any) -> Condition:
    """The rows whose ``expert_id`` is among those seen; ``key`` is the rows' own, the same where they are experts."""
    keys = seen.expert_ids()
    if expert_id is key:
        return Condition(seen.of(expert_id), keys, exact=True, ascending=True)
    # How many experts are seen says about how many rows of theirs are, and is read off the index.
    return Condition(seen.of(expert_id), select(key).where(expert_id.in_(keys)), measure=keys)
