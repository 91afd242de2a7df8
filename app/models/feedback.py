"""意见反馈: a question with contact details, and the answer that the asker can read."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.account import Account
from app.models.columns import column
from app.models.encrypted import Encrypted
from app.models.types import UtcDateTime, now


class Feedback(Model):
    """One question."""

    __tablename__ = "feedback"
    __label__ = "意见反馈"

    id: Mapped[int] = mapped_column(primary_key=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    asker: Mapped[Account] = relationship(foreign_keys=[asker_id])
    asker_name: Mapped[str] = column(String(64), label="提问人", nullable=False, listed=True)
    question: Mapped[str] = column(
        String(1000), label="问题或建议", required=True, nullable=False, wide=True, listed=True, searchable=True
    )
    contact: Mapped[str | None] = column(
        Encrypted("feedback.contact", 80), label="联系方式", listed=True, help="电话、QQ 或邮箱，建议填写。"
    )
    asked_at: Mapped[datetime] = column(UtcDateTime, label="提问时间", nullable=False, default=now, listed=True)
    answer: Mapped[str | None] = column(String(1000), label="答复", wide=True, listed=True)
    answered_at: Mapped[datetime | None] = column(UtcDateTime, label="答复时间", listed=True)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    answered_by: Mapped[Account | None] = relationship(foreign_keys=[answered_by_id])
