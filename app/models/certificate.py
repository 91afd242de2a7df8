"""聘书: what was certified, fixed at filing (R20), and the counters of its numbers (R16)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, func, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import EXPIRED_LABEL, CertificateStatus
from app.domain.validity import chinese_term, is_expired, is_valid_on, today_in_shanghai
from app.models.application import Application
from app.models.certificate_design import CertificateDesign
from app.models.columns import column, link
from app.models.expert import Expert
from app.models.organization import Department, Organization
from app.models.types import Choice, UtcDateTime, check_members

_CURRENT = text(f"status <> '{CertificateStatus.SUPERSEDED.value}'")
# Nearly all follow none; the statistics of the UNIQUE, which has them in it, would have SQLite read the table instead.
_FOLLOWS = text("supersedes_id IS NOT NULL")


def in_number_order(number: Any) -> tuple[Any, Any, Any]:
    """What sorts numbers as people count: by prefix and day, then by serial, 1000 after 999 (R16).

    Written out without parameters, so that the database finds its index by it.
    """
    prefix: Any = func.rtrim(number, literal_column("'0123456789'"))
    up_to_the_day = func.substr(number, literal_column("1"), func.length(prefix) + literal_column("8"))
    return up_to_the_day, func.length(number), number


class Certificate(Model):
    """A letter of appointment. The texts are copies: renaming a person, a body or a speciality later changes none."""

    __tablename__ = "certificate"
    __label__ = "聘书"
    __table_args__: Any = (
        CheckConstraint(check_members("status", CertificateStatus), name="ck_certificate_status"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ck_certificate_term"),
        CheckConstraint(
            "status <> 'terminated' OR (terminated_at IS NOT NULL AND termination_reason IS NOT NULL)",
            name="ck_certificate_terminated_has_reason",
        ),
        CheckConstraint("(status = 'superseded') = (superseded_at IS NOT NULL)", name="ck_certificate_superseded"),
        UniqueConstraint("check_code", name="uq_certificate_check_code"),
        UniqueConstraint("supersedes_id", name="uq_certificate_supersedes"),
        # R15: one certificate for a case, and those that it has replaced.
        Index(
            "uq_certificate_current", "application_id", unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT
        ),
        Index("ix_certificate_region", "region_code", "id"),
        Index("ix_certificate_digest", "digest"),
        Index("ix_certificate_number_order", *in_number_order(literal_column("number")), "id"),
        Index("ix_certificate_ending", "status", "valid_to", "id"),
        Index("ix_certificate_ledger", "organization_id", "issued_on", "id"),
        Index("ix_certificate_name_order", "name", "id"),
        Index("ix_certificate_valid_from", "valid_from", "id"),
        Index("ix_certificate_valid_to_order", text("COALESCE(valid_to, '9999-12-31')"), "id"),
        Index("ix_certificate_issued", "issued_on", "expert_id"),
        Index("ix_certificate_following", "supersedes_id", sqlite_where=_FOLLOWS, postgresql_where=_FOLLOWS),
        Index("ix_certificate_expert_standing", "expert_id", "status", "valid_to"),
        Index("ix_certificate_standing", "status", "valid_to", "expert_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    application: Mapped[Application] = relationship(foreign_keys=[application_id])
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"))
    expert: Mapped[Expert] = relationship()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    organization: Mapped[Organization] = relationship()
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    region_code: Mapped[str] = mapped_column(String(6))

    number: Mapped[str] = column(
        String(32), label="证书编号", nullable=False, unique=True, listed=True, searchable=True
    )
    name: Mapped[str] = column(String(40), label="姓名", nullable=False, listed=True, searchable=True)
    title: Mapped[str] = column(String(60), label="聘任名称", nullable=False, listed=True, searchable=True)
    body: Mapped[str] = column(String(80), label="聘用单位", nullable=False, listed=True)
    department: Mapped[Department] = link(label="审核部门", listed=True, searchable=True)
    valid_from: Mapped[date] = column(Date, label="有效期起", nullable=False, listed=True)
    valid_to: Mapped[date | None] = column(Date, label="有效期止", listed=True, searchable=True)
    issued_on: Mapped[date] = column(Date, label="备案日期", nullable=False, searchable=True)
    status: Mapped[CertificateStatus] = column(
        Choice(CertificateStatus), label="状态", nullable=False, listed=True, searchable=True
    )
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the PDF as issued: its key in the storage."""
    check_code: Mapped[str] = mapped_column(String(22))
    """What the QR code says of it: 128 random bits in base64url, which nobody guesses."""
    design_id: Mapped[int | None] = mapped_column(ForeignKey("certificate_design.id", name="fk_certificate_design"))
    design: Mapped[CertificateDesign | None] = relationship()
    """The version that it was made with; ``None`` is the design that the product comes with."""
    signer: Mapped[str | None] = mapped_column(String(200))
    """Who signed the PDF, by the subject of the certificate used; ``None`` where nobody did."""
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id", name="fk_certificate_supersedes"))
    supersedes: Mapped[Certificate | None] = relationship(remote_side="Certificate.id")
    """The one in whose place it was issued."""
    superseded_at: Mapped[datetime | None] = column(UtcDateTime, label="换发时间")
    terminated_at: Mapped[datetime | None] = column(UtcDateTime, label="终止时间")
    termination_reason: Mapped[str | None] = column(String(500), label="终止原因", wide=True)

    def is_valid_on(self, day: date) -> bool:
        """Whether it holds on ``day``: not terminated, begun, and through the end of ``valid_to`` (R19)."""
        return self.status is CertificateStatus.VALID and is_valid_on(self.valid_from, self.valid_to, day)

    def has_expired_on(self, day: date) -> bool:
        """Whether its end lies before ``day``; a terminated one has ended otherwise (R19)."""
        return self.status is CertificateStatus.VALID and is_expired(self.valid_to, day)

    @property
    def ended_at(self) -> datetime | None:
        """When somebody ended it, by 提前终止 or 换发; ``None`` of one that holds, or has run out by itself."""
        return self.terminated_at or self.superseded_at

    def status_on(self, day: date) -> str:
        """The status that people read on ``day``."""
        return EXPIRED_LABEL if self.has_expired_on(day) else self.status.label

    @property
    def term_words(self) -> str:
        """The validity as the certificate prints it (R17)."""
        return chinese_term(self.valid_from, self.valid_to)

    @property
    def status_now(self) -> str:
        """The status that people read today."""
        return self.status_on(today_in_shanghai())

    def __str__(self) -> str:
        return self.number


class CertificateReminder(Model):
    """That a certificate's end was told of. A row for each threshold, so that none is told twice."""

    __tablename__ = "certificate_reminder"
    __table_args__ = (Index("ix_certificate_reminder_told", "department_told_on", "days", "certificate_id"),)

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    """The threshold: so many days before the end at most; -1 is that it has ended."""
    department_told_on: Mapped[date | None] = mapped_column(Date)
    """The day in Shanghai of the department's notice that counts it in; empty while that is to come."""


class NumberCounter(Model):
    """The last serial given for a prefix and a day; its row is locked by the filing that raises it."""

    __tablename__ = "number_counter"

    prefix: Mapped[str] = mapped_column(String(12), primary_key=True)
    day: Mapped[str] = mapped_column(String(8), primary_key=True)
    serial: Mapped[int] = mapped_column()
