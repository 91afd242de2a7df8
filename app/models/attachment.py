"""附件: a name for a file that lies, content-addressed and immutable, in the storage."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import Labelled
from app.models.expert import Expert
from app.models.types import Choice, UtcDateTime, check_members, now


class AttachmentKind(Labelled):
    """What the expert says the file is. The last two belong to a 变更申请, and are no part of the profile."""

    CONSENT = "consent", "单位同意申报材料"
    STATEMENT = "statement", "情况说明"
    TITLE = "title", "职称证书"
    QUALIFICATION = "qualification", "执业资格证书"
    OTHER = "other", "其他"
    PHOTO = "photo", "照片"
    EVIDENCE = "evidence", "变更证明材料"
    NEW_PHOTO = "new_photo", "拟更换的照片"


class Attachment(Model):
    """A file of an expert. Removed ones stay, because snapshots of submissions name them (R11)."""

    __tablename__ = "attachment"
    __label__ = "附件"
    __table_args__ = (
        CheckConstraint(check_members("kind", AttachmentKind), name="ck_attachment_kind"),
        CheckConstraint(
            "kind NOT IN ('evidence', 'new_photo') OR change_request_id IS NOT NULL", name="ck_attachment_of_request"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"), index=True)
    kind: Mapped[AttachmentKind] = mapped_column(Choice(AttachmentKind))
    change_request_id: Mapped[int | None] = mapped_column(ForeignKey("change_request.id"), index=True)
    """The 变更申请 that it came with."""
    filename: Mapped[str] = mapped_column(String(150))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 in hex: the file's key in the storage."""
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    expert: Mapped[Expert] = relationship(back_populates="attachments")

    def __str__(self) -> str:
        return self.filename
