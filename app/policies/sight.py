"""What the officials of a region see (R1): one equality on an index that the database keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from app.models import ExpertReach, Region


@dataclass(frozen=True)
class Sight:
    """The experts who live in a region or have applied to an organization in it, counties and all (R1).

    ``span`` are the first and the last GB/T 2260 code, as ``Region.span`` gives them; the first is its own.
    ``approved`` narrows them to those with an approved case, or without one; ``home`` to those who live there.
    """

    span: tuple[str, str]
    approved: bool | None = None
    home: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether it is a province's, which sees nearly everybody."""
        return self.span[0].endswith("0000")

    def of(self, expert_id: Any) -> ColumnElement[bool]:
        """Whether the expert of a row is among them, asked row by row."""
        return exists().where(ExpertReach.expert_id == expert_id, *self._clauses())

    def expert_ids(self) -> Select[int]:
        """Their ids, each once, in the index in ascending order."""
        return select(ExpertReach.expert_id).where(*self._clauses())

    def elsewhere(self) -> Select[int]:
        """The ids of those in the region who live outside it, or nobody knows where, and have applied in it."""
        return select(ExpertReach.expert_id).where(ExpertReach.region_code == self.span[0], ExpertReach.home.is_(False))

    def with_approved(self, approved: bool) -> Sight:
        """Those among them that a department has approved, or those that none has."""
        return replace(self, approved=approved)

    def living_in(self, region: Region) -> Sight | None:
        """Those among them who live in ``region``; ``None`` where it is not within this one."""
        first, last = self.span
        return replace(self, span=region.span, home=True) if first <= region.code <= last else None

    def _clauses(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [ExpertReach.region_code == self.span[0]]
        if self.home:
            found.append(ExpertReach.home.is_(True))
        if self.approved is not None:
            found.append(ExpertReach.approved.is_(self.approved))
        return found
