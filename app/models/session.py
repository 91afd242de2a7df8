"""登录会话: who is logged in, from where, since when. The browser holds a token; here is only its hash."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.types import UtcDateTime, now

DEVICE_LENGTH = 60


class LoginSession(Model):
    """One login on one device. ``device`` is a few words of its browser, ``ended_at`` when it was ended early."""

    __tablename__ = "login_session"
    __table_args__ = (
        Index("ix_login_session_user_id", "user_id", "ended_at"),
        Index("ix_login_session_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(DEVICE_LENGTH))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
