"""退回补正: what was submitted each time, and what a reviewer marked."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.application import Snapshot

NOTE_LENGTH = 100
"""The longest word on one mark, in characters."""


class Submission(Model):
    """One submission of a case, the first or a later one, with the profile as it was then (R11)."""

    __tablename__ = "submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"))
    snapshot: Mapped[Snapshot] = relationship()


class Correction(Model):
    """One field or file that a return marks.

    ``item`` is the name of a field or of a list of the profile, ``photo``, or ``file:`` and the id of an
    attachment. ``label`` is a copy: what a field is called may change, what was asked for may not.
    """

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    transition_id: Mapped[int] = mapped_column(ForeignKey("transition.id"), index=True)
    item: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")

    @property
    def words(self) -> str:
        """The mark in one phrase."""
        return f"{self.label}（{self.note}）" if self.note else self.label
