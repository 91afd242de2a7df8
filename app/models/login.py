"""What registration and login remember for minutes: codes sent by SMS, puzzles shown."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.encrypted import Blind
from app.models.types import UtcDateTime, now


class VerificationCode(Model):
    """A code sent to a mobile. Only the number's blind index and the code's hash are kept."""

    __tablename__ = "verification_code"
    __table_args__ = (Index("ix_verification_code_mobile", "mobile", "purpose", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mobile: Mapped[bytes] = mapped_column(Blind("mobile"))
    purpose: Mapped[str] = mapped_column(String(20))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginPuzzle(Model):
    """A slider puzzle's answer, kept by the server under a random token and taken away by the first try."""

    __tablename__ = "login_puzzle"

    token: Mapped[str] = mapped_column(String(43), primary_key=True)
    answer: Mapped[int] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
