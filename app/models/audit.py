"""操作日志: who did, saw, took away or was refused what. Append-only, by triggers of the database too."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.columns import column
from app.models.types import UtcDateTime, now


class AuditEntry(Model):
    """One act. ``subject`` names the row by kind and id, never by personal data.

    ``detail`` is JSON: ``changes`` (a list of field, before, after), ``reason``, and what else an act has
    to say; values of masked fields stand in it masked. A row is sealed once the last ``AuditSeal`` reaches
    its id: nothing in the row itself has to change for that, so that no row ever changes.
    """

    __tablename__ = "audit_entry"
    __label__ = "操作日志"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = column(
        UtcDateTime, label="时间", nullable=False, default=now, listed=True, searchable=True, index=True
    )
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    actor_name: Mapped[str] = column(String(64), label="操作人", nullable=False, listed=True, searchable=True)
    role: Mapped[str | None] = column(String(200), label="角色", listed=True)
    place: Mapped[str | None] = column(String(120), label="单位", listed=True)
    address: Mapped[str | None] = column(String(45), label="网络地址", listed=True, searchable=True)
    action: Mapped[str] = column(String(40), label="操作", nullable=False, listed=True, searchable=True)
    subject: Mapped[str] = column(String(120), label="对象", nullable=False, listed=True, searchable=True)
    detail: Mapped[str | None] = mapped_column(Text)


class AuditSeal(Model):
    """The seal on a batch: on exactly the rows from ``first_id`` to ``last_id`` that were there.

    ``hash`` is an HMAC-SHA256 in hex over ``previous_hash``, this row's own columns and the bytes of each
    row in order. ``marks`` (``id:mac`` for each row, by blanks) names the row where the hash is wrong.
    """

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column()
    last_id: Mapped[int] = mapped_column()
    rows: Mapped[int] = mapped_column()
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    marks: Mapped[str] = mapped_column(Text, deferred=True)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RefusalCount(Model):
    """How often an address was refused within a minute: the flood is counted here and stands in the log as one row."""

    __tablename__ = "refusal_count"

    address: Mapped[str] = mapped_column(String(45), primary_key=True)
    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    count: Mapped[int] = mapped_column()
