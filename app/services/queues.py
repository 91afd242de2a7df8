"""What waits for the worker: how much of each kind, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.domain.exports import CERTIFICATE_KINDS, OPEN_EXPORTS, ExportKind
from app.domain.imports import WAITING, WORKING
from app.extensions import db
from app.models import ExportJob, ImportJob, SmsMessage, SmsStatus
from app.models.types import now

SMS, CERTIFICATES, TABLES, IMPORTS = "sms", "certificates", "tables", "imports"
LABELS = {SMS: "短信", CERTIFICATES: "批量导出聘书", TABLES: "导出 Excel", IMPORTS: "专家导入"}
STALE_SMS, STALE_FILES = timedelta(minutes=15), timedelta(hours=1)
"""After what wait something is wrong: somebody waits for a message, a file takes its time."""


@dataclass(frozen=True)
class Queue:
    """``oldest`` is when the first of them was to be dealt with: later than now where it is tried again."""

    key: str
    length: int
    oldest: datetime | None

    @property
    def label(self) -> str:
        """What administrators call it."""
        return LABELS[self.key]

    @property
    def waited(self) -> timedelta:
        """For how long the oldest has been due."""
        return max(timedelta(0), now() - self.oldest) if self.oldest else timedelta(0)

    @property
    def is_stale(self) -> bool:
        """Whether a worker that works would have dealt with it."""
        return self.waited > (STALE_SMS if self.key == SMS else STALE_FILES)


def standing() -> list[Queue]:
    """Every queue, in three statements that find by an index what waits and read nothing else."""
    sms = select(func.count(), func.min(SmsMessage.due_at)).where(SmsMessage.status == SmsStatus.QUEUED)
    imports = select(func.count(), func.min(ImportJob.created_at)).where(ImportJob.state.in_((*WAITING, *WORKING)))
    orders = select(ExportJob.kind, func.count(), func.min(ExportJob.created_at)).group_by(ExportJob.kind)
    found = {
        kind: (count, oldest)
        for kind, count, oldest in db.session.execute(orders.where(ExportJob.state.in_(OPEN_EXPORTS)))
    }
    return [
        Queue(SMS, *db.session.execute(sms).one()),
        _sum(CERTIFICATES, [found[kind] for kind in CERTIFICATE_KINDS if kind in found]),
        _sum(TABLES, [found[kind] for kind in ExportKind if kind in found and kind not in CERTIFICATE_KINDS]),
        Queue(IMPORTS, *db.session.execute(imports).one()),
    ]


def _sum(key: str, parts: list[tuple[int, Any]]) -> Queue:
    return Queue(key, sum(count for count, _ in parts), min((oldest for _, oldest in parts), default=None))
