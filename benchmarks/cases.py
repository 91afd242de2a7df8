"""What hangs on a made-up expert: applications, their history, certificates; in proportion to a province."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from app.cipher import KeyRing
from benchmarks.people import MOMENT, Person

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "expert_speciality": ("expert_id", "speciality_id"),
    "snapshot": ("id", "expert_id", "taken_at", "content"),
    "application": ("id", "version", "expert_id", "organization_id", "department_id", "region_code", "status",
                    "submitted_at", "changed_at", "snapshot_id", "speciality_id", "appointing_body_id", "title"),
    "transition": ("application_id", "action", "source", "target", "at", "actor_id", "actor_name", "actor_place",
                   "reason"),
    "certificate": ("version", "application_id", "expert_id", "organization_id", "department_id", "region_code",
                    "number", "name", "title", "body", "valid_from", "valid_to", "issued_on", "status", "digest",
                    "check_code", "terminated_at", "termination_reason"),
}  # fmt: skip

STATUSES = ("filed",) * 54 + ("pending_filing",) * 6 + ("pending_review",) * 16 + ("rejected",) * 12 + (
    ("withdrawn",) * 8 + ("returned",) * 4
)  # fmt: skip
CASES = (0,) * 12 + (1,) * 62 + (2,) * 20 + (3,) * 6
"""How many departments an expert has applied to: 1.2 at the average."""
STEPS: Mapping[str, tuple[tuple[str, str | None, str], ...]] = {
    "pending_review": (),
    "pending_filing": (("approve", "pending_review", "pending_filing"),),
    "filed": (("approve", "pending_review", "pending_filing"), ("file", "pending_filing", "filed")),
    "rejected": (("reject", "pending_review", "rejected"),),
    "withdrawn": (("withdraw", "pending_review", "withdrawn"),),
    "returned": (("return", "pending_review", "returned"),),
}
"""How a case came to its status, after it was submitted."""
REASONS = {"reject": "不符合申报条件。", "return": "请补充职称证书。"}
FIRST_DAY, DAYS = date(2020, 1, 6), 2190
YEARS = (0, 1, 3, 5, 5, 10)
"""Of a certificate's validity; 0 is 长期."""


@dataclass(frozen=True)
class Desk:
    """A department that takes applications, who decides there, and what it writes on certificates."""

    id: int
    organization_id: int
    region_code: str
    level: str
    prefix: str
    body_id: int
    body: str
    place: str
    reviewer_id: int
    filer_id: int


@dataclass
class Cases:
    """Makes the rows of one expert after the other; numbers of certificates follow each other without a gap (R16)."""

    desks: Mapping[str, Sequence[Desk]]
    specialities: Sequence[tuple[int, str]]
    keys: KeyRing
    serials: Counter[tuple[str, str]] = field(default_factory=Counter)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def of(self, one: Person, region: str, rng: Random, into: Mapping[str, list[tuple[Any, ...]]]) -> None:
        """Adds the rows of ``one``, who lives in ``region``, to their tables."""
        claimed = rng.sample(self.specialities, 1 + (rng.random() < 0.4))
        into["expert_speciality"] += [(one.n, speciality) for speciality, _ in claimed]
        sealed = None
        for desk in self._chosen(CASES[int(rng.random() * 100)], region, rng):
            if sealed is None:
                content = json.dumps(one.content, ensure_ascii=False, separators=(",", ":")).encode()
                sealed = self.keys.seal(content, "snapshot.content")
            case, status = next(self._ids), STATUSES[int(rng.random() * 100)]
            day = FIRST_DAY + timedelta(days=int(rng.random() * DAYS))
            at = f"{day.isoformat()} 03:00:00.000000"
            speciality, words = claimed[0]
            title = f"{desk.level}{words}"
            decided = (speciality, desk.body_id, title) if status in ("filed", "pending_filing") else (None,) * 3
            where = (desk.organization_id, desk.id, desk.region_code)
            into["snapshot"].append((case, one.n, at, sealed))
            into["application"].append((case, 1, one.n, *where, status, at, at, case, *decided))
            self._history(one, case, status, at, desk, into["transition"])
            if status == "filed":
                into["certificate"].append(self._certificate(one, case, where, desk, title, day, rng))

    def _chosen(self, many: int, region: str, rng: Random) -> list[Desk]:
        found: dict[Desk, None] = {}
        while len(found) < many:
            kind = rng.random()
            code = region if kind < 0.2 else f"{region[:4]}00" if kind < 0.6 else "530000"
            if kind > 0.97:
                code = rng.choice(list(self.desks))
            found[rng.choice(self.desks[code])] = None
        return list(found)

    def _history(self, one: Person, case: int, status: str, at: str, desk: Desk, into: list[tuple[Any, ...]]) -> None:
        own = (one.row[1], one.name, "专家本人")
        into.append((case, "submit", None, "pending_review", MOMENT, *own, ""))
        for action, source, target in STEPS[status]:
            official = desk.filer_id if action == "file" else desk.reviewer_id
            who = own if action == "withdraw" else (official, "王科长", desk.place)
            into.append((case, action, source, target, at, *who, REASONS.get(action, "")))

    def _certificate(
        self, one: Person, case: int, where: tuple[Any, ...], desk: Desk, title: str, day: date, rng: Random
    ) -> tuple[Any, ...]:
        counted = (desk.prefix, f"{day:%Y%m%d}")
        self.serials[counted] += 1
        number = f"{desk.prefix}{counted[1]}{self.serials[counted]:03d}"
        years = rng.choice(YEARS)
        last = (day.replace(year=day.year + years, day=min(day.day, 28)) - timedelta(days=1)).isoformat()
        ended = ("2026-01-05 03:00:00.000000", "工作调动。") if rng.random() < 0.06 else (None, None)
        return (
            1, case, one.n, *where, number, one.name, title, desk.body, day.isoformat(), last if years else None,
            day.isoformat(), "terminated" if ended[0] else "valid", f"{rng.getrandbits(256):064x}",
            f"{rng.getrandbits(88):022x}", *ended,
        )  # fmt: skip
