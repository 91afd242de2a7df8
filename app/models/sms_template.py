"""短信模板: what each kind of message says, as administrators keep it."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.sms_wording import LENGTH
from app.models.columns import column


class SmsTemplate(Model):
    """The wording for one purpose. Its placeholders stand in ``app.domain.sms_wording``."""

    __tablename__ = "sms_template"
    __label__ = "短信模板"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = column(
        String(20), label="用途", nullable=False, unique=True, fixed=True, listed=True, searchable=True
    )
    text: Mapped[str] = column(
        String(LENGTH), label="内容", nullable=False, required=True, wide=True, listed=True, help="不含签名。"
    )
    provider_code: Mapped[str | None] = column(
        String(40),
        label="服务商模板编号",
        listed=True,
        help="短信服务商审核通过后给出的编号，如 SMS_123456789。内容须与在服务商处审核通过的一致。",
    )
    enabled: Mapped[bool] = column(label="启用", nullable=False, default=True, listed=True, searchable=True)

    def __str__(self) -> str:
        return self.purpose
