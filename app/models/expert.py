"""专家: the profile, one declared field a line."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from flask_appbuilder import Model
from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text, event, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.identity import mask_id_number, mask_mobile
from app.domain.pinyin import initials
from app.models import choices
from app.models.account import Account
from app.models.columns import column, link
from app.models.encrypted import Blind, Encrypted
from app.models.region import Region
from app.models.taxonomy import Speciality
from app.models.types import UtcDateTime, now

if TYPE_CHECKING:
    from app.models.attachment import Attachment

PERSON, SCHOOL, WORK, CLAIM = "个人信息", "教育背景", "工作情况", "申报信息"

expert_speciality = Table(
    "expert_speciality",
    Model.metadata,
    Column("expert_id", ForeignKey("expert.id", ondelete="CASCADE"), primary_key=True),
    Column("speciality_id", ForeignKey("speciality.id"), primary_key=True, index=True),
)

# The few that the daily sweep looks for among all.
_CLOSING = text("closed_at IS NOT NULL AND erased_at IS NULL")
_RETAINED = text("retained_until IS NOT NULL")


class Expert(Model):
    """A person with a profile, who applies for appointment."""

    __tablename__ = "expert"
    __shown__ = "name"
    __label__ = "专家"
    __table_args__ = (
        Index("ix_expert_closing", "closed_at", sqlite_where=_CLOSING, postgresql_where=_CLOSING),
        Index("ix_expert_retained", "retained_until", sqlite_where=_RETAINED, postgresql_where=_RETAINED),
        Index("ix_expert_name_order", "name", "id"),
        Index("ix_expert_employer_order", text("COALESCE(employer, '')"), "id"),
        Index("ix_expert_title_level_order", text("COALESCE(title_level, '')"), "id"),
        Index("ix_expert_initials", "initials", "id"),
        Index("ix_expert_education_level_order", text("COALESCE(education_level, '')"), "id"),
        Index("ix_expert_birth_date", "birth_date", "id"),
        # Whatever 统计分析 counts by, in the order of the index of who is seen: PostgreSQL reads no row for it.
        Index("ix_expert_figures", "id", "region_code", "title_level", "education_level", "birth_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), unique=True)
    user: Mapped[Account] = relationship()
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)

    approved: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a department has approved a case of the expert's: written by triggers on ``application`` alone."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the expert closed the account (注销)."""
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retained_until: Mapped[date | None] = mapped_column(Date)
    """Through which day what filed certificates need is kept of an erased expert."""
    initials: Mapped[str | None] = mapped_column(String(40).with_variant(String(40, collation="C"), "postgresql"))
    """The name's first letters in pinyin: follows the name. ``None`` of a row from before that, till a job reads it."""

    name: Mapped[str] = column(
        String(40),
        label="姓名",
        section=PERSON,
        required=True,
        nullable=False,
        fixed=True,
        listed=True,
        searchable=True,
    )
    sex: Mapped[str] = column(
        label="性别", section=PERSON, required=True, nullable=False, fixed=True, choices=choices.SEXES, listed=True
    )
    birth_date: Mapped[date] = column(Date, label="出生日期", section=PERSON, required=True, nullable=False, fixed=True)
    id_number: Mapped[str] = column(
        Encrypted("expert.id_number", 18),
        label="身份证号",
        section=PERSON,
        required=True,
        nullable=False,
        fixed=True,
        mask=mask_id_number,
    )
    id_number_index: Mapped[bytes] = mapped_column(Blind("id_number"), unique=True)
    nation: Mapped[str | None] = column(label="民族", section=PERSON, required=True, choices=choices.NATIONS)
    politics: Mapped[str | None] = column(label="政治面貌", section=PERSON, choices=choices.POLITICS)
    health: Mapped[str | None] = column(label="健康状况", section=PERSON, choices=choices.HEALTH)
    mobile: Mapped[str] = column(
        Encrypted("expert.mobile", 11),
        label="手机",
        section=PERSON,
        required=True,
        nullable=False,
        fixed=True,
        mask=mask_mobile,
        help="用于登录和接收短信，更换请点“更换手机号”。",
    )
    mobile_index: Mapped[bytes] = mapped_column(Blind("mobile"), unique=True)
    email: Mapped[str | None] = column(String(120), label="邮箱", section=PERSON)
    address: Mapped[str | None] = column(String(120), label="通信地址", section=PERSON, required=True, wide=True)
    postcode: Mapped[str | None] = column(String(6), label="邮编", section=PERSON, help="6 位数字。")
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)
    region: Mapped[Region | None] = link(
        label="所在地区",
        section=PERSON,
        required=True,
        listed=True,
        searchable=True,
        help="现居住或工作所在的州市和县区。",
    )

    school: Mapped[str | None] = column(String(80), label="毕业院校", section=SCHOOL, required=True)
    major: Mapped[str | None] = column(String(60), label="所学专业", section=SCHOOL, required=True)
    education_level: Mapped[str | None] = column(
        label="学历", section=SCHOOL, required=True, choices=choices.EDUCATION_LEVELS
    )
    degree: Mapped[str | None] = column(label="学位", section=SCHOOL, choices=choices.DEGREES)
    graduated_on: Mapped[date | None] = column(Date, label="毕业时间", section=SCHOOL)

    work_began_on: Mapped[date | None] = column(Date, label="参加工作时间", section=WORK, required=True)
    employer: Mapped[str | None] = column(
        String(120),
        label="工作单位",
        section=WORK,
        wide=True,
        listed=True,
        searchable=True,
        help="没有工作单位的，请在附件中上传情况说明。",
    )
    employer_kind: Mapped[str | None] = column(label="单位性质", section=WORK, choices=choices.EMPLOYER_KINDS)
    employer_phone: Mapped[str | None] = column(String(30), label="单位电话", section=WORK)
    employer_address: Mapped[str | None] = column(String(120), label="单位地址", section=WORK, wide=True)
    duty: Mapped[str | None] = column(String(60), label="职务", section=WORK)
    title_level: Mapped[str | None] = column(
        label="职称", section=WORK, required=True, choices=choices.TITLE_LEVELS, listed=True, searchable=True
    )
    title_name: Mapped[str | None] = column(String(60), label="职称名称", section=WORK, help="如：高级工程师。")
    titled_on: Mapped[date | None] = column(Date, label="职称取得时间", section=WORK)
    practice: Mapped[str | None] = column(String(60), label="从事专业", section=WORK, required=True)
    practice_years: Mapped[int | None] = column(
        Integer, label="从事专业年限", section=WORK, required=True, help="整年数，0 至 80。"
    )

    specialities: Mapped[list[Speciality]] = link(
        secondary=expert_speciality,
        order_by=Speciality.id,
        label="申报类别",
        section=CLAIM,
        required=True,
        wide=True,
        searchable=True,
        help="行业类别 → 重点领域 → 专业类别，可选多个。",
    )
    strengths: Mapped[str | None] = column(
        Text(), label="专业特长", section=CLAIM, required=True, wide=True, help="不超过 1000 字。"
    )
    avoid_employers: Mapped[str | None] = column(
        String(200), label="需回避单位", section=CLAIM, wide=True, help="与本人有利害关系、评审时应当回避的单位。"
    )

    attachments: Mapped[list[Attachment]] = relationship(back_populates="expert", order_by="Attachment.id")

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name


@event.listens_for(Expert.name, "set", propagate=True)
def _initials_follow(target: Expert, value: str, _former: object, _initiator: object) -> None:
    target.initials = initials(value)
