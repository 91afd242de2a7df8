"""聘书样式: append-only versions of how an organization's certificates read and look."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.design import Design
from app.models.organization import Organization
from app.models.types import UtcDateTime, now


class CertificateDesign(Model):
    """One version. The last one of an organization is what its next certificate is made with (R20).

    The author's name is a copy, as in 审核历史.
    """

    __tablename__ = "certificate_design"
    __label__ = "聘书样式"
    FOLLOWING: ClassVar[str] = "null"
    """The content of a version by which an organization follows the office above it again."""
    __table_args__ = (UniqueConstraint("organization_id", "version", name="uq_certificate_design_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    organization: Mapped[Organization] = relationship()
    version: Mapped[int] = mapped_column()
    content: Mapped[str] = mapped_column(Text)
    """A ``Design`` as JSON, or ``FOLLOWING``."""
    note: Mapped[str] = mapped_column(String(200), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    author_name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    @property
    def follows(self) -> bool:
        """Whether the organization gave up a design of its own; there is no ``design`` then."""
        return self.content == self.FOLLOWING

    @property
    def design(self) -> Design:
        """What it says."""
        return Design.from_json(self.content)

    def __str__(self) -> str:
        return f"{self.organization}第{self.version}版"
