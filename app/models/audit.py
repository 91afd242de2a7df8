"""操作日志: acts on accounts and personal data that are no part of a case."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.columns import column
from app.models.types import UtcDateTime, now


class AuditEntry(Model):
    """One act. ``subject`` names the row by kind and id, never by personal data."""

    __tablename__ = "audit_entry"
    __label__ = "操作日志"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = column(UtcDateTime, label="时间", nullable=False, default=now, listed=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    actor_name: Mapped[str] = column(String(64), label="操作人", nullable=False, listed=True, searchable=True)
    action: Mapped[str] = column(String(40), label="操作", nullable=False, listed=True, searchable=True)
    subject: Mapped[str] = column(String(120), label="对象", nullable=False, listed=True)
