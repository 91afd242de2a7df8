"""审核历史: append-only."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.states import Action
from app.models.application import Application
from app.models.correction import Correction
from app.models.types import Choice, UtcDateTime, check_members, now


def acted(place: str, name: str, principal: str | None) -> str:
    """Who did something, in one phrase: by 委托 with the name of whose duty it was."""
    on_behalf = f"（受{principal}委托）" if principal else ""
    return f"{place} {name}{on_behalf}"


class Transition(Model):
    """Who did what to which application, when, with which reason.

    The actor's name and department are copies: people move and departments are renamed, and
    the history keeps who they were.
    """

    __tablename__ = "transition"
    __label__ = "审核历史"
    __table_args__ = (
        CheckConstraint(check_members("action", Action), name="ck_transition_action"),
        Index("ix_transition_at", "at", "action", "application_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    application: Mapped[Application] = relationship()
    action: Mapped[Action] = mapped_column(Choice(Action))
    source: Mapped[str | None] = mapped_column(String(20))
    target: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    actor_name: Mapped[str] = mapped_column(String(64))
    actor_place: Mapped[str] = mapped_column(String(170))
    """Organization and department of a 政府用户; 专家本人 of an expert."""
    principal_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    principal_name: Mapped[str | None] = mapped_column(String(64))
    """Whose 审核 or 备案 it was, where the actor had it by 委托; the name is a copy too."""
    reason: Mapped[str] = mapped_column(String(500), default="")
    corrections: Mapped[list[Correction]] = relationship(order_by=Correction.id, lazy="selectin")
    """What a 退回补正 marks."""

    @property
    def who(self) -> str:
        """Who did it, as they were called and where they worked then."""
        return acted(self.actor_place, self.actor_name, self.principal_name)
