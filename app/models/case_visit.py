"""Who has a case open at this moment, so that two officials do not do the same work unawares."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.types import UtcDateTime


class CaseVisit(Model):
    """One official at one case: since when, and when the page was last heard of. It guards nothing, it tells."""

    __tablename__ = "case_visit"

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
