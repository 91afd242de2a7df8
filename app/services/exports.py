"""The worker's half of 导出: one order at a time, held by a lease, its file whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any, cast

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from app.adapters.parts import Part, PartWriter
from app.documents.bundle import WRITERS, Item
from app.domain.errors import DomainError
from app.domain.exports import ExportKind, ExportState
from app.domain.titles import SUFFIX
from app.domain.validity import SHANGHAI, today_in_shanghai
from app.extensions import db
from app.models import Certificate, ExportJob, ExportPart
from app.models.types import now
from app.policies.actor import Actor
from app.services import actors, certificates, export_orders, leases, notices, table_export
from app.services.export_subjects import AT_A_TIME, SUBJECTS, Subject
from app.services.leases import Lost
from app.services.ports import ports
from app.services.unit_of_work import transactional

CHUNK = 20
"""Certificates between two notes of how far it is."""
OFFERED = timedelta(hours=24)
KEPT_DAYS = 30
"""What was ordered can be looked at again for so long; 操作日志 keeps it for good."""

CUT_OFF = "生成文件时多次中断。请重新导出；仍不成功的，请联系技术支持。"


@dataclass(frozen=True)
class _Taken:
    """An order in one worker's hands: ``attempt`` is what it holds it by."""

    job_id: int
    attempt: int
    owner_id: int
    kind: ExportKind
    subject: Subject
    ids: tuple[int, ...]
    choice: dict[str, Any] | None


def run_next() -> bool:
    """Carries out the oldest order that nobody holds. Gives whether there was one.

    A worker that dies leaves its lease: after that the order is begun anew, ``leases.TRIES`` times.
    """
    taken = _take()
    if taken is None:
        return False
    try:
        writer = PartWriter(ports().storage)
        _write(taken, cast("IO[bytes]", writer))
        _finish(taken, writer.finish())
    except Lost:
        pass
    except DomainError as refusal:
        _give_up(taken, refusal.message)
    except Exception:
        # A full disk, a damaged file, a database that restarts: the order is tried again, and the worker lives on.
        current_app.logger.exception("export %d was cut off", taken.job_id)
        _put_back(taken)
    return True


@transactional
def sweep() -> int:
    """Takes away files whose time is over, then what was ordered long ago. Gives how many files.

    The bytes go with the next sweep of files that no row names.
    """
    due = select(ExportJob).where(ExportJob.state == ExportState.DONE, ExportJob.expires_at <= now())
    expired = list(db.session.scalars(due.with_for_update(skip_locked=True)))
    for job in expired:
        job.state, job.parts = ExportState.EXPIRED, []
    old = ExportJob.created_at < now() - timedelta(days=KEPT_DAYS)
    db.session.execute(delete(ExportJob).where(old, ExportJob.state != ExportState.RUNNING))
    return len(expired)


def _take() -> _Taken | None:
    """The next order, held by this worker; one that was tried too often is ended on the way."""
    return leases.next_taken(
        ExportJob, (ExportState.QUEUED,), (ExportState.RUNNING,), lambda job: job.attempt, _take_up, _cut_off
    )


def _take_up(job: ExportJob) -> _Taken:
    leases.take(job, ExportState.RUNNING)
    job.done = 0
    return _Taken(job.id, job.attempt, job.owner_id, job.kind, SUBJECTS[job.subject], tuple(job.ids), job.choice)


def _cut_off(job: ExportJob) -> None:
    _end_badly(job, CUT_OFF)


def _write(taken: _Taken, out: IO[bytes]) -> None:
    if taken.choice is None:
        WRITERS[taken.kind](_items(taken), out, now().astimezone(SHANGHAI))
    else:
        parts = _parts(taken, AT_A_TIME)
        table_export.write(taken.subject, taken.choice, _owner(taken), parts, out, len(taken.ids))


def _parts(taken: _Taken, size: int) -> Iterator[tuple[Actor, tuple[int, ...]]]:
    """The rows so many at a time, with who asked as they stand at that moment (R1); notes how far it is."""
    for start in range(0, len(taken.ids), size):
        ids = taken.ids[start : start + size]
        yield _owner(taken), ids
        _note(taken, start + len(ids))


def _items(taken: _Taken) -> Iterator[Item]:
    """Each certificate as it is to be had now."""
    today = today_in_shanghai()
    for actor, ids in _parts(taken, CHUNK):
        for one in taken.subject.rows(actor, ids, joinedload(Certificate.design)):
            title, pdf = f"{one.title}{SUFFIX}", certificates.pdf(one)
            yield Item(one.number, one.name, title, one.term_words, one.status_on(today), pdf)


def _owner(taken: _Taken) -> Actor:
    """Who asked, with what they may at this moment. Raises ``NotAllowed``."""
    actor = actors.behind(taken.owner_id)
    taken.subject.require(actor)
    return actor


def _held(taken: _Taken) -> ExportJob:
    """The order, locked. Raises ``Lost`` where it is no longer this worker's."""
    return leases.held(ExportJob, taken.job_id, taken.attempt, ExportState.RUNNING)


@transactional
def _note(taken: _Taken, done: int) -> None:
    job = _held(taken)
    job.done = done
    leases.renew(job)


@transactional
def _finish(taken: _Taken, parts: list[Part]) -> None:
    job = _held(taken)
    job.state, job.done, job.finished_at = ExportState.DONE, job.total, now()
    job.expires_at = now() + OFFERED
    job.parts = [ExportPart(position=n, digest=part.digest, size=part.size) for n, part in enumerate(parts)]
    notices.export_ended(job, export_orders.contents(job), "已生成，请在24小时内下载")


@transactional
def _give_up(taken: _Taken, reason: str) -> None:
    with suppress(Lost):
        _end_badly(_held(taken), reason)


def _end_badly(job: ExportJob, reason: str) -> None:
    job.state, job.error, job.finished_at = ExportState.FAILED, reason[:300], now()
    notices.export_ended(job, export_orders.contents(job), "没有成功，请查看原因")


@transactional
def _put_back(taken: _Taken) -> None:
    """After a fault of ours or of what it works with: once more, a little later."""
    with suppress(Lost):
        leases.let_go(_held(taken))
