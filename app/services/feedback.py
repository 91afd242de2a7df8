"""意见反馈: questions, their answers, and what is asked on until one of both sides closes them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.domain.errors import Conflict, Invalid, NotAllowed
from app.extensions import db
from app.models import Feedback, FeedbackReply, FeedbackState
from app.models.feedback import TEXT_LENGTH
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import ANSWER
from app.services import notices, rows
from app.services.audit import audit
from app.services.unit_of_work import transactional

CONTACT_LENGTH = 80
REPLIES_AT_MOST = 50
"""To one question. Whoever has more to say begins another."""


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
    """Answers; the asker reads it under 意见反馈. What is closed is open again. Raises ``NotFound``."""
    _require_answerer(actor)
    _check(text, "答复", "answer")
    row = rows.one(Feedback, feedback_id, true())
    _say(row, actor, text, FeedbackState.ANSWERED)
    notices.feedback_answered(row)
    audit(actor, "答复意见反馈", f"意见反馈#{row.id}")


@transactional
def ask_on(feedback_id: int, actor: Actor, text: str) -> None:
    """The asker says more to an own question (R5); it waits for an answer again. Raises ``NotFound``."""
    _check(text, "补充内容", "more")
    row = rows.one(Feedback, feedback_id, Feedback.asker_id == actor.user_id)
    _say(row, actor, text, FeedbackState.OPEN)
    notices.feedback_asked(row)


@transactional
def close(feedback_id: int, actor: Actor) -> None:
    """Nothing more is to be done: so says the asker, or who answers. Raises ``NotFound``, ``Conflict``."""
    row = rows.one(Feedback, feedback_id, _within(actor))
    if row.state is FeedbackState.CLOSED:
        raise Conflict("这条反馈已经办结。")
    row.state, row.said_at = FeedbackState.CLOSED, now()
    if row.asker_id != actor.user_id:
        audit(actor, "办结意见反馈", f"意见反馈#{row.id}")


def own(actor: Actor) -> list[Feedback]:
    """The actor's own questions with their threads, the newest first (R5)."""
    mine = select(Feedback).where(Feedback.asker_id == actor.user_id).order_by(Feedback.id.desc())
    return list(db.session.scalars(mine.options(selectinload(Feedback.replies))))


def thread(feedback_id: object, actor: Actor) -> Feedback:
    """A question for who answers, with what was said by whom. Raises ``NotFound``, ``NotAllowed``."""
    _require_answerer(actor)
    with_authors = selectinload(Feedback.replies).options(joinedload(FeedbackReply.author))
    return rows.one(Feedback, feedback_id, true(), with_authors)


def _within(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.may(ANSWER) else Feedback.asker_id == actor.user_id


def _require_answerer(actor: Actor) -> None:
    if not actor.may(ANSWER):
        raise NotAllowed("您没有答复意见反馈的权限。")


def _say(row: Feedback, actor: Actor, text: str, state: FeedbackState) -> None:
    if (db.session.scalar(select(func.count()).where(FeedbackReply.feedback_id == row.id)) or 0) >= REPLIES_AT_MOST:
        raise Conflict(f"这条反馈已经往来{REPLIES_AT_MOST}次，请另外提交一条。")
    is_answer = state is FeedbackState.ANSWERED
    db.session.add(FeedbackReply(feedback_id=row.id, author_id=actor.user_id, is_answer=is_answer, text=text.strip()))
    row.state, row.said_at = state, now()


def _check(text: str, label: str, field: str) -> None:
    if not text.strip():
        raise Invalid(f"请填写{label}。", field=field)
    if len(text.strip()) > TEXT_LENGTH:
        raise Invalid(f"{label}不能超过{TEXT_LENGTH}个字。", field=field)
