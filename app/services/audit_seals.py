"""Seals on 操作日志: each an HMAC over a batch of rows and over the seal before it.

Who can write to the database can drop triggers; without the key they cannot make a seal. The last seal
stands in a file outside the database as well, so that seals taken from the end are missed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select, text

from app.adapters.head_file import read_text, write_text
from app.domain.errors import Conflict
from app.extensions import db
from app.models import AuditEntry, AuditSeal
from app.models.types import now
from app.services.unit_of_work import transactional

BATCH = 1000
"""Rows under one seal at most; so many waiting are sealed at once."""
ORIGIN = "0" * 64
"""What the first seal has for a previous hash."""
MARK_LENGTH = 16
SEALED = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor_id,
    AuditEntry.actor_name,
    AuditEntry.role,
    AuditEntry.place,
    AuditEntry.address,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.detail,
)
"""The columns under the seal, in this order for good: another order is another hash."""

_LABEL = b"audit log seal, version 1"


@dataclass(frozen=True)
class Head:
    """The seal that was last when it was noted."""

    seal_id: int
    hash: str


def audit_key() -> bytes:
    """The key of the seals, from the setting ``AUDIT_KEY``."""
    return hmac.digest(str(current_app.config["AUDIT_KEY"]).encode(), _LABEL, "sha256")


def canonical(values: Iterable[Any]) -> bytes:
    """The bytes of a row: JSON without blanks, instants as ISO 8601 in UTC to the microsecond, ended by a new line."""
    plain = [value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value for value in values]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def seal_of(key: bytes, before: Sequence[Any], rows: Sequence[Sequence[Any]]) -> tuple[str, str]:
    """The hash over ``before`` (the seal's own columns) and ``rows``, and the marks of the rows."""
    whole, marks = hmac.new(key, canonical(before), hashlib.sha256), []
    for row in rows:
        content = canonical(row)
        whole.update(content)
        marks.append(f"{row[0]}:{hmac.digest(key, content, 'sha256').hex()[:MARK_LENGTH]}")
    return whole.hexdigest(), " ".join(marks)


def head_path() -> Path:
    """Where the last seal is noted outside the database."""
    return Path(current_app.instance_path) / "audit_head"


def read_head() -> Head | None:
    """The noted seal, or ``None`` where there is no file. A damaged file is a seal that nobody has."""
    found = read_text(head_path())
    if found is None:
        return None
    number, _, digest = found.strip().partition(" ")
    return Head(int(number) if number.isascii() and number.isdigit() else -1, digest)


def last_seal() -> AuditSeal | None:
    """The newest seal."""
    return db.session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).one_or_none()


def seal_on(entry_id: int) -> AuditSeal | None:
    """The seal that covers a row; ``None`` as long as it has none."""
    covering = select(AuditSeal).where(AuditSeal.last_id >= entry_id).order_by(AuditSeal.id).limit(1)
    return db.session.scalars(covering).one_or_none()


def waiting() -> int:
    """About how many rows have no seal yet; at least as many as have none."""
    newest = db.session.scalar(select(func.max(AuditEntry.id))) or 0
    sealed = db.session.scalar(select(func.max(AuditSeal.last_id))) or 0
    return newest - sealed


def seal() -> int:
    """Seals every row that has no seal. Gives how many rows were sealed.

    Raises ``Conflict`` and seals nothing where the noted seal is not in the database, or no seal is noted
    and the database has some: the rows would get good seals, and what happened to them would be lost.
    """
    total = 0
    while True:
        count, head = _seal_batch()
        # After the commit: a head without its seal would say that a seal was taken away.
        if head is not None and head != read_head():
            note_head(head)
        total += count
        if count < BATCH:
            return total


def note_head(head: Head) -> None:
    """Notes a seal outside the database."""
    write_text(head_path(), f"{head.seal_id} {head.hash}\n")


@transactional
def _seal_batch() -> tuple[int, Head | None]:
    _wait_for_writers()
    last = last_seal()
    _require_head(last)
    number, former, done = (last.id, last.hash, last.last_id) if last else (0, ORIGIN, 0)
    # Nobody is writing now, so a smaller id than these can never come: what the seals cover is closed.
    unsealed = select(*SEALED).where(AuditEntry.id > done).order_by(AuditEntry.id).limit(BATCH)
    rows = db.session.execute(unsealed).all()
    if not rows:
        return 0, Head(last.id, last.hash) if last else None
    first, newest, moment = rows[0][0], rows[-1][0], now()
    before = (number + 1, first, newest, len(rows), former, moment)
    digest, marks = seal_of(audit_key(), before, rows)
    db.session.add(
        AuditSeal(
            id=number + 1,
            first_id=first,
            last_id=newest,
            rows=len(rows),
            previous_hash=former,
            hash=digest,
            marks=marks,
            sealed_at=moment,
        )
    )
    return len(rows), Head(number + 1, digest)


def _require_head(last: AuditSeal | None) -> None:
    noted = read_head()
    if noted is None and last is None:
        return
    kept = db.session.get(AuditSeal, noted.seal_id) if noted is not None else None
    if noted is None or kept is None or kept.hash != noted.hash:
        raise Conflict("操作日志的封条与链头文件 audit_head 不符，没有继续封存。请运行 flask audit verify 查明原因。")


def _wait_for_writers() -> None:
    """Lets those finish who are writing rows, and keeps others waiting until the seal is on.

    PostgreSQL gives ids before the rows are committed; a row that came late with a smaller id would be
    taken for one that was slipped in. SQLite has one writer anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL lock_timeout = '5s'"))
        db.session.execute(text("LOCK TABLE audit_entry IN SHARE ROW EXCLUSIVE MODE"))
