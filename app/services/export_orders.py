"""导出聘书 as people see it: what is ordered, how far it is, and the file while all of it is theirs to see."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from app.documents.bundle import FORMS
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.exports import MOST, OPEN_EXPORTS, ExportKind, ExportState, as_ranges
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Certificate, ExportJob
from app.models.certificate import in_number_order
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import EXPORT_CERTIFICATES
from app.policies.scope import visible_certificates
from app.services import rows
from app.services.audit import audit, audit_apart
from app.services.ports import ports
from app.services.unit_of_work import one_at_a_time, transactional

OPEN_AT_MOST = 2
"""Orders of one person that are not done yet."""
OUT_OF_REACH = "其中有 {} 份聘书已不在您的查看范围内，不能提供。请回到聘书列表重新选择。"


@dataclass(frozen=True)
class Download:
    """The file, a piece at a time. ``size`` is in bytes; ``plain_name`` is ASCII, for who cannot read ``name``."""

    name: str
    plain_name: str
    mimetype: str
    size: int
    pieces: Iterator[bytes]


def require(actor: Actor) -> None:
    """Raises ``NotAllowed`` for who may not take certificates out by the hundred."""
    if not actor.may(EXPORT_CERTIFICATES):
        raise NotAllowed("您没有批量导出聘书的权限。")


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
    """Puts an export in the queue; gives its id. The form ``key`` sent again gives the first one's.

    Raises ``NotAllowed``, ``Invalid`` as ``check_count`` does, ``NotFound`` for a certificate out of scope (R1),
    ``Conflict`` for somebody else's key or where as many are open as may be.
    """
    require(actor)
    one_at_a_time(f"exports of {actor.user_id}")
    former = db.session.scalars(select(ExportJob).where(ExportJob.key == key)).one_or_none()
    if former is not None:
        if former.owner_id != actor.user_id:
            raise Conflict("页面已失效，请回到聘书列表重新选择。")
        return former.id
    check_count(kind, len(certificate_ids))
    ids = matching(actor, [Certificate.id.in_(certificate_ids)])
    if len(ids) < len(set(certificate_ids)):
        raise NotFound(rows.NOT_THERE)
    waiting = select(ExportJob.id).where(ExportJob.owner_id == actor.user_id, ExportJob.state.in_(OPEN_EXPORTS))
    if rows.count(waiting) >= OPEN_AT_MOST:
        raise Conflict(f"您已有{OPEN_AT_MOST}项导出没有完成，请等待其完成，或在“我的导出”中取消一项。")
    job = ExportJob(key=key, owner_id=actor.user_id, kind=kind, certificate_ids=json.dumps(ids), total=len(ids))
    db.session.add(job)
    db.session.flush()
    detail = {"kind": kind.label, "count": len(ids), "certificates": as_ranges(ids)}
    audit(actor, "导出聘书", f"导出#{job.id}", detail)
    return job.id


def own(actor: Actor, job_id: int) -> ExportJob:
    """One of the actor's own. Raises ``NotAllowed``, ``NotFound``."""
    require(actor)
    return rows.one(ExportJob, job_id, ExportJob.owner_id == actor.user_id, anew=True)


def all_own(actor: Actor) -> list[ExportJob]:
    """All of the actor's that are still remembered, the newest first."""
    require(actor)
    mine = select(ExportJob).where(ExportJob.owner_id == actor.user_id).order_by(ExportJob.id.desc())
    return list(db.session.scalars(mine))


def ahead_of(job: ExportJob) -> int:
    """How many orders, anybody's, are to be done before one that waits."""
    return rows.count(select(ExportJob.id).where(ExportJob.state.in_(OPEN_EXPORTS), ExportJob.id < job.id))


@transactional
def cancel(actor: Actor, job_id: int) -> None:
    """Gives an order up; a worker that is at it finds out and stops. Raises ``Conflict`` for one that has ended."""
    require(actor)
    mine = select(ExportJob).where(ExportJob.owner_id == actor.user_id, ExportJob.id == job_id).with_for_update()
    job = db.session.scalars(mine).one_or_none()
    if job is None:
        raise NotFound(rows.NOT_THERE)
    if not job.state.is_open:
        raise Conflict(f"这项导出{job.state.label}，不能取消。")
    job.state, job.finished_at = ExportState.CANCELLED, now()
    audit(actor, "取消导出聘书", f"导出#{job.id}")


def download(actor: Actor, job_id: int) -> Download:
    """The finished file. Raises ``NotAllowed`` where permission, or the sight of one of its certificates, is gone."""
    job = own(actor, job_id)
    if job.state is not ExportState.DONE or job.expires_at is None or job.expires_at <= now():
        raise Conflict("文件不存在或已过期删除，请重新导出。")
    refuse_what_is_out_of_reach(actor, job.ids)
    form = FORMS[job.kind]
    day = today_in_shanghai(job.finished_at)
    audit_apart(actor, "下载导出的聘书", f"导出#{job.id}", {"kind": job.kind.label, "count": job.total})
    job = own(actor, job_id)
    digests, storage = [part.digest for part in job.parts], ports().storage
    return Download(
        f"聘书_{day:%Y%m%d}_{job.total}份.{form.suffix}",
        f"certificates_{day:%Y%m%d}_{job.total}.{form.suffix}",
        form.mimetype,
        sum(part.size for part in job.parts),
        (storage.read(digest) for digest in digests),
    )


def refuse_what_is_out_of_reach(actor: Actor, certificate_ids: Sequence[int]) -> None:
    """Raises ``NotAllowed`` where the actor no longer sees all of these (R1)."""
    seen = select(func.count()).where(visible_certificates(actor), Certificate.id.in_(certificate_ids))
    lost = len(certificate_ids) - (db.session.scalar(seen.select_from(Certificate)) or 0)
    if lost:
        raise NotAllowed(OUT_OF_REACH.format(lost))
