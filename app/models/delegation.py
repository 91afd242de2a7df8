"""委托: a head hands 审核 or 备案 to a colleague of the same department, from a day to a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, null, type_coerce
from sqlalchemy.orm import Mapped, mapped_column, query_expression

from app.domain.duties import Duty
from app.domain.validity import today_in_shanghai
from app.models.account import Account
from app.models.columns import column, link
from app.models.organization import Department
from app.models.types import Choice, UtcDateTime, check_members, now


class Delegation(Model):
    """One duty of one principal in the hands of one colleague; both days are included, in Shanghai.

    It ends by itself. Whether it holds now is more than its days: ``policies.delegation.running`` asks anew
    each time. No two of a principal's for one duty cover the same day: triggers and an exclusion constraint
    of the database refuse them.
    """

    __tablename__ = "delegation"
    __label__ = "委托"
    __table_args__: Any = (
        CheckConstraint(check_members("duty", Duty), name="ck_delegation_duty"),
        CheckConstraint("ends_on >= starts_on", name="ck_delegation_days"),
        CheckConstraint("principal_id <> delegate_id", name="ck_delegation_two_people"),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ck_delegation_end_has_reason"),
        Index("ix_delegation_delegate", "delegate_id", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    department: Mapped[Department] = link(label="部门", listed=True, searchable=True)
    principal_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    principal: Mapped[Account] = link(foreign_keys=[principal_id], label="委托人", listed=True)
    delegate_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    delegate: Mapped[Account] = link(foreign_keys=[delegate_id], label="受托人", listed=True)
    duty: Mapped[Duty] = column(Choice(Duty), label="委托事项", nullable=False, listed=True, searchable=True)
    starts_on: Mapped[date] = column(Date, label="起始日", nullable=False, listed=True, searchable=True)
    ends_on: Mapped[date] = column(Date, label="截止日", nullable=False, listed=True, searchable=True)
    made_at: Mapped[datetime] = column(UtcDateTime, label="设立时间", nullable=False, default=now)
    ended_at: Mapped[datetime | None] = column(UtcDateTime, label="提前结束时间")
    ended_by: Mapped[str | None] = column(String(64), label="结束人")
    """The name of who ended it, a copy as in 审核历史."""
    end_reason: Mapped[str | None] = column(String(500), label="结束原因", wide=True)

    holds: Mapped[bool | None] = query_expression(type_coerce(null(), Boolean))
    """Whether it holds now: what ``policies.delegation.running`` said when the row was read with it."""

    @property
    def place(self) -> str:
        """The organization and the department."""
        return f"{self.department.organization.name}{self.department.name}"

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to end."""
        return self.ended_at is not None or self.ends_on < today_in_shanghai()

    @property
    def status_now(self) -> str:
        """The status that people read, of a row that was read with ``holds``."""
        if self.ended_at is not None:
            return "已提前结束"
        if self.is_over:
            return "已到期"
        if self.starts_on > today_in_shanghai():
            return "未开始"
        return "有效" if self.holds else "暂不生效"
