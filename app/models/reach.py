"""Whose officials see an expert (R1), as an index of its own that the database keeps."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column


class ExpertReach(Model):
    """That the officials of a region see an expert: a row for each region that one is of, and for every region above.

    Triggers on ``expert`` and ``application`` write it, and nobody else. To see the experts of a region is one
    equality, whatever its level; ``approved`` and ``home`` are copies that let the usual filters be read off here.
    """

    __tablename__ = "expert_reach"
    __table_args__ = (
        Index("ix_expert_reach_approved", "region_code", "approved", "expert_id"),
        Index("ix_expert_reach_home", "region_code", "home", "approved", "expert_id"),
        {"sqlite_with_rowid": False},
    )

    region_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    expert_id: Mapped[int] = mapped_column(
        ForeignKey("expert.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    approved: Mapped[bool] = mapped_column()
    """Whether a department has approved a case of the expert's."""
    home: Mapped[bool] = mapped_column()
    """Whether the expert's own region lies in this one; else it is here by an application alone."""
