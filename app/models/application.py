"""申报: one expert's case at one department."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import OPEN_STATUSES, ApplicationStatus
from app.models.columns import column, link
from app.models.encrypted import EncryptedJson
from app.models.expert import Expert
from app.models.organization import AppointingBody, Department, Organization
from app.models.taxonomy import Speciality
from app.models.types import Choice, UtcDateTime, check_members, now

if TYPE_CHECKING:
    from app.models.certificate import Certificate

_OPEN = text(f"status IN ({', '.join(repr(s.value) for s in OPEN_STATUSES)})")


FIRST, RENEWAL = "新聘", "续聘"


class Snapshot(Model):
    """The profile as it was submitted (R11). Written once, never changed; ``services.closing`` erases it in time."""

    __tablename__ = "snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"), index=True)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    content: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("snapshot.content"))


class Application(Model):
    """A case. Its status is written by ``services.workflow`` and by nothing else.

    The term: ``starts_on`` empty means the day of filing; ``term_years`` counts from the start
    (R18); ``ends_on`` is a chosen end; both empty is 长期.
    """

    __tablename__ = "application"
    __label__ = "申报"
    __table_args__: Any = (
        CheckConstraint(check_members("status", ApplicationStatus), name="ck_application_status"),
        CheckConstraint(
            "status NOT IN ('pending_filing', 'filed') OR"
            " (speciality_id IS NOT NULL AND appointing_body_id IS NOT NULL AND title IS NOT NULL)",
            name="ck_application_approved_is_complete",
        ),
        CheckConstraint("ends_on IS NULL OR term_years IS NULL", name="ck_application_one_end"),
        CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="ck_application_term"),
        Index(
            "uq_application_open", "expert_id", "department_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        Index("ix_application_region_status", "region_code", "status", "id"),
        Index("ix_application_department_status", "department_id", "status", "id"),
        Index("ix_application_status_changed", "status", "changed_at", "id"),
        Index("ix_application_status_expert", "status", "expert_id"),
        Index("ix_application_department_waiting", "department_id", "status", "changed_at", "id", "expert_id"),
        Index("ix_application_organization_waiting", "organization_id", "status", "changed_at", "id", "expert_id"),
        Index("ix_application_submitted", "submitted_at", "id"),
        Index("ix_application_status_submitted", "status", "submitted_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"), index=True)
    expert: Mapped[Expert] = link(label="专家", listed=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    organization: Mapped[Organization] = link(label="申报机构", listed=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    department: Mapped[Department] = link(label="申报部门", listed=True, searchable=True)
    region_code: Mapped[str] = mapped_column(String(6))
    """Of the organization applied to: the half of R1 that the expert's own region does not cover."""
    status: Mapped[ApplicationStatus] = column(
        Choice(ApplicationStatus), label="状态", nullable=False, listed=True, searchable=True
    )
    submitted_at: Mapped[datetime] = column(
        UtcDateTime, label="申报时间", nullable=False, default=now, listed=True, searchable=True
    )
    changed_at: Mapped[datetime] = column(UtcDateTime, label="到达时间", nullable=False, default=now)
    """When it came to its present status, by whatever way: written with the status, and never apart from it."""
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"))
    snapshot: Mapped[Snapshot] = relationship()
    # A certificate is of an application, which may renew a certificate: the table of certificates comes second.
    renews_id: Mapped[int | None] = mapped_column(
        ForeignKey("certificate.id", name="fk_application_renews", use_alter=True), index=True
    )
    """The certificate that this case is to follow (续聘); nothing for a first appointment."""
    renews: Mapped[Certificate | None] = relationship("Certificate", foreign_keys=[renews_id])

    speciality_id: Mapped[int | None] = mapped_column(ForeignKey("speciality.id"))
    speciality: Mapped[Speciality | None] = link(label="行业领域")
    starts_on: Mapped[date | None] = column(Date, label="有效期起")
    ends_on: Mapped[date | None] = column(Date, label="有效期止")
    term_years: Mapped[int | None] = mapped_column()
    appointing_body_id: Mapped[int | None] = mapped_column(ForeignKey("appointing_body.id"))
    appointing_body: Mapped[AppointingBody | None] = link(label="聘用单位")
    title: Mapped[str | None] = column(String(60), label="聘任名称", help="写在聘书上，“专家”二字由系统加上。")

    @property
    def number(self) -> str:
        """What people quote on the telephone."""
        return f"SB{self.id:08d}"

    @property
    def kind(self) -> str:
        """What people call it."""
        return FIRST if self.renews_id is None else RENEWAL

    def __str__(self) -> str:
        return self.number
