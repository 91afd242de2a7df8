"""资料修改: what was changed about an expert since the first 申报, by whom, when and why. Only ever added to."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.encrypted import EncryptedJson
from app.models.types import UtcDateTime, now


class ProfileChange(Model):
    """One act of changing, written in its transaction.

    ``changes`` is a list of ``field``, ``before``, ``after``, each as it is shown: masked fields masked. Sealed, for
    it holds what a profile holds; emptied when the expert is erased (注销). Triggers of the database keep the rest.
    The actor's name and place are copies, as in 审核历史.
    """

    __tablename__ = "profile_change"
    __label__ = "资料修改"

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    actor_name: Mapped[str] = mapped_column(String(64))
    actor_place: Mapped[str] = mapped_column(String(170))
    action: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(500), default="")
    changes: Mapped[list[dict[str, str]]] = mapped_column(EncryptedJson("profile_change.changes"))
