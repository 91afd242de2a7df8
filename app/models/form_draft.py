"""What somebody has typed into a long form and not sent yet."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.encrypted import EncryptedJson
from app.models.types import UtcDateTime, now


class FormDraft(Model):
    """One form of one account, as its browser last sent it: ``content`` is a list of name and text. Sealed."""

    __tablename__ = "form_draft"
    __table_args__ = (UniqueConstraint("account_id", "form", name="uq_form_draft"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    form: Mapped[str] = mapped_column(String(20))
    content: Mapped[list[list[str]]] = mapped_column(EncryptedJson("form_draft.content"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
