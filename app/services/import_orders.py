"""导入专家 as people see it: a workbook is sent, looked through row by row, mended, and imported when they say so."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from app.adapters.filetype import Inspected, inspect_workbook
from app.adapters.parts import PartWriter
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.identity import hide_numbers
from app.domain.imports import ImportState, RowState
from app.extensions import db
from app.models import ImportJob, ImportPart, ImportRow
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import IMPORT
from app.services import attachments, import_check, import_sheet, rows
from app.services.audit import audit, audit_apart
from app.services.import_names import read_names
from app.services.ports import ports
from app.services.unit_of_work import one_at_a_time, transactional

OPEN_AT_MOST = 5
"""Files of one person that are not imported yet: each keeps personal data of others."""
PAGE = 25
ENDED = (ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED)
NOT_NOW = "这项导入{}，现在不能这样做，请刷新页面。"


class StillWrong(Invalid):
    """A row that was mended and is not right yet: ``faults`` by field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("这一行还有错误，没有保存。")
        self.faults = faults


@dataclass(frozen=True)
class RowPage:
    """Some rows of a file in one state, the ``number``-th page of them from 0; ``count`` are all of them."""

    rows: list[ImportRow]
    number: int
    count: int

    @property
    def last(self) -> int:
        """The last page's number."""
        return max(0, (self.count - 1) // PAGE)


def require(actor: Actor) -> None:
    """Raises ``NotAllowed`` for who may not import, and for who has no region to import into (R1)."""
    if not actor.may(IMPORT):
        raise NotAllowed("您没有批量导入专家的权限。")
    if actor.region_span is None:
        raise NotAllowed("您的账号没有所属部门，不能导入专家；请联系系统管理员登记。")


def upload(actor: Actor, key: str, data: bytes, filename: str, *, gaps: bool) -> int:
    """Puts a workbook in the queue to be read; gives its id. The form ``key`` sent again gives the first one's.

    Raises ``NotAllowed``, ``Invalid`` for a file that will not do, ``ScanFailed``, ``Conflict`` for somebody else's
    key or where as many are open as may be.
    """
    require(actor)
    file = inspect_workbook(data, filename)
    attachments.refuse_infected(data)
    writer = PartWriter(ports().storage)
    writer.write(file.data)
    return _enter(actor, key, file, [part.digest for part in writer.finish()], gaps)


@transactional
def _enter(actor: Actor, key: str, file: Inspected, digests: list[str], gaps: bool) -> int:
    one_at_a_time(f"imports of {actor.user_id}")
    former = db.session.scalars(select(ImportJob).where(ImportJob.key == key)).one_or_none()
    if former is not None:
        if former.owner_id != actor.user_id:
            raise Conflict("页面已失效，请重新打开“专家导入”再上传。")
        return former.id
    open_ones = select(ImportJob.id).where(ImportJob.owner_id == actor.user_id, ImportJob.state.not_in(ENDED))
    if rows.count(open_ones) >= OPEN_AT_MOST:
        raise Conflict(f"您已有{OPEN_AT_MOST}份表格没有导入，请先确认导入或取消其中一份。")
    job = ImportJob(
        key=key,
        owner_id=actor.user_id,
        # People name files by whom they are about; the name is kept and shown in clear.
        filename=hide_numbers(file.filename),
        digest=hashlib.sha256(file.data).hexdigest(),
        gaps=gaps,
        parts=[ImportPart(position=place, digest=digest) for place, digest in enumerate(digests)],
    )
    db.session.add(job)
    db.session.flush()
    audit(actor, "上传专家导入表", f"导入#{job.id}", {"digest": job.digest})
    return job.id


def own(actor: Actor, job_id: int) -> ImportJob:
    """One of the actor's own. Raises ``NotAllowed``, ``NotFound``."""
    require(actor)
    return rows.one(ImportJob, job_id, ImportJob.owner_id == actor.user_id, anew=True)


def all_own(actor: Actor) -> list[ImportJob]:
    """All of the actor's that are still remembered, the newest first."""
    require(actor)
    mine = select(ImportJob).where(ImportJob.owner_id == actor.user_id).order_by(ImportJob.id.desc())
    return list(db.session.scalars(mine))


def ahead_of(job: ImportJob) -> int:
    """How many files, anybody's, are to be dealt with before one that waits."""
    return rows.count(
        select(ImportJob.id).where(ImportJob.state.not_in((*ENDED, ImportState.CHECKED)), ImportJob.id < job.id)
    )


def counts(job: ImportJob) -> dict[RowState, int]:
    """How many rows are to become, or became, what."""
    asked = select(ImportRow.state, func.count()).where(ImportRow.job_id == job.id).group_by(ImportRow.state)
    found = dict.fromkeys(RowState, 0)
    for state, count in db.session.execute(asked):
        found[state] = count
    return found


def page_of(job: ImportJob, state: RowState, number: int) -> RowPage:
    """Rows in one state, in the order of the file; beyond the last page, the last."""
    here = (ImportRow.job_id == job.id, ImportRow.state == state)
    count = rows.count(select(ImportRow.id).where(*here))
    number = min(number, max(0, (count - 1) // PAGE))
    some = select(ImportRow).where(*here).order_by(ImportRow.number).offset(number * PAGE).limit(PAGE)
    return RowPage(list(db.session.scalars(some)), number, count)


def wrong_row(actor: Actor, job_id: int, number: int) -> ImportRow:
    """A row of the actor's own file that is wrong. Raises ``NotFound``, also for one that is not wrong any more."""
    job = own(actor, job_id)
    found = select(ImportRow).where(
        ImportRow.job_id == job.id, ImportRow.number == rows.key_of(number), ImportRow.state == RowState.WRONG
    )
    row = db.session.scalars(found).one_or_none()
    if row is None:
        raise NotFound(rows.NOT_THERE)
    return row


@transactional
def mend(actor: Actor, job_id: int, number: int, texts: Mapping[str, str]) -> RowState:
    """Writes ``texts`` into cells of a row that is wrong, and judges it anew; gives what is to become of it now.

    Raises ``StillWrong``, and keeps nothing, where it is not right then; ``Conflict`` while a worker has the file.
    """
    job = _locked(actor, job_id)
    if not job.state.is_open:
        raise Conflict(NOT_NOW.format(job.state.label))
    row = wrong_row(actor, job_id, number)
    content = row.content or {}
    row.content = {**content, "cells": {**content["cells"], **texts}}
    (reading,) = import_check.judge(actor, job, [row], read_names(), among=True)
    if row.state is RowState.WRONG:
        raise StillWrong(reading.faults)
    return row.state


@transactional
def confirm(actor: Actor, job_id: int) -> None:
    """Lets what is right be imported. Asked for twice, it is done once. Raises ``Conflict``."""
    job = _locked(actor, job_id)
    if job.state in (ImportState.CONFIRMED, ImportState.IMPORTING):
        return
    ready = counts(job)[RowState.READY]
    if not job.state.is_open or not ready:
        raise Conflict(NOT_NOW.format(job.state.label) if not job.state.is_open else "没有可以导入的行。")
    job.state, job.total, job.done, job.tries, job.error = ImportState.CONFIRMED, ready, 0, 0, ""
    audit(actor, "确认导入专家", f"导入#{job.id}", {"digest": job.digest, "count": ready})


@transactional
def cancel(actor: Actor, job_id: int) -> None:
    """Gives a file up that is not imported yet: what was read of it is taken away. Raises ``Conflict``."""
    job = _locked(actor, job_id)
    if job.state in (*ENDED, ImportState.IMPORTING):
        raise Conflict(NOT_NOW.format(job.state.label))
    job.state, job.finished_at, job.parts = ImportState.CANCELLED, now(), []
    db.session.execute(delete(ImportRow).where(ImportRow.job_id == job.id))
    audit(actor, "取消导入专家", f"导入#{job.id}", {"digest": job.digest})


def marked(actor: Actor, job_id: int) -> bytes:
    """The rows that are wrong as a workbook, marked at their cells. Raises ``Conflict`` where there are none."""
    job = own(actor, job_id)
    wrong = select(ImportRow).where(ImportRow.job_id == job.id, ImportRow.state == RowState.WRONG)
    found = db.session.scalars(wrong.order_by(ImportRow.number)).all()
    if not found:
        raise Conflict("没有有误的行。")
    book = import_sheet.marked(actor, [row.content or {} for row in found], job.headings)
    audit_apart(actor, "下载有误的导入行", f"导入#{job_id}", {"count": len(found)})
    return book


def _locked(actor: Actor, job_id: int) -> ImportJob:
    require(actor)
    mine = select(ImportJob).where(ImportJob.owner_id == actor.user_id, ImportJob.id == rows.key_of(job_id))
    job = db.session.scalars(mine.with_for_update()).one_or_none()
    if job is None:
        raise NotFound(rows.NOT_THERE)
    return job
