"""行业类别 / 重点领域 / 专业类别: the three levels of the manual's appendix."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.columns import column, link
from app.models.organization import Seeded


class Industry(Seeded, Model):
    """行业类别, the first level. ``short_name`` stands in a certificate's title (R17)."""

    __tablename__ = "industry"
    __label__ = "行业类别"
    __table_args__: Any = (UniqueConstraint("source_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = column(Integer, label="序号", nullable=False, default=0)
    name: Mapped[str] = column(
        String(80), label="行业类别", required=True, nullable=False, unique=True, listed=True, searchable=True
    )
    short_name: Mapped[str] = column(
        String(20),
        label="聘书简称",
        required=True,
        nullable=False,
        listed=True,
        help="写在聘书上的行业简称，如“化工”。",
    )

    def __str__(self) -> str:
        return self.name


class Field(Seeded, Model):
    """重点领域, the second level."""

    __tablename__ = "field"
    __label__ = "重点领域"
    __table_args__: Any = (
        UniqueConstraint("industry_id", "name"),
        UniqueConstraint("industry_id", "source_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = column(Integer, label="序号", nullable=False, default=0)
    industry_id: Mapped[int] = mapped_column(ForeignKey("industry.id"), index=True)
    industry: Mapped[Industry] = link(
        lazy="joined", innerjoin=True, label="行业类别", required=True, listed=True, searchable=True
    )
    name: Mapped[str] = column(
        String(80), label="重点领域", required=True, nullable=False, listed=True, searchable=True
    )

    def __str__(self) -> str:
        return self.name


class Speciality(Seeded, Model):
    """专业类别, the third level: what an expert applies as."""

    __tablename__ = "speciality"
    __label__ = "专业类别"
    __table_args__: Any = (
        UniqueConstraint("field_id", "name"),
        UniqueConstraint("field_id", "source_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = column(Integer, label="序号", nullable=False, default=0)
    field_id: Mapped[int] = mapped_column(ForeignKey("field.id"), index=True)
    field: Mapped[Field] = link(
        lazy="joined", innerjoin=True, label="重点领域", required=True, listed=True, searchable=True
    )
    name: Mapped[str] = column(
        String(80), label="专业类别", required=True, nullable=False, listed=True, searchable=True
    )

    @property
    def path(self) -> str:
        """All three levels, for a reader."""
        return f"{self.field.industry.name} / {self.field.name} / {self.name}"

    def __str__(self) -> str:
        return self.path
