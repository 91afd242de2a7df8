"""The worker's half of 导入专家: reads and checks a file, and imports what its sender confirmed, held by a lease."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select

from app.adapters.spreadsheet import read_sheet
from app.documents.import_xlsx import SHEET
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.exports import as_ranges
from app.domain.imports import BEGUN, ROWS_AT_MOST, WAITING, WORKING, ImportState, RowState
from app.extensions import db
from app.models import Expert, ImportJob, ImportRow, Region, Speciality
from app.models.types import now
from app.policies.actor import Actor
from app.services import (
    actors,
    import_check,
    import_orders,
    import_sheet,
    leases,
    notices,
    profile_values,
    registration,
)
from app.services.audit import audit
from app.services.import_check import Reading
from app.services.import_names import Names, read_names
from app.services.leases import Lost
from app.services.ports import ports
from app.services.unit_of_work import transactional

CHECKED_AT_ONCE, IMPORTED_AT_ONCE = 500, 100
"""Rows of one transaction. Others wait for SQLite's write lock as long as one takes."""
KEPT_DAYS = 30
"""What was not imported is forgotten then, with the file's own row; 操作日志 keeps who imported how many."""
ACCOUNT = ("name", "id_number", "mobile")
"""What makes the account; the rest is written into its profile."""
CUT_OFF = "处理表格时多次中断。请重新上传；仍不成功的，请联系技术支持。"
CUT_SHORT = "导入多次中断，没有导入的行还在，可以再次确认导入；仍不成功的，请联系技术支持。"
RACED = "保存时与他人同时登记的资料冲突，请核对后再试。"


@dataclass(frozen=True)
class _Taken:
    """A file in one worker's hands: ``attempt`` is what it holds it by in this stage."""

    job_id: int
    attempt: int
    state: ImportState
    owner_id: int


def run_next() -> bool:
    """Takes the oldest file a stage further that nobody holds. Gives whether there was one."""
    taken = _take()
    if taken is None:
        return False
    try:
        (_check if taken.state is ImportState.CHECKING else _import)(taken)
    except Lost:
        pass
    except (Invalid, NotAllowed) as refusal:
        _give_up(taken, refusal.message)
    except Exception:
        # A full disk, a database that restarts or is busy: the stage is tried again, and the worker lives on.
        current_app.logger.exception("import %d was cut off", taken.job_id)
        _put_back(taken)
    return True


@transactional
def sweep() -> int:
    """Forgets files that came long ago, with every row that was not imported. Gives how many."""
    old = ImportJob.created_at < now() - timedelta(days=KEPT_DAYS)
    gone = delete(ImportJob).where(old, ImportJob.state.not_in(WORKING)).returning(ImportJob.id)
    return len(db.session.scalars(gone).all())


def _take() -> _Taken | None:
    """The next file, held by this worker; one that was tried too often is ended on the way."""
    return leases.next_taken(ImportJob, WAITING, WORKING, lambda job: job.tries, _take_up, _cut_off)


def _take_up(job: ImportJob) -> _Taken:
    job.tries += 1
    attempt = leases.take(job, BEGUN.get(job.state, job.state))
    return _Taken(job.id, attempt, job.state, job.owner_id)


def _cut_off(job: ImportJob) -> None:
    _end_badly(job, CUT_SHORT if job.state is ImportState.IMPORTING else CUT_OFF)


def _held(taken: _Taken) -> ImportJob:
    return leases.held(ImportJob, taken.job_id, taken.attempt, taken.state)


def _owner(taken: _Taken) -> Actor:
    """Who sent the file, with what they may at this moment. Raises ``NotAllowed``."""
    actor = actors.behind(taken.owner_id)
    import_orders.require(actor)
    return actor


def _check(taken: _Taken) -> None:
    """Reads the file, and stages its rows with what is wrong with each."""
    # One more than may be, the headings, and a title above them: more are found out below.
    layout = import_sheet.read_headings(read_sheet(_file(taken), SHEET, ROWS_AT_MOST + 12).rows)
    below = [row for row in layout.rows if not layout.cell(row, "name").startswith(import_sheet.EXAMPLE)]
    if not below:
        raise Invalid("标题行下面没有要导入的行。")
    if len(below) > ROWS_AT_MOST:
        raise Invalid(f"一份表格最多{ROWS_AT_MOST}行，请分成几份上传。")
    _begin(taken, layout, len(below))
    names = read_names()
    for start in range(0, len(below), CHECKED_AT_ONCE):
        _stage(taken, [(row[0], layout.content(row)) for row in below[start : start + CHECKED_AT_ONCE]], names)
    _finish(taken, ImportState.CHECKED)


def _file(taken: _Taken) -> bytes:
    job = db.session.get_one(ImportJob, taken.job_id, populate_existing=True)
    return b"".join([ports().storage.read(part.digest) for part in job.parts])


@transactional
def _begin(taken: _Taken, layout: import_sheet.Layout, total: int) -> None:
    """What another worker staged before it died is staged anew."""
    job = _held(taken)
    db.session.execute(delete(ImportRow).where(ImportRow.job_id == job.id))
    job.total, job.done, job.headings = total, 0, [heading for heading, _ in layout.more]


@transactional
def _stage(taken: _Taken, found: Sequence[tuple[int, dict[str, object]]], names: Names) -> None:
    job, actor = _held(taken), _owner(taken)
    staged = [ImportRow(job_id=job.id, number=number, content=content) for number, content in found]
    db.session.add_all(staged)
    import_check.judge(actor, job, staged, names, among=False)
    job.done += len(staged)
    leases.renew(job)


def _import(taken: _Taken) -> None:
    """Imports what is right, some rows at a time; where one fails, the others of its transaction go one by one."""
    names = read_names()
    while ids := _ready(taken.job_id):
        try:
            _import_rows(taken, ids, names)
        except Conflict:
            for row_id in ids:
                try:
                    _import_rows(taken, [row_id], names)
                except Conflict:
                    _refuse(taken, row_id)
    _finish(taken, ImportState.DONE)


def _ready(job_id: int) -> Sequence[int]:
    asked = select(ImportRow.id).where(ImportRow.job_id == job_id, ImportRow.state == RowState.READY)
    return db.session.scalars(asked.order_by(ImportRow.number).limit(IMPORTED_AT_ONCE)).all()


@transactional
def _import_rows(taken: _Taken, ids: Sequence[int], names: Names) -> None:
    """Judges the rows once more, and makes experts of those that are still right. Raises ``Conflict`` where raced."""
    job, actor = _held(taken), _owner(taken)
    staged = db.session.scalars(select(ImportRow).where(ImportRow.id.in_(ids)).order_by(ImportRow.number)).all()
    readings = import_check.judge(actor, job, staged, names, among=False)
    made = _experts(staged, readings)
    db.session.add_all(expert for _, expert in made)
    db.session.flush()
    for row, expert in made:
        row.state, row.expert_id = RowState.IMPORTED, expert.id
        # It is the expert's now, and nobody else's to keep.
        row.content = row.id_number_index = row.mobile_index = None
    if made:
        ids_made = as_ranges(expert.id for _, expert in made)
        audit(actor, "导入专家", f"导入#{job.id}", {"count": len(made), "experts": ids_made})
    job.done = min(job.total, job.done + len(staged))
    leases.renew(job)


def _experts(staged: Sequence[ImportRow], readings: Sequence[Reading]) -> list[tuple[ImportRow, Expert]]:
    """Somebody for each row that is right, not added yet."""
    right = [(row, one) for row, one in zip(staged, readings, strict=True) if row.state is RowState.READY]
    claimed = {key for _, one in right for key in one.values.get("specialities", ())}
    role, made = registration.expert_role(), []
    with db.session.no_autoflush:
        # Read at once and held here, so that each profile finds what it names in the session.
        held: list[object] = [
            *db.session.scalars(select(Region).where(Region.code.in_({one.values["region"] for _, one in right}))),
            *db.session.scalars(select(Speciality).where(Speciality.id.in_(claimed))),
        ]
        for row, one in right:
            assert one.identity is not None
            given = {name: value for name, value in one.values.items() if name not in ACCOUNT}
            expert = registration.new_expert(one.values["name"], one.identity, one.values["mobile"], role)
            profile_values.write(expert, given, {})
            made.append((row, expert))
        del held
    return made


@transactional
def _refuse(taken: _Taken, row_id: int) -> None:
    """A row that was raced once more: a person decides."""
    _held(taken)
    row = db.session.get_one(ImportRow, row_id)
    row.state, row.content = RowState.WRONG, {**(row.content or {}), "faults": {"id_number": RACED}}


@transactional
def _finish(taken: _Taken, state: ImportState) -> None:
    job = _held(taken)
    job.state, job.done, job.parts, job.finished_at = state, job.total, [], now()
    counts = {state.label: count for state, count in import_orders.counts(job).items() if count}
    action = "检查专家导入表" if state is ImportState.CHECKED else "完成导入专家"
    audit(actors.behind(job.owner_id), action, f"导入#{job.id}", {"digest": job.digest, **counts})
    notices.import_ended(job, "已检查，请确认导入" if state is ImportState.CHECKED else "已导入，请查看结果")


@transactional
def _give_up(taken: _Taken, reason: str) -> None:
    with suppress(Lost):
        _end_badly(_held(taken), reason)


def _end_badly(job: ImportJob, reason: str) -> None:
    """What was imported stays; rows of a file that could not be read or checked are nobody's."""
    importing = job.state is ImportState.IMPORTING
    job.state = ImportState.DONE if importing else ImportState.FAILED
    job.error, job.finished_at, job.parts = reason[:300], now(), []
    if not importing:
        db.session.execute(delete(ImportRow).where(ImportRow.job_id == job.id))
    notices.import_ended(job, "没有成功，请查看原因")


@transactional
def _put_back(taken: _Taken) -> None:
    with suppress(Lost):
        leases.let_go(_held(taken))
