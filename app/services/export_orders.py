"""导出 as people see it: what is ordered, how far it is, and the file while all of it is theirs to see."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.exports import MOST, OPEN_EXPORTS, ExportKind, ExportState, as_ranges
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Certificate, ExportJob
from app.models.certificate import in_number_order
from app.models.types import now
from app.policies.actor import Actor
from app.policies.scope import visible_certificates
from app.services import rows
from app.services.audit import audit, audit_apart
from app.services.export_subjects import CERTIFICATES, SUBJECTS, Subject, require_any
from app.services.ports import ports
from app.services.unit_of_work import one_at_a_time, transactional

OPEN_AT_MOST = 2
"""Orders of one person that are not done yet."""


@dataclass(frozen=True)
class Download:
    """The file, a piece at a time. ``size`` is in bytes; ``plain_name`` is ASCII, for who cannot read ``name``."""

    name: str
    plain_name: str
    kind: ExportKind
    size: int
    pieces: Iterator[bytes]


def matching(actor: Actor, clauses: Sequence[ColumnElement[bool]]) -> list[int]:
    """The certificates in scope that pass, by number; one more than the largest order where there are more."""
    found = select(Certificate.id).where(visible_certificates(actor), *clauses)
    return list(db.session.scalars(found.order_by(*in_number_order(Certificate.number)).limit(MOST + 1)))


def check_count(kind: ExportKind, count: int) -> None:
    """Raises ``Invalid`` for nothing, or more than one file holds."""
    if not count:
        raise Invalid("没有可以导出的聘书，请先在列表中勾选。")
    if count > MOST:
        raise Invalid(f"一次最多导出{MOST}份聘书，符合条件的不止这些，请缩小查询条件，分几次导出。", field="kind")
    if count > kind.at_most:
        raise Invalid(
            f"合并为一份 PDF 一次最多{kind.at_most}份，这次有{count}份；请改选压缩包，或分几次导出。", field="kind"
        )


@transactional
def order(actor: Actor, key: str, kind: ExportKind, certificate_ids: Sequence[int]) -> int:
    """Puts an export of certificates in the queue; gives its id. The form ``key`` sent again gives the first one's.

    Raises ``Invalid`` as ``check_count`` does, ``NotFound`` for a certificate out of scope (R1), and as ``former`` and
    ``add`` do.
    """
    before = former(actor, CERTIFICATES, key)
    if before is not None:
        return before
    check_count(kind, len(certificate_ids))
    ids = matching(actor, [Certificate.id.in_(certificate_ids)])
    if len(ids) < len(set(certificate_ids)):
        raise NotFound(rows.NOT_THERE)
    return add(actor, CERTIFICATES, key, kind, ids, {"certificates": as_ranges(ids)})


def former(actor: Actor, subject: Subject, key: str) -> int | None:
    """The order that this form made already. No other of the actor's is taken until the caller's transaction ends.

    Raises ``NotAllowed``, and ``Conflict`` for somebody else's key.
    """
    subject.require(actor)
    one_at_a_time(f"exports of {actor.user_id}")
    found = db.session.scalars(select(ExportJob).where(ExportJob.key == key)).one_or_none()
    if found is None:
        return None
    if found.owner_id != actor.user_id:
        raise Conflict("页面已失效，请回到列表重新选择。")
    return found.id


def add(
    actor: Actor,
    subject: Subject,
    key: str,
    kind: ExportKind,
    ids: Sequence[int],
    detail: Mapping[str, Any],
    choice: dict[str, Any] | None = None,
) -> int:
    """Puts an order in the queue, in the caller's transaction. Raises ``Conflict`` where as many are open as may be."""
    waiting = select(ExportJob.id).where(ExportJob.owner_id == actor.user_id, ExportJob.state.in_(OPEN_EXPORTS))
    if rows.count(waiting) >= OPEN_AT_MOST:
        raise Conflict(f"您已有{OPEN_AT_MOST}项导出没有完成，请等待其完成，或在“我的导出”中取消一项。")
    job = ExportJob(
        key=key,
        owner_id=actor.user_id,
        kind=kind,
        subject=subject.key,
        row_ids=json.dumps(ids, separators=(",", ":")),
        choice=choice,
        total=len(ids),
    )
    db.session.add(job)
    db.session.flush()
    audit(actor, f"导出{_what(job)}", f"导出#{job.id}", {"kind": kind.label, "count": len(ids), **detail})
    return job.id


def own(actor: Actor, job_id: int) -> ExportJob:
    """One of the actor's own. Raises ``NotAllowed``, ``NotFound``."""
    require_any(actor)
    found = rows.one(ExportJob, job_id, ExportJob.owner_id == actor.user_id, anew=True)
    SUBJECTS[found.subject].require(actor)
    return found


def all_own(actor: Actor) -> list[ExportJob]:
    """All of the actor's that are still remembered, the newest first. Raises ``NotAllowed``."""
    require_any(actor)
    mine = select(ExportJob).where(ExportJob.owner_id == actor.user_id).order_by(ExportJob.id.desc())
    return list(db.session.scalars(mine))


def contents(job: ExportJob) -> str:
    """What is in the file: ``待审核，20件申报``."""
    title = f"{job.choice['title']}，" if job.choice else ""
    return f"{title}{SUBJECTS[job.subject].counted(job.total)}"


def ahead_of(job: ExportJob) -> int:
    """How many orders, anybody's, are to be done before one that waits."""
    return rows.count(select(ExportJob.id).where(ExportJob.state.in_(OPEN_EXPORTS), ExportJob.id < job.id))


@transactional
def cancel(actor: Actor, job_id: int) -> None:
    """Gives an order up; a worker that is at it finds out and stops. Raises ``Conflict`` for one that has ended."""
    require_any(actor)
    mine = select(ExportJob).where(ExportJob.owner_id == actor.user_id, ExportJob.id == job_id).with_for_update()
    job = db.session.scalars(mine).one_or_none()
    if job is None:
        raise NotFound(rows.NOT_THERE)
    if not job.state.is_open:
        raise Conflict(f"这项导出{job.state.label}，不能取消。")
    job.state, job.finished_at = ExportState.CANCELLED, now()
    audit(actor, f"取消导出{_what(job)}", f"导出#{job.id}")


def download(actor: Actor, job_id: int) -> Download:
    """The finished file. Raises ``NotAllowed`` where permission, or the sight of one of its rows, is gone (R1)."""
    job = own(actor, job_id)
    if job.state is not ExportState.DONE or job.expires_at is None or job.expires_at <= now():
        raise Conflict("文件不存在或已过期删除，请重新导出。")
    subject = SUBJECTS[job.subject]
    subject.refuse_what_is_out_of_reach(actor, job.ids)
    audit_apart(actor, f"下载导出的{_what(job)}", f"导出#{job.id}", {"kind": job.kind.label, "count": job.total})
    job = own(actor, job_id)
    digests, storage, day = [part.digest for part in job.parts], ports().storage, today_in_shanghai(job.finished_at)
    return Download(
        f"{job.choice['title'] if job.choice else subject.noun}_{day:%Y%m%d}_{job.total}{subject.unit}.{job.kind}",
        f"{subject.key}_{day:%Y%m%d}_{job.total}.{job.kind}",
        job.kind,
        sum(part.size for part in job.parts),
        (storage.read(digest) for digest in digests),
    )


def _what(job: ExportJob) -> str:
    return "列表" if job.choice else SUBJECTS[job.subject].noun
