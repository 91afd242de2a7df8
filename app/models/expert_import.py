"""导入专家: a workbook that somebody sent, and its rows between the check and the import."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.imports import ImportState, RowState
from app.models.encrypted import Blind, EncryptedJson
from app.models.types import Choice, UtcDateTime, check_members, now


class ImportPart(Model):
    """A piece of the file, until it has been read; ``digest`` is its key in the storage, which seals it."""

    __tablename__ = "import_part"

    job_id: Mapped[int] = mapped_column(ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))


class ImportJob(Model):
    """One file. ``key`` is the form's own and works once; ``digest`` is the SHA-256 of the file, for 操作日志.

    ``attempt`` is what a worker holds it by, as for an export; ``tries`` counts those of the present stage.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        CheckConstraint(check_members("state", ImportState), name="ck_import_job_state"),
        Index("ix_import_job_owner", "owner_id", "id"),
        Index("ix_import_job_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(43), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    filename: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    gaps: Mapped[bool] = mapped_column(default=False)
    """Whether required fields may be left for the expert to fill in."""
    headings: Mapped[list[str]] = mapped_column(EncryptedJson("import_job.headings"), default=list)
    """Of columns that are the sender's own: they are not read, and go back with the rows that are wrong."""
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    """Rows of the present stage: in all, and so far."""
    state: Mapped[ImportState] = mapped_column(Choice(ImportState), default=ImportState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    parts: Mapped[list[ImportPart]] = relationship(
        order_by=ImportPart.position, cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def percent(self) -> int:
        """How far the present stage is; 100 never, while there is work left."""
        return min(99, 100 * self.done // self.total) if self.total else 0


class ImportRow(Model):
    """One row of the file, by its number there. Once imported it holds nothing but whom it made.

    ``content`` is sealed: ``cells`` are texts by field, ``more`` those of the sender's own columns; ``faults`` say
    what is wrong by field; ``differs`` names the fields in which an expert who is there already has something else.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        CheckConstraint(check_members("state", RowState), name="ck_import_row_state"),
        UniqueConstraint("job_id", "number", name="uq_import_row"),
        Index("ix_import_row_state", "job_id", "state", "number"),
        Index("ix_import_row_id_number", "job_id", "id_number_index"),
        Index("ix_import_row_mobile", "job_id", "mobile_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("import_job.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    state: Mapped[RowState] = mapped_column(Choice(RowState), default=RowState.WRONG)
    content: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson("import_row.content"))
    id_number_index: Mapped[bytes | None] = mapped_column(Blind("id_number"))
    mobile_index: Mapped[bytes | None] = mapped_column(Blind("mobile"))
    expert_id: Mapped[int | None] = mapped_column(ForeignKey("expert.id", ondelete="SET NULL"))
