"""``kill -9`` at each step of the worker's jobs and of 重新发送: done once when all is over, and never half."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import Account, AuditEntry, BackgroundJob, Notification, SmsMessage, SmsStatus
from app.models.types import now
from app.policies.roles import ADMINISTRATOR
from app.services import background, jobs, resending
from tests.stress.processes import killed_at, require
from tests.support import people

SWEEP = next(job for job in background.PATIENT if job.key == "sweep_notices")
LONG_AGO = timedelta(days=1000)


def run(app: Flask, every: int) -> dict[str, int]:
    """A kill at every so many of the steps of each. Gives how many kills there were."""
    jobs.enrol(background.ALL)
    swept = _each_step(every, lambda fatal: _job(app, fatal))
    resent = _each_step(every, lambda fatal: _resend(app, fatal))
    return {"kills_daily_job": swept, "kills_resend": resent}


def _each_step(every: int, trial: Callable[[int], bool]) -> int:
    fatal = kills = 0
    while trial(fatal := fatal + every):
        kills += 1
        require(kills < 200, "a deed without an end")
    return kills


def _job(app: Flask, fatal: int) -> bool:
    """A day's job that dies, and the next worker's look: the old notice is gone, the day is done, once."""
    account = db.session.scalars(select(Account.id)).first()
    db.session.add(
        Notification(account_id=account, kind="submitted", text="试", target_id=1, created_at=now() - LONG_AGO)
    )
    _due()
    killed = killed_at(app, lambda: jobs.look([SWEEP]), fatal)
    # The lease of the dead one passes; a living one finds nothing to do any more.
    state = _state()
    if state.done_at is None or state.is_running:
        require(killed, "not done, and nobody died")
        _due()
    jobs.look([SWEEP])
    db.session.rollback()
    left = db.session.scalar(select(func.count()).where(Notification.created_at < now() - LONG_AGO / 2))
    require(left == 0, fatal, "not swept")
    state = _state()
    require(not state.is_running and state.failures == 0 and state.due_at > now(), fatal, state.due_at)
    began = state.began_at
    jobs.look([SWEEP])
    require(_state().began_at == began, fatal, "done twice on a day")
    return killed


def _state() -> BackgroundJob:
    db.session.rollback()
    return db.session.get_one(BackgroundJob, SWEEP.key)


def _due() -> None:
    due = update(BackgroundJob).where(BackgroundJob.key == SWEEP.key)
    db.session.execute(due.values(due_at=now() - timedelta(seconds=1)))
    db.session.commit()


def _resend(app: Flask, fatal: int) -> bool:
    """All of it or nothing: with a new key, an entry in the log that has the old one, and queued; or as before."""
    administrator = people.actor(people.staff(ADMINISTRATOR, at=people.department(people.SCIENCE)))
    failed = SmsMessage(
        key=f"failed-{fatal}", mobile="13900000000", purpose="聘书生成", text="试", status=SmsStatus.FAILED, tries=5
    )
    db.session.add(failed)
    db.session.commit()
    key, subject = failed.id, f"短信记录#{failed.id}"
    last = db.session.scalar(select(func.max(AuditEntry.id))) or 0  # SQLite gives a deleted message's id to the next
    killed = killed_at(app, lambda: resending.resend(administrator, [key]), fatal)
    failed = db.session.get_one(SmsMessage, key)  # as it is now: the session of before is closed
    entries = list(
        db.session.scalars(select(AuditEntry.detail).where(AuditEntry.subject == subject, AuditEntry.id > last))
    )
    before = (failed.key, failed.status, failed.tries, len(entries)) == (f"failed-{fatal}", SmsStatus.FAILED, 5, 0)
    after = (failed.status, failed.tries, len(entries)) == (SmsStatus.QUEUED, 0, 1)
    require(before if failed.status is SmsStatus.FAILED else after, fatal, failed.status, entries)
    require(killed or after, fatal, "not done, and nobody died")
    if after:
        require(json.loads(entries[0] or "")["former_key"] == f"failed-{fatal}" != failed.key, entries)
    # Whatever became of it, the outbox of the other trials stays as it was.
    db.session.delete(failed)
    db.session.commit()
    return killed
