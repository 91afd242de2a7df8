"""批量办理: what was asked for with one form, and what became of each row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.types import UtcDateTime, now


class BulkRun(Model):
    """One form, sent once or several times: ``key`` is the form's own, and works once.

    ``plan`` is JSON: what ``services.bulk`` was asked for. It is carried out as it was first sent, whatever a
    later sending of the same key says.
    """

    __tablename__ = "bulk_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(43), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    action: Mapped[str] = mapped_column(String(20))
    """The value of the ``Action``."""
    plan: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)


class BulkResult(Model):
    """What became of one row: ``text`` is a certificate's number, or why nothing was done."""

    __tablename__ = "bulk_result"
    __table_args__: Any = (UniqueConstraint("run_id", "application_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("bulk_run.id", ondelete="CASCADE"))
    application_id: Mapped[int] = mapped_column()
    """As it was sent: an id that stands for no case, or for none in scope, is answered too."""
    done: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str] = mapped_column(String(600), default="")
