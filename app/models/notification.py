"""通知: what a person is told inside the product, and which kinds of it they want as an SMS too."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.types import UtcDateTime, now


class Notification(Model):
    """One notice to one account. ``kind`` is a key of ``domain.notice_kinds``; it says what ``target_id`` is the id of.

    ``text`` names people and departments as they were called then, and never holds an ID number or a mobile.
    """

    __tablename__ = "notification"
    __label__ = "通知"
    __table_args__ = (
        Index("ix_notification_unread", "account_id", "read_at"),
        Index("ix_notification_target", "kind", "target_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(300))
    target_id: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NoticeChoice(Model):
    """Whether an account wants a kind of notice by SMS too; without a row, what the kind begins with."""

    __tablename__ = "notice_choice"

    account_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    by_sms: Mapped[bool] = mapped_column()
