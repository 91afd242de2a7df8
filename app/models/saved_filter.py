"""常用筛选: the conditions of a list that somebody keeps under a name."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.account import Account
from app.models.types import UtcDateTime, now

NAME_LENGTH = 20
QUERY_LENGTH = 1000


class SavedFilter(Model):
    """Of one list: ``query`` stands in its address after the question mark. Shared while there is a department."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        UniqueConstraint("owner_id", "listing", "name", name="uq_saved_filter"),
        Index("ix_saved_filter_department", "department_id", "listing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    listing: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    query: Mapped[str] = mapped_column(String(QUERY_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    owner: Mapped[Account] = relationship()
