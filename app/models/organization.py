"""机构, 处室 and 聘用单位: who receives applications, and whose name stands on a certificate."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_appbuilder import Model
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from app.models.columns import column, link
from app.models.region import Region

HANDLING_DAYS = 15
"""Working days that a department has for a case, until administrators set others."""


class Seeded:
    """A row that seeding brought. ``source_name`` finds it again however administrators rename it."""

    source_name: Mapped[str | None] = mapped_column(String(120))
    retired: Mapped[bool] = column(
        Boolean,
        label="停用",
        nullable=False,
        default=False,
        listed=True,
        searchable=True,
        help="停用后，旧记录仍可查看，不能再被选用。",
    )


class Organization(Seeded, Model):
    """应急管理厅（局）of a region. ``prefix`` begins its certificates' numbers (R16)."""

    __tablename__ = "organization"
    __shown__ = "name"
    __label__ = "机构"
    __table_args__: Any = (UniqueConstraint("region_code", "source_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = column(
        String(80), label="机构名称", required=True, nullable=False, unique=True, listed=True, searchable=True
    )
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"), index=True)
    region: Mapped[Region] = link(label="行政区划", required=True, listed=True)
    prefix: Mapped[str] = column(
        String(12),
        label="证书编号前缀",
        required=True,
        nullable=False,
        unique=True,
        listed=True,
        help="大写字母，全省唯一，如{province}为 {prefix}。",
    )
    phone: Mapped[str | None] = column(String(40), label="联系电话")

    departments: Mapped[list[Department]] = relationship(back_populates="organization", lazy="select")
    filing_days: ClassVar[Any]
    """Working days for a filing here: the shortest of the departments that file. Loaded where it is asked for."""

    def __str__(self) -> str:
        return self.name


class Department(Seeded, Model):
    """A 处室 (province) or 科 (prefecture). ``receives`` ones take applications, ``files`` ones file them."""

    __tablename__ = "department"
    __shown__ = "name"
    __label__ = "部门"
    __table_args__: Any = (
        UniqueConstraint("organization_id", "name"),
        UniqueConstraint("organization_id", "source_name"),
        CheckConstraint("handling_days BETWEEN 1 AND 365", name="ck_department_handling_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    organization: Mapped[Organization] = link(
        back_populates="departments", label="所属机构", required=True, listed=True, searchable=True
    )
    name: Mapped[str] = column(
        String(80), label="部门名称", required=True, nullable=False, listed=True, searchable=True
    )
    receives: Mapped[bool] = column(
        Boolean,
        label="受理申报",
        nullable=False,
        default=True,
        listed=True,
        help="业务处室（科）选“是”，专家申报时可以选择。",
    )
    files: Mapped[bool] = column(
        Boolean, label="负责备案", nullable=False, default=False, listed=True, help="科技和信息化部门选“是”。"
    )
    handling_days: Mapped[int] = column(
        Integer,
        label="办理时限（工作日）",
        required=True,
        nullable=False,
        default=HANDLING_DAYS,
        server_default=text(str(HANDLING_DAYS)),
        low=1,
        high=365,
        listed=True,
        help="申报到达后，超过这么多个工作日还没有办理的，标为逾期。1至365。",
    )
    phone: Mapped[str | None] = column(String(40), label="联系电话")

    def __str__(self) -> str:
        return self.name


Organization.filing_days = column_property(
    select(func.coalesce(func.min(Department.handling_days), HANDLING_DAYS))
    .where(Department.organization_id == Organization.id, Department.files, Department.retired.is_(False))
    .correlate_except(Department)
    .scalar_subquery(),
    deferred=True,
)


class AppointingBody(Seeded, Model):
    """聘用单位 (R14): its name is the approving unit and the signature of a certificate."""

    __tablename__ = "appointing_body"
    __label__ = "聘用单位"
    __table_args__: Any = (
        UniqueConstraint("organization_id", "source_name"),
        CheckConstraint("kind BETWEEN 1 AND 3", name="ck_appointing_body_kind"),
    )

    KINDS = {1: "应急管理厅（局）", 2: "安全生产委员会办公室", 3: "自然灾害应急管理委员会办公室"}

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    organization: Mapped[Organization] = link(label="所属机构", required=True, listed=True, searchable=True)
    name: Mapped[str] = column(
        String(80), label="聘用单位名称", required=True, nullable=False, listed=True, searchable=True
    )
    kind: Mapped[int] = column(Integer, label="类别", nullable=False, default=1)

    def __str__(self) -> str:
        return self.name
