"""变更申请: what an expert whose profile is shut proposes to change, and what the department made of it (R10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import ChangeState
from app.domain.transitions import REASON_LENGTH
from app.models.attachment import Attachment
from app.models.columns import column, link
from app.models.encrypted import Encrypted, EncryptedJson
from app.models.expert import Expert
from app.models.history import acted
from app.models.organization import Department, Organization
from app.models.types import Choice, UtcDateTime, check_members, now

_OPEN = text(f"state = '{ChangeState.OPEN.value}'")
SUBJECT_LENGTH = 400


class ChangeRequest(Model):
    """One request to one approving department. Its state is written by ``services.change_requests.end`` alone.

    Names and places are copies, as in 审核历史: people move and are renamed, and the request keeps who they were.
    """

    __tablename__ = "change_request"
    __label__ = "变更申请"
    __table_args__: Any = (
        CheckConstraint(check_members("state", ChangeState), name="ck_change_request_state"),
        CheckConstraint(
            "state = 'open' OR (ended_at IS NOT NULL AND ended_by_id IS NOT NULL)", name="ck_change_request_ended"
        ),
        Index("uq_change_request_open", "expert_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_change_request_department_state", "department_id", "state", "id"),
        Index("ix_change_request_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"), index=True)
    expert: Mapped[Expert] = link(label="专家", listed=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    organization: Mapped[Organization] = link(label="处理机构", listed=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    department: Mapped[Department] = link(label="处理部门", listed=True, searchable=True)
    subject: Mapped[str] = column(String(SUBJECT_LENGTH), label="变更内容", nullable=False, listed=True)
    """The labels of its items in one phrase: a list reads it without them."""
    proposed_at: Mapped[datetime] = column(
        UtcDateTime, label="提出时间", nullable=False, default=now, listed=True, searchable=True
    )
    state: Mapped[ChangeState] = column(
        Choice(ChangeState), label="状态", nullable=False, default=ChangeState.OPEN, listed=True, searchable=True
    )
    proposed_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Encrypted("change_request.reason", REASON_LENGTH))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    ended_by: Mapped[str | None] = mapped_column(String(64))
    ended_place: Mapped[str | None] = mapped_column(String(170))
    principal_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    principal_name: Mapped[str | None] = mapped_column(String(64))
    """Whose 审核 it was, where it was decided by 委托."""

    items: Mapped[list[ChangeItem]] = relationship(order_by="ChangeItem.id")
    files: Mapped[list[Attachment]] = relationship(order_by=Attachment.id, viewonly=True)
    """Evidence, and a photo that was proposed."""

    @property
    def number(self) -> str:
        """What people quote on the telephone."""
        return f"BG{self.id:08d}"

    @property
    def who_ended(self) -> str:
        """Who ended it, as they were called and where they worked then."""
        return acted(self.ended_place or "", self.ended_by or "", self.principal_name)

    def __str__(self) -> str:
        return self.number


class ChangeItem(Model):
    """One field or list of the profile, or the photo: as it was, as it is proposed, and the decision on it.

    ``value`` is what is written on acceptance: JSON of a plain value, days as ISO 8601. The texts are what people
    read; ``found`` is how the field stood when it was decided on. All are blank once the person was erased.
    """

    __tablename__ = "change_item"
    __table_args__: Any = (
        CheckConstraint("accepted IS NULL OR found IS NOT NULL", name="ck_change_item_decided"),
        Index("uq_change_item_field", "request_id", "field", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("change_request.id"))
    field: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(60))
    value: Mapped[Any] = mapped_column(EncryptedJson("change_item.value"), nullable=True)
    old: Mapped[str] = mapped_column(Encrypted("change_item.old"))
    new: Mapped[str] = mapped_column(Encrypted("change_item.new"))
    found: Mapped[str | None] = mapped_column(Encrypted("change_item.found"))
    accepted: Mapped[bool | None] = mapped_column()
    refusal: Mapped[str] = mapped_column(Encrypted("change_item.refusal", REASON_LENGTH), default="")
    """Why it was declined."""
