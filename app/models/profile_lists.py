"""The lists of the profile: each row a table row, its columns declared like the profile's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.models import choices
from app.models.columns import column


class ProfileRow:
    """A row of one of the lists, in the expert's own order."""

    __label__: str

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)

    @declared_attr
    def expert_id(self) -> Mapped[int]:
        """Whose row it is."""
        return mapped_column(ForeignKey("expert.id", ondelete="CASCADE"), index=True)


class Education(ProfileRow, Model):
    """教育经历."""

    __tablename__ = "education"
    __label__ = "教育经历"

    began_on: Mapped[date | None] = column(Date, label="开始时间", required=True)
    ended_on: Mapped[date | None] = column(Date, label="结束时间")
    school: Mapped[str | None] = column(String(80), label="院校", required=True)
    major: Mapped[str | None] = column(String(60), label="专业")
    education_level: Mapped[str | None] = column(label="学历", choices=choices.EDUCATION_LEVELS)


class WorkExperience(ProfileRow, Model):
    """工作经历."""

    __tablename__ = "work_experience"
    __label__ = "工作经历"

    began_on: Mapped[date | None] = column(Date, label="开始时间", required=True)
    ended_on: Mapped[date | None] = column(Date, label="结束时间", help="至今请留空。")
    employer: Mapped[str | None] = column(String(120), label="单位", required=True)
    duty: Mapped[str | None] = column(String(60), label="职务或岗位")


class Qualification(ProfileRow, Model):
    """执业资格."""

    __tablename__ = "qualification"
    __label__ = "执业资格"

    title: Mapped[str | None] = column(String(80), label="资格名称", required=True)
    number: Mapped[str | None] = column(String(60), label="证书编号")
    obtained_on: Mapped[date | None] = column(Date, label="取得时间")


class Achievement(ProfileRow, Model):
    """主要业绩: projects, papers, awards."""

    __tablename__ = "achievement"
    __label__ = "主要业绩"

    kind: Mapped[str | None] = column(label="类别", required=True, choices=choices.ACHIEVEMENT_KINDS)
    title: Mapped[str | None] = column(String(160), label="名称", required=True)
    achieved_on: Mapped[date | None] = column(Date, label="时间")
    part: Mapped[str | None] = column(String(80), label="本人作用")


class ReviewExperience(ProfileRow, Model):
    """应急或评审经历."""

    __tablename__ = "review_experience"
    __label__ = "应急或评审经历"

    happened_on: Mapped[date | None] = column(Date, label="时间")
    event: Mapped[str | None] = column(String(160), label="事件或项目", required=True)
    part: Mapped[str | None] = column(String(80), label="本人作用")


PROFILE_LISTS: dict[str, type[Any]] = {
    model.__tablename__: model for model in (Education, WorkExperience, Qualification, Achievement, ReviewExperience)
}
"""Table name to model, in the order of the form."""
