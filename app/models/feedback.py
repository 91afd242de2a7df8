"""意见反馈: a question with contact details, and what was said about it since."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import Labelled
from app.models.account import Account
from app.models.columns import column
from app.models.encrypted import Encrypted
from app.models.types import Choice, UtcDateTime, check_members, now

TEXT_LENGTH = 1000


class FeedbackState(Labelled):
    """Whose turn it is."""

    OPEN = "open", "待答复"
    ANSWERED = "answered", "已答复"
    CLOSED = "closed", "已办结"


class Feedback(Model):
    """One question, and the thread below it."""

    __tablename__ = "feedback"
    __label__ = "意见反馈"
    __table_args__ = (CheckConstraint(check_members("state", FeedbackState), name="ck_feedback_state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    asker: Mapped[Account] = relationship(foreign_keys=[asker_id])
    asker_name: Mapped[str] = column(String(64), label="提问人", nullable=False, listed=True)
    question: Mapped[str] = column(
        String(TEXT_LENGTH), label="问题或建议", required=True, nullable=False, wide=True, listed=True, searchable=True
    )
    state: Mapped[FeedbackState] = column(
        Choice(FeedbackState), label="状态", nullable=False, default=FeedbackState.OPEN, listed=True, searchable=True
    )
    contact: Mapped[str | None] = column(
        Encrypted("feedback.contact", 80), label="联系方式", listed=True, help="电话、QQ 或邮箱，建议填写。"
    )
    asked_at: Mapped[datetime] = column(UtcDateTime, label="提问时间", nullable=False, default=now, listed=True)
    said_at: Mapped[datetime] = column(UtcDateTime, label="最近往来", nullable=False, default=now, listed=True)
    replies: Mapped[list[FeedbackReply]] = relationship(order_by="FeedbackReply.id")


class FeedbackReply(Model):
    """What was said after the question: an answer, or what the asker asks on."""

    __tablename__ = "feedback_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(ForeignKey("feedback.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    author: Mapped[Account] = relationship()
    is_answer: Mapped[bool] = mapped_column()
    text: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
