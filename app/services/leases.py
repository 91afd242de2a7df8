"""What a worker holds of long work that stands in a table: one row at a time, for a while, until another takes it over.

``attempt`` counts the workers that took a row up, and is what each holds it by: what a slow one does after its lease
has passed on finds no row, and raises ``Lost``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import and_, or_, select

from app.extensions import db
from app.models.types import now
from app.services.unit_of_work import transactional

LEASE = timedelta(minutes=5)
"""How long a worker has a row to itself since it last said how far it is."""
RETRY = timedelta(minutes=1)
TRIES = 3

T = TypeVar("T")
J = TypeVar("J")


class Lost(Exception):
    """The row was given up by its owner, or another worker has it now."""


def next_taken(
    model: type[J],
    waiting: Collection[Enum],
    working: Collection[Enum],
    tried: Callable[[J], int],
    take_up: Callable[[J], T],
    end: Callable[[J], None],
) -> T | None:
    """What ``take_up`` makes of the oldest row that nobody holds; nothing where there is none.

    Each row in a transaction of its own: one that was ``tried`` too often comes to its ``end`` on the way.
    """

    @transactional
    def one() -> tuple[bool, T | None]:
        job = first_free(model, waiting, working)
        if job is None or tried(job) < TRIES:
            return True, None if job is None else take_up(job)
        end(job)
        return False, None

    while True:
        is_over, taken = one()
        if is_over:
            return taken


def first_free(model: type[T], waiting: Collection[Enum], working: Collection[Enum]) -> T | None:
    """The oldest row that waits or was let go by who had it, locked; for the caller's transaction."""
    row: Any = model
    free = or_(row.state.in_(waiting), and_(row.state.in_(working), row.leased_until < now()))
    return db.session.scalars(
        select(model).where(free).order_by(row.id).limit(1).with_for_update(skip_locked=True)
    ).one_or_none()


def take(job: Any, state: Enum) -> int:
    """Gives the row to the present worker; gives what it is held by."""
    job.state, job.attempt = state, job.attempt + 1
    renew(job)
    return int(job.attempt)


def renew(job: Any) -> None:
    """The worker is alive."""
    job.leased_until = now() + LEASE


def let_go(job: Any) -> None:
    """After a fault of ours or of what it works with: once more, a little later."""
    job.leased_until = now() + RETRY


def held(model: type[T], job_id: int, attempt: int, state: Enum) -> T:
    """The row, locked. Raises ``Lost`` where it is no longer the worker's."""
    row: Any = model
    mine = select(model).where(row.id == job_id, row.attempt == attempt, row.state == state)
    job = db.session.scalars(mine.with_for_update()).one_or_none()
    if job is None:
        raise Lost
    return job
