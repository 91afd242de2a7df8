"""Checking the seals of 操作日志: every row, every seal, their order, and the last seal against its note outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from app.domain.errors import Conflict
from app.extensions import db
from app.models import AuditEntry, AuditSeal
from app.services import audit, audit_seals
from app.services.audit_seals import ORIGIN, SEALED, Head, seal_of
from app.services.unit_of_work import transactional

AT_ONCE = 50
"""Seals, each with its rows, that are held in memory together."""
NAMED_AT_MOST = 20
"""Faults of one batch that are spelled out."""


@dataclass(frozen=True)
class Checked:
    """One batch: its seal's number (0 for what is about the whole), its rows, and what is wrong in Chinese."""

    seal_id: int
    rows: int
    faults: tuple[str, ...] = ()


def verify() -> Iterator[Checked]:
    """Computes every seal again, batch by batch; then looks at the end of the chain. Reads, and writes nothing."""
    key, noted = audit_seals.audit_key(), audit_seals.read_head()
    number, former, done, noted_is_there = 0, ORIGIN, 0, False
    while True:
        seals = _seals_after(number)
        if not seals:
            break
        rows = _rows_between(done, max(seal.last_id for seal in seals))
        for seal in seals:
            own = [row for row in rows if done < row[0] <= seal.last_id]
            faults = [*_order_faults(seal, number, former, done), *_content_faults(key, seal, own)]
            noted_is_there |= noted == Head(seal.id, seal.hash)
            yield Checked(seal.id, len(own), _shortened(faults))
            number, former, done = seal.id, seal.hash, max(done, seal.last_id)
        db.session.expunge_all()
    ends = [*_head_faults(noted, number, noted_is_there), *_number_faults()]
    yield Checked(0, _count_after(done), tuple(ends))


def renew_head(by: str) -> None:
    """Notes the database's last seal as the head: after a backup was restored, or its file was lost.

    A row of the log says so. Raises ``Conflict`` where anything else than the head is wrong.
    """
    faults = [fault for checked in verify() if checked.seal_id for fault in checked.faults]
    if faults:
        raise Conflict(f"操作日志校验不通过，不能重新登记链头：{faults[0]}")
    last = audit_seals.last_seal()
    if last is None:
        raise Conflict("还没有封条，无需登记链头。")
    _note_renewal(by, last.id)
    audit_seals.note_head(Head(last.id, last.hash))


@transactional
def _note_renewal(by: str, seal_id: int) -> None:
    audit.add("重新登记日志链头", f"封条#{seal_id}", name=by)


def _seals_after(number: int) -> list[AuditSeal]:
    ordered = select(AuditSeal).where(AuditSeal.id > number).order_by(AuditSeal.id).limit(AT_ONCE)
    return list(db.session.scalars(ordered.options(undefer(AuditSeal.marks))))


def _rows_between(done: int, last: int) -> Sequence[Any]:
    within = select(*SEALED).where(AuditEntry.id > done, AuditEntry.id <= last).order_by(AuditEntry.id)
    return db.session.execute(within).all()


def _count_after(done: int) -> int:
    return db.session.scalar(select(func.count()).where(AuditEntry.id > done)) or 0


def _number_faults() -> Iterator[str]:
    below = db.session.scalar(select(func.count()).where(AuditEntry.id < 1))
    if below:
        yield f"有 {below} 条记录的编号不是正数，不是系统写入的"


def _order_faults(seal: AuditSeal, number: int, former: str, done: int) -> Iterator[str]:
    if seal.id != number + 1:
        yield f"缺少第{number + 1}号至第{seal.id - 1}号封条"
    elif seal.previous_hash != former or seal.first_id <= done:
        yield "与前一个封条不衔接"


def _content_faults(key: bytes, seal: AuditSeal, rows: Sequence[Any]) -> Iterator[str]:
    marked = dict(mark.partition(":")[::2] for mark in seal.marks.split())
    before = (seal.id, seal.first_id, seal.last_id, seal.rows, seal.previous_hash, seal.sealed_at)
    digest, marks = seal_of(key, before, rows)
    if digest == seal.hash and marks == seal.marks:
        return
    present = dict(mark.partition(":")[::2] for mark in marks.split())
    differing = [row_id for row_id in {*marked, *present} if marked.get(row_id) != present.get(row_id)]
    if not differing or (len(differing) > 1 and len(differing) == len(marked) == len(present)):
        yield "封条本身被改动，或者密钥不是封存时的密钥"
    for row_id in sorted(differing, key=lambda text: (len(text), text)):
        fault = "被删除" if row_id not in present else "被改动" if row_id in marked else "是封存之后插入的"
        yield f"记录 {row_id} {fault}"


def _shortened(faults: list[str]) -> tuple[str, ...]:
    more = len(faults) - NAMED_AT_MOST
    return tuple(faults) if more <= 0 else (*faults[:NAMED_AT_MOST], f"另有 {more} 处")


def _head_faults(noted: Head | None, last: int, noted_is_there: bool) -> Iterator[str]:
    if noted is None:
        if last:
            yield "链头文件 audit_head 不存在，无法确认末尾的封条没有被删除"
    elif not noted_is_there:
        missing = f"链头文件 audit_head 记录的第{noted.seal_id}号封条不在数据库中"
        yield f"{missing}：末尾的封条被删除，或者文件不属于这个数据库"
