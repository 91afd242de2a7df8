"""常见问题: those that administrators have added, for everybody."""

from __future__ import annotations

from sqlalchemy import select

from app.extensions import db
from app.models import FaqEntry
from app.models.faq import ANSWER_LENGTH, QUESTION_LENGTH
from app.policies.actor import Actor
from app.services import feedback


def shown() -> list[FaqEntry]:
    """In their order."""
    current = select(FaqEntry).where(FaqEntry.retired.is_(False))
    return list(db.session.scalars(current.order_by(FaqEntry.position, FaqEntry.id)))


def holding(words: list[str]) -> list[FaqEntry]:
    """Those that hold every one of the case-folded ``words``. There are some dozens at most."""
    return [entry for entry in shown() if all(word in f"{entry.question}\n{entry.answer}".casefold() for word in words)]


def proposed(feedback_id: object, actor: Actor) -> tuple[str, str]:
    """The question and the answer that a thread would make, to be reworded. Raises ``NotFound``, ``NotAllowed``."""
    row = feedback.thread(feedback_id, actor)
    answers = [reply.text for reply in row.replies if reply.is_answer]
    return row.question[:QUESTION_LENGTH], "\n".join(answers)[:ANSWER_LENGTH]
