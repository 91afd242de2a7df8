"""节假日: which days differ from the week, as the State Council's office announces them each year."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.columns import column
from app.models.organization import Seeded

OFF, WORKED = "放假", "调休上班"


class Holiday(Seeded, Model):
    """One day: a day off, or a weekend that is worked. A retired row counts for nothing."""

    __tablename__ = "holiday"
    __label__ = "节假日"
    __table_args__: Any = (CheckConstraint(f"kind IN ('{OFF}', '{WORKED}')", name="ck_holiday_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = column(
        Date, label="日期", required=True, nullable=False, unique=True, listed=True, searchable=True
    )
    name: Mapped[str] = column(
        String(40), label="名称", required=True, nullable=False, listed=True, searchable=True, help="如：国庆节。"
    )
    kind: Mapped[str] = column(
        label="类别",
        required=True,
        nullable=False,
        choices=(OFF, WORKED),
        listed=True,
        searchable=True,
        help="周末不必登记；放假的工作日选“放假”，要上班的周末选“调休上班”。",
    )

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}{self.name}"
