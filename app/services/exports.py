"""The worker's half of 导出聘书: one order at a time, held by a lease, its file whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import joinedload

from app.adapters.parts import Part, PartWriter
from app.documents.bundle import FORMS, Item
from app.domain.errors import DomainError, NotAllowed
from app.domain.exports import ExportKind, ExportState
from app.domain.titles import SUFFIX
from app.domain.validity import SHANGHAI, today_in_shanghai
from app.extensions import db
from app.models import Account, Certificate, ExportJob, ExportPart
from app.models.types import now
from app.policies.actor import Actor
from app.policies.scope import visible_certificates
from app.services import actors, certificates, notices
from app.services.export_orders import OUT_OF_REACH, require
from app.services.ports import ports
from app.services.unit_of_work import transactional

LEASE = timedelta(minutes=5)
"""How long a worker has an order to itself since it last said how far it is; 500 pages are written in seconds."""
RETRY = timedelta(minutes=1)
TRIES = 3
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
    ids: tuple[int, ...]


class _Lost(Exception):
    """The order was cancelled, or another worker has it now."""


def run_next() -> bool:
    """Carries out the oldest order that nobody holds. Gives whether there was one.

    A worker that dies leaves its lease: after that the order is begun anew, ``TRIES`` times.
    """
    taken = _take()
    if taken is None:
        return False
    try:
        writer = PartWriter(ports().storage)
        FORMS[taken.kind].write(_items(taken), writer, now().astimezone(SHANGHAI))  # type: ignore[arg-type]
        _finish(taken, writer.finish())
    except _Lost:
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
    while True:
        taken = _take_one()
        if not isinstance(taken, ExportJob):
            return taken


@transactional
def _take_one() -> _Taken | ExportJob | None:
    free = or_(
        ExportJob.state == ExportState.QUEUED,
        and_(ExportJob.state == ExportState.RUNNING, ExportJob.leased_until < now()),
    )
    first = select(ExportJob).where(free).order_by(ExportJob.id).limit(1).with_for_update(skip_locked=True)
    job = db.session.scalars(first).one_or_none()
    if job is None:
        return None
    if job.attempt >= TRIES:
        _end_badly(job, CUT_OFF)
        return job
    job.state, job.attempt, job.done, job.leased_until = ExportState.RUNNING, job.attempt + 1, 0, now() + LEASE
    return _Taken(job.id, job.attempt, job.owner_id, job.kind, tuple(job.ids))


def _items(taken: _Taken) -> Iterator[Item]:
    """Each certificate as it is to be had now, of those that the owner may still have (R1); notes how far it is."""
    for start in range(0, len(taken.ids), CHUNK):
        ids = taken.ids[start : start + CHUNK]
        actor, today = _owner(taken), today_in_shanghai()
        seen = select(Certificate).where(visible_certificates(actor), Certificate.id.in_(ids))
        found = {one.id: one for one in db.session.scalars(seen.options(joinedload(Certificate.design)))}
        if len(found) < len(ids):
            raise NotAllowed(OUT_OF_REACH.format(len(ids) - len(found)))
        for certificate_id in ids:
            one = found[certificate_id]
            title, pdf = f"{one.title}{SUFFIX}", certificates.pdf(one)
            yield Item(one.number, one.name, title, one.term_words, one.status_on(today), pdf)
        _note(taken, start + len(ids))


def _owner(taken: _Taken) -> Actor:
    """Who asked, with what they may at this moment. Raises ``NotAllowed``."""
    account = db.session.get_one(Account, taken.owner_id, populate_existing=True)
    if not account.active:
        raise NotAllowed("账号已停用。")
    actor = actors.actor_of(account)
    require(actor)
    return actor


def _held(taken: _Taken) -> ExportJob:
    """The order, locked. Raises ``_Lost`` where it is no longer this worker's."""
    mine = select(ExportJob).where(
        ExportJob.id == taken.job_id, ExportJob.attempt == taken.attempt, ExportJob.state == ExportState.RUNNING
    )
    job = db.session.scalars(mine.with_for_update()).one_or_none()
    if job is None:
        raise _Lost
    return job


@transactional
def _note(taken: _Taken, done: int) -> None:
    job = _held(taken)
    job.done, job.leased_until = done, now() + LEASE


@transactional
def _finish(taken: _Taken, parts: list[Part]) -> None:
    job = _held(taken)
    job.state, job.done, job.finished_at = ExportState.DONE, job.total, now()
    job.expires_at = now() + OFFERED
    job.parts = [ExportPart(position=n, digest=part.digest, size=part.size) for n, part in enumerate(parts)]
    notices.export_ended(job, "已生成，请在24小时内下载")


@transactional
def _give_up(taken: _Taken, reason: str) -> None:
    with suppress(_Lost):
        _end_badly(_held(taken), reason)


def _end_badly(job: ExportJob, reason: str) -> None:
    job.state, job.error, job.finished_at = ExportState.FAILED, reason[:300], now()
    notices.export_ended(job, "没有成功，请查看原因")


@transactional
def _put_back(taken: _Taken) -> None:
    """After a fault of ours or of what it works with: once more, a little later."""
    with suppress(_Lost):
        _held(taken).leased_until = now() + RETRY
