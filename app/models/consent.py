"""个人信息同意记录: which wording of which document a person agreed to, and when."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.states import Labelled
from app.models.types import Choice, UtcDateTime, check_members, now


class ConsentKind(Labelled):
    """What is agreed to: sensitive data need a consent of their own (PIPL, article 29)."""

    NOTICE = "notice", "个人信息处理告知书"
    SENSITIVE = "sensitive", "敏感个人信息单独同意书"


class Consent(Model):
    """One consent. ``digest`` is the SHA-256 of the wording, so that what was agreed to can be proved."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint(check_members("kind", ConsentKind), name="ck_consent_kind"),
        UniqueConstraint("user_id", "kind", "version", name="uq_consent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    kind: Mapped[ConsentKind] = mapped_column(Choice(ConsentKind))
    version: Mapped[int] = mapped_column()
    digest: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
