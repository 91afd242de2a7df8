"""意见反馈."""

from __future__ import annotations

from sqlalchemy import select, true

from app.domain.errors import Invalid, NotAllowed
from app.extensions import db
from app.models import Feedback
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import ANSWER
from app.services import notices, rows
from app.services.audit import audit
from app.services.unit_of_work import transactional

LENGTH, CONTACT_LENGTH = 1000, 80


@transactional
def ask(actor: Actor, question: str, contact: str) -> None:
    """Keeps a question. Raises ``Invalid`` for a blank or too long one, and for a contact that is too long."""
    _check(question, "问题或建议", "question")
    if len(contact.strip()) > CONTACT_LENGTH:
        raise Invalid(f"联系方式不能超过{CONTACT_LENGTH}个字。", field="contact")
    row = Feedback(
        asker_id=actor.user_id, asker_name=actor.name, question=question.strip(), contact=contact.strip() or None
    )
    db.session.add(row)
    db.session.flush()
    notices.feedback_asked(row)


@transactional
def answer(feedback_id: int, actor: Actor, text: str) -> None:
    """Answers; the asker reads it under 意见反馈. An answer may be bettered later. Raises ``NotFound``."""
    if not actor.may(ANSWER):
        raise NotAllowed("您没有答复意见反馈的权限。")
    _check(text, "答复", "answer")
    row = rows.one(Feedback, feedback_id, true())
    row.answer, row.answered_at, row.answered_by_id = text.strip(), now(), actor.user_id
    notices.feedback_answered(row)
    audit(actor, "答复意见反馈", f"意见反馈#{row.id}")


def own(actor: Actor) -> list[Feedback]:
    """The actor's own questions, the newest first (R5)."""
    return list(
        db.session.scalars(select(Feedback).where(Feedback.asker_id == actor.user_id).order_by(Feedback.id.desc()))
    )


def _check(text: str, label: str, field: str) -> None:
    if not text.strip():
        raise Invalid(f"请填写{label}。", field=field)
    if len(text.strip()) > LENGTH:
        raise Invalid(f"{label}不能超过{LENGTH}个字。", field=field)
