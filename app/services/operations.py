"""How the installation works at the moment: the worker, its jobs, and the messages that wait or are stranded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from app.domain.errors import Conflict, NotAllowed, NotFound
from app.extensions import db, limiter
from app.models import BackgroundJob, SmsMessage, SmsStatus
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import RUN_JOBS
from app.services import background, jobs, resending, wakeups
from app.services.audit import audit
from app.services.unit_of_work import transactional

SILENT = timedelta(minutes=2)
"""A worker writes a sign of life each 15 seconds; a slow provider may hold it up for a while."""


@dataclass(frozen=True)
class Overview:
    """``seen_at`` is a worker's last sign of life; ``oldest`` since when the oldest queued message has been due."""

    seen_at: datetime | None
    queued: int
    oldest: datetime | None
    stranded: int
    failing: int

    @property
    def is_running(self) -> bool:
        """Whether there is a worker."""
        return is_alive(self.seen_at)


def is_alive(seen_at: datetime | None) -> bool:
    """Whether a worker that was last seen then goes on working."""
    return seen_at is not None and seen_at > now() - SILENT


def limits_answer() -> bool:
    """Whether what counts for the rate limits can be reached."""
    try:
        return bool(limiter.storage.check())
    except Exception:
        # Each client of a storage has errors of its own; to this check they all say the same.
        return False


def overview() -> Overview:
    """The figures."""
    queued = SmsMessage.status == SmsStatus.QUEUED
    waiting, oldest = db.session.execute(select(func.count(), func.min(SmsMessage.due_at)).where(queued)).one()
    failing = select(func.count()).select_from(BackgroundJob).where(BackgroundJob.failures > 0)
    return Overview(jobs.last_sign(), waiting, oldest, resending.waiting_count(), db.session.scalar(failing) or 0)


def database_bytes() -> int:
    """How much room the database takes, its indexes and, on SQLite, what is not yet merged into the file among it."""
    url = db.engine.url
    if url.get_backend_name() == "postgresql":
        return int(db.session.scalar(select(func.pg_database_size(func.current_database()))) or 0)
    files = (Path(f"{url.database}{suffix}") for suffix in ("", "-wal"))
    return sum(path.stat().st_size for path in files if path.is_file())


@transactional
def run_now(actor: Actor, key: str) -> None:
    """Has a job done at once. Raises ``NotAllowed``, ``NotFound``, or ``Conflict`` while it runs or at night."""
    if not actor.may(RUN_JOBS):
        raise NotAllowed("您没有立即运行后台任务的权限。")
    job, moment = next((job for job in background.ALL if job.key == key), None), now()
    if job is None:
        raise NotFound("没有这项后台任务。")
    if not job.may_begin(moment):
        raise Conflict(f"这项工作会通知有关人员，只在每天{jobs.OPENS}时至{jobs.CLOSES}时进行。")
    state = db.session.get(BackgroundJob, key, with_for_update=True)
    if state is None:
        raise Conflict("后台工作进程还没有运行过，请先启动（flask worker）。")
    if state.is_running and state.due_at > moment:
        raise Conflict("这项工作正在进行。")
    db.session.execute(update(BackgroundJob).where(BackgroundJob.key == key).values(due_at=moment))
    audit(actor, "立即运行后台任务", f"后台任务#{key}", {"content": job.label})
    wakeups.soon()
