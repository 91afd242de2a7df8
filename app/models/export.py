"""导出: who asked for which certificates or rows of a list as one file, how far it is, and where the file lies."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.exports import ExportKind, ExportState
from app.models.encrypted import EncryptedJson
from app.models.types import Choice, UtcDateTime, check_members, now


class ExportPart(Model):
    """A piece of the file, in its order; ``digest`` is its key in the storage, which seals it."""

    __tablename__ = "export_part"

    job_id: Mapped[int] = mapped_column(ForeignKey("export_job.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column()


class ExportJob(Model):
    """One order. ``key`` is the form's own and works once; ``row_ids`` is what was asked for, fixed then.

    ``attempt`` counts the workers that took it up: what one does holds only while the number is still its own, and
    after ``leased_until`` another takes it. There are parts in state 已生成 alone, and the file is whole then.
    """

    __tablename__ = "export_job"
    __table_args__ = (
        CheckConstraint(check_members("kind", ExportKind), name="ck_export_job_kind"),
        CheckConstraint(check_members("state", ExportState), name="ck_export_job_state"),
        Index("ix_export_job_owner", "owner_id", "id"),
        Index("ix_export_job_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(43), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    kind: Mapped[ExportKind] = mapped_column(Choice(ExportKind))
    subject: Mapped[str] = mapped_column(String(20))
    """Of which list the rows are: a key of ``services.export_subjects``."""
    row_ids: Mapped[str] = mapped_column(Text, deferred=True)
    """A JSON array, in the order of the file. Long, and read by who makes the file or hands it out alone."""
    choice: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson("export_job.choice"))
    """Of a table, a ``domain.exports.TableChoice``: sealed, for people may type an ID number into any filter."""
    total: Mapped[int] = mapped_column()
    done: Mapped[int] = mapped_column(default=0)
    state: Mapped[ExportState] = mapped_column(Choice(ExportState), default=ExportState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    parts: Mapped[list[ExportPart]] = relationship(
        order_by=ExportPart.position, cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def ids(self) -> list[int]:
        """The rows, in the order of the file."""
        found: list[int] = json.loads(self.row_ids)
        return found

    @property
    def percent(self) -> int:
        """How far it is; 100 for a file that is there alone."""
        return 100 if self.state is ExportState.DONE else min(99, 100 * self.done // self.total)
