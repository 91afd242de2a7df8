"""常见问题: what administrators add to the manual's chapter of that name, often out of 意见反馈."""

from __future__ import annotations

from flask_appbuilder import Model
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.columns import column
from app.models.organization import Seeded

QUESTION_LENGTH, ANSWER_LENGTH = 100, 1000


class FaqEntry(Seeded, Model):
    """One question and its answer, open to everybody. A retired one is shown no more."""

    __tablename__ = "faq_entry"
    __label__ = "常见问题"

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = column(
        String(QUESTION_LENGTH),
        label="问题",
        required=True,
        nullable=False,
        unique=True,
        wide=True,
        listed=True,
        searchable=True,
        help="不登录也能看到，不要写姓名、电话等个人信息。",
    )
    answer: Mapped[str] = column(
        String(ANSWER_LENGTH),
        label="答案",
        required=True,
        nullable=False,
        wide=True,
        listed=True,
        searchable=True,
        help="同样公开显示。换行照原样显示。",
    )
    position: Mapped[int] = column(
        Integer,
        label="次序",
        nullable=False,
        default=0,
        listed=True,
        high=999,
        help="小的排在前面，相同的先增加的在前。",
    )

    def __str__(self) -> str:
        return self.question
