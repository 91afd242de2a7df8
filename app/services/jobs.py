"""Jobs that are done again and again: each in its time, by one worker, failing alone; none missed, none done twice."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select, update

from app.domain.errors import DomainError
from app.domain.identity import hide_numbers
from app.domain.validity import SHANGHAI
from app.extensions import db
from app.models import BackgroundJob
from app.models.types import now
from app.services import rows
from app.services.unit_of_work import transactional

DAY = timedelta(days=1)
EACH_LOOK = timedelta(0)
"""Whenever the worker looks. What such a job takes up it must share out among workers by itself."""
LEASE = timedelta(minutes=30)
"""How long a worker that began a job has it to itself; one that died lets it go after that."""
NOTED = timedelta(seconds=15)
"""How often a job of each look is written down that found nothing to do: the worker's sign of life."""
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 1800))
"""Before a failed job is tried again; the last goes on for ever, the second for a job done more than once a day."""
LATE = timedelta(minutes=5)
OPENS, CLOSES = 9, 20
"""The hours of Shanghai between which people may be told something."""


@dataclass(frozen=True)
class Job:
    """``act`` deals with what there is and gives how much that was; done again, it finds nothing left to do.

    ``label`` is what administrators call it, ``result`` what they read of it, with ``{}`` for how much. ``every``
    is ``EACH_LOOK``, some time, or ``DAY``: at the hour of ``DAILY_WORK_HOUR``. ``by_day``: it tells people something,
    so it is begun between ``OPENS`` and ``CLOSES`` only.
    """

    key: str
    label: str
    result: str
    act: Callable[[], int]
    every: timedelta = DAY
    by_day: bool = False

    def next_after(self, moment: datetime) -> datetime:
        """When it is due after it was done at ``moment``."""
        if self.every < DAY:
            return moment + self.every
        hour = OPENS if self.by_day else current_app.config["DAILY_WORK_HOUR"]
        today = moment.astimezone(SHANGHAI).replace(hour=hour, minute=0, second=0, microsecond=0)
        return today if today > moment else today + DAY

    def may_begin(self, moment: datetime) -> bool:
        """Whether the hour is right."""
        return not self.by_day or OPENS <= moment.astimezone(SHANGHAI).hour < CLOSES

    def back_off(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row."""
        most = len(BACK_OFF) if self.every == DAY else 2
        return BACK_OFF[min(failures, most) - 1]


@transactional
def enrol(jobs: Sequence[Job]) -> None:
    """Enters the jobs that are new, to be done when their time comes; takes up what a clock that ran ahead put off."""
    moment = now()
    for job in jobs:
        latest = max(job.next_after(moment), moment + LEASE) + BACK_OFF[-1]
        _write(
            update(BackgroundJob)
            .where(BackgroundJob.key == job.key, BackgroundJob.due_at > latest)
            .values(due_at=moment)
        )
        due = moment if job.every < DAY else job.next_after(moment)
        db.session.execute(
            rows.upsert(BackgroundJob).values(key=job.key, due_at=due, failures=0).on_conflict_do_nothing()
        )


def look(jobs: Sequence[Job]) -> bool:
    """Does those of the jobs that are due, one after the other. Gives whether any found something to do."""
    known = _states(jobs)
    found = [_run(job, known[job.key]) for job in jobs if _is_due(job, known.get(job.key))]
    return any(found)


def _states(jobs: Sequence[Job]) -> dict[str, Any]:
    # As columns: each job's transactions would expire the objects of the next ones.
    columns = (BackgroundJob.key, BackgroundJob.due_at, BackgroundJob.ended_at, BackgroundJob.failures)
    wanted = select(*columns).where(BackgroundJob.key.in_([job.key for job in jobs]))
    return {state.key: state for state in db.session.execute(wanted)}


def _is_due(job: Job, state: Any) -> bool:
    moment = now()
    return state is not None and state.due_at <= moment and job.may_begin(moment)


def _run(job: Job, state: Any) -> bool:
    noted_at, failures = state.ended_at, state.failures
    if job.every > EACH_LOOK and not _claim(job):
        return False
    try:
        result = job.act()
    except Exception as fault:
        # A job outlives what it works with: a database that restarts, a disk that is full. The others go on.
        db.session.rollback()
        current_app.logger.exception("background job %s failed", job.key)
        _note_failure(job, failures + 1, fault)
        return False
    if job.every > EACH_LOOK or result or failures or noted_at is None or noted_at < now() - NOTED:
        _note_done(job, result)
    return result > 0


def last_sign() -> datetime | None:
    """When a worker last wrote something down; ``None`` where none ever did."""
    return db.session.scalar(select(func.max(func.coalesce(BackgroundJob.ended_at, BackgroundJob.began_at))))


@dataclass(frozen=True)
class Line:
    """A job, and how it stands; without ``state`` no worker has entered it yet."""

    job: Job
    state: BackgroundJob | None

    @property
    def words(self) -> str:
        """What the last run that went well did."""
        done = self.state is not None and self.state.result is not None
        return self.job.result.format(self.state.result) if done and self.state else ""

    @property
    def is_running(self) -> bool:
        """Whether a worker is at it."""
        return self.state is not None and self.state.is_running and self.state.due_at > now()

    @property
    def is_late(self) -> bool:
        """Due for longer than any worker that works would leave it."""
        return self.state is not None and self.job.may_begin(now()) and self.state.due_at < now() - LATE


def standing(jobs: Sequence[Job]) -> list[Line]:
    """Every job, in the order of the table."""
    found = {state.key: state for state in db.session.scalars(select(BackgroundJob))}
    return [Line(job, found.get(job.key)) for job in jobs]


@transactional
def _claim(job: Job) -> bool:
    """Whether the job is this worker's to do."""
    moment = now()
    claimed = (
        update(BackgroundJob)
        .where(BackgroundJob.key == job.key, BackgroundJob.due_at <= moment)
        .values(due_at=moment + LEASE, began_at=moment, worker=_here())
    )
    return bool(_write(claimed))


@transactional
def _note_done(job: Job, result: int) -> None:
    moment = now()
    done = {"ended_at": moment, "done_at": moment, "result": result, "failures": 0, "error": None, "worker": _here()}
    _write(update(BackgroundJob).where(BackgroundJob.key == job.key).values(due_at=job.next_after(moment), **done))


@transactional
def _note_failure(job: Job, failures: int, fault: Exception) -> None:
    # A refusal is worded for people. Whatever else a fault says may hold the row at which it happened.
    words = fault.message if isinstance(fault, DomainError) else type(fault).__name__
    failed = {"ended_at": now(), "failures": failures, "error": hide_numbers(words)[:200], "worker": _here()}
    due = now() + job.back_off(failures)
    _write(update(BackgroundJob).where(BackgroundJob.key == job.key).values(due_at=due, **failed))


def _write(statement: object) -> int:
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)


def _here() -> str:
    """The worker by host and process."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"
