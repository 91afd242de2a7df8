"""短信记录: the outbox. A row is written in the transaction of what it tells, and delivered by the worker."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.identity import mask_mobile
from app.domain.sms_wording import LENGTH, mask_codes
from app.domain.states import Labelled
from app.models.columns import column
from app.models.encrypted import Blind, Encrypted
from app.models.types import Choice, UtcDateTime, check_members, now


class SmsStatus(Labelled):
    """Where a message is."""

    QUEUED = "queued", "待发送"
    SENT = "sent", "已提交"
    DELIVERED = "delivered", "已送达"
    UNDELIVERED = "undelivered", "未送达"
    FAILED = "failed", "发送失败"


class SmsMessage(Model):
    """One message to one mobile. ``key`` lets a provider drop a repeat; sent again on purpose, it gets another.

    ``template`` and ``params``, a JSON object in the order of the template's text, are what a provider gets
    in place of the text. ``due_at`` is when the worker next has something to do with the message: to send
    it, then to ask by its ``receipt`` what became of it.
    """

    __tablename__ = "sms_message"
    __label__ = "短信记录"
    __table_args__ = (
        CheckConstraint(check_members("status", SmsStatus), name="ck_sms_message_status"),
        Index("ix_sms_message_due", "status", "due_at"),
        Index("ix_sms_message_created", "created_at", "id"),
        Index("ix_sms_message_kept", "created_at", "mobile_index", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    mobile: Mapped[str] = column(
        Encrypted("sms_message.mobile", 11), label="手机", nullable=False, mask=mask_mobile, listed=True
    )
    mobile_index: Mapped[bytes] = mapped_column(Blind("mobile"), index=True)
    purpose: Mapped[str] = column(String(20), label="用途", nullable=False, listed=True, searchable=True)
    text: Mapped[str] = column(
        Encrypted("sms_message.text", LENGTH), label="内容", nullable=False, wide=True, listed=True, mask=mask_codes
    )
    template: Mapped[str | None] = mapped_column(String(40))
    params: Mapped[str | None] = mapped_column(Encrypted("sms_message.params"))
    status: Mapped[SmsStatus] = column(
        Choice(SmsStatus), label="状态", nullable=False, default=SmsStatus.QUEUED, listed=True, searchable=True
    )
    created_at: Mapped[datetime] = column(UtcDateTime, label="生成时间", nullable=False, default=now, listed=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    sent_at: Mapped[datetime | None] = column(UtcDateTime, label="发送时间", listed=True)
    tries: Mapped[int] = column(label="次数", nullable=False, default=0)
    error: Mapped[str | None] = column(String(200), label="失败原因", wide=True, mask=mask_codes)
    receipt: Mapped[str | None] = mapped_column(String(80))
    reported_at: Mapped[datetime | None] = column(UtcDateTime, label="回执时间", listed=True)
    report: Mapped[str | None] = column(String(200), label="运营商回执", wide=True, mask=mask_codes)
    resent_at: Mapped[datetime | None] = column(UtcDateTime, label="重新发送时间")
