"""后台任务: what the worker does again and again, and how it went the last time."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.types import UtcDateTime


class BackgroundJob(Model):
    """One job. Who moves ``due_at`` on from a moment that has come has the job; nobody else runs it until then.

    While it runs ``due_at`` is when it is let go again should the worker die, after a failure when it is tried again,
    else when it is next to be done. A moment that passes while no worker runs is thus made up for, once.
    """

    __tablename__ = "background_job"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it last went well; ``ended_at`` is when it was last tried."""
    result: Mapped[int | None] = mapped_column()
    """How many of what it deals with it then dealt with."""
    failures: Mapped[int] = mapped_column(default=0)
    """In a row."""
    error: Mapped[str | None] = mapped_column(String(200))
    worker: Mapped[str | None] = mapped_column(String(80))
    """Host and process of who ran it last."""

    @property
    def is_running(self) -> bool:
        """Whether it was begun and has not ended; so is one whose worker died, until it is let go."""
        return self.began_at is not None and (self.ended_at is None or self.ended_at < self.began_at)
