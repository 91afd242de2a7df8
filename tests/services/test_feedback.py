"""意见反馈: asked with contact details, answered by administrators, asked on and closed by either; 常见问题 out of it (R5)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.extensions import db
from app.models import AuditEntry, FaqEntry, Feedback, FeedbackReply, FeedbackState, Notification
from app.policies.roles import ADMINISTRATOR, REVIEWER
from app.services import faq, feedback
from tests.support import people


def asked(question: str = " 怎样更换手机号？ ", contact: str = " 0871-12345 ") -> Feedback:
    feedback.ask(people.actor(people.expert()), question, contact)
    return db.session.scalars(select(Feedback).order_by(Feedback.id.desc())).first()  # type: ignore[return-value]


def said(row: Feedback) -> list[tuple[bool, str]]:
    """The thread below a question."""
    db.session.expire_all()
    return [(reply.is_answer, reply.text) for reply in row.replies]


def notices(kind: str) -> int:
    """How many notices of a kind there are."""
    return len(db.session.scalars(select(Notification).where(Notification.kind == kind)).all())


def test_a_question_is_kept_with_its_contact_and_read_by_its_asker_alone(app: Flask) -> None:
    row = asked()
    assert (row.asker_name, row.question, row.contact) == ("张三", "怎样更换手机号？", "0871-12345")
    assert row.state is FeedbackState.OPEN
    asker = people.actor(row.asker)
    newer = asked("另一个人的问题", "")
    assert newer.contact is None
    assert feedback.own(asker) == [row]
    feedback.ask(asker, "又一个问题", "")
    assert [question.question for question in feedback.own(asker)] == ["又一个问题", "怎样更换手机号？"]


def test_a_question_is_answered_asked_on_answered_and_closed(app: Flask) -> None:
    administrator = people.actor(people.staff(ADMINISTRATOR, name="管理员"))
    row = asked()
    asker = people.actor(row.asker)
    feedback.answer(row.id, administrator, " 在基本信息中更换。 ")
    assert row.state is FeedbackState.ANSWERED
    feedback.ask_on(row.id, asker, "没有找到按钮。")
    assert row.state is FeedbackState.OPEN
    feedback.answer(row.id, administrator, "在页面右上角。")
    assert said(row) == [(True, "在基本信息中更换。"), (False, "没有找到按钮。"), (True, "在页面右上角。")]
    assert (notices("asked"), notices("answered")) == (2, 2)
    feedback.close(row.id, asker)
    assert row.state is FeedbackState.CLOSED
    with pytest.raises(Conflict):
        feedback.close(row.id, administrator)
    feedback.ask_on(row.id, asker, "又不行了。")
    assert row.state is FeedbackState.OPEN
    feedback.close(row.id, administrator)
    actions = [entry.action for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions == ["答复意见反馈", "答复意见反馈", "办结意见反馈"]


def test_nobody_else_answers_asks_on_or_closes(app: Flask) -> None:
    row = asked()
    for person in (people.staff(REVIEWER), row.asker):
        with pytest.raises(NotAllowed):
            feedback.answer(row.id, people.actor(person), "答复")
        with pytest.raises(NotAllowed):
            feedback.thread(row.id, people.actor(person))
    for stranger in (people.expert(), people.staff(REVIEWER), people.staff(ADMINISTRATOR)):
        with pytest.raises(NotFound):
            feedback.ask_on(row.id, people.actor(stranger), "补充")
    with pytest.raises(NotFound):
        feedback.close(row.id, people.actor(people.expert()))
    assert said(row) == []
    assert row.state is FeedbackState.OPEN


def test_an_answer_to_nothing_is_not_found(app: Flask) -> None:
    administrator = people.actor(people.staff(ADMINISTRATOR))
    with pytest.raises(NotFound):
        feedback.answer(10**8, administrator, "答复")
    with pytest.raises(NotFound):
        feedback.close(10**8, administrator)


def test_a_thread_ends_somewhere(app: Flask) -> None:
    row = asked()
    every = [
        {"feedback_id": row.id, "author_id": row.asker_id, "is_answer": False, "text": "?"}
        for _ in range(feedback.REPLIES_AT_MOST)
    ]
    db.session.execute(FeedbackReply.__table__.insert(), every)  # type: ignore[attr-defined]
    db.session.commit()
    with pytest.raises(Conflict):
        feedback.ask_on(row.id, people.actor(row.asker), "还有")


@pytest.mark.parametrize("text", ["", " \n ", "长" * 1001], ids=["empty", "blank", "too long"])
def test_blank_and_too_long_are_refused(app: Flask, text: str) -> None:
    who = people.expert()
    with pytest.raises(Invalid) as refused:
        feedback.ask(people.actor(who), text, "")
    assert refused.value.field == "question"
    row = asked("长" * 1000)
    with pytest.raises(Invalid) as refused:
        feedback.answer(row.id, people.actor(people.staff(ADMINISTRATOR)), text)
    assert refused.value.field == "answer"
    with pytest.raises(Invalid) as refused:
        feedback.ask_on(row.id, people.actor(row.asker), text)
    assert refused.value.field == "more"
    assert feedback.own(people.actor(who)) == []


def test_a_contact_that_does_not_fit_is_said(app: Flask) -> None:
    assert asked("问题", "长" * 80).contact == "长" * 80
    with pytest.raises(Invalid) as refused:
        feedback.ask(people.actor(people.expert()), "问题", "长" * 81)
    assert refused.value.field == "contact"


def test_a_thread_proposes_a_question_for_everybody(app: Flask) -> None:
    row, administrator = asked("怎样换手机号？" * 40), people.actor(people.staff(ADMINISTRATOR))
    for text in ("在基本信息中。", "右上角。"):
        feedback.answer(row.id, administrator, text)
    feedback.ask_on(row.id, people.actor(row.asker), "谢谢")
    assert faq.proposed(row.id, administrator) == (("怎样换手机号？" * 40)[:100], "在基本信息中。\n右上角。")
    with pytest.raises(NotAllowed):
        faq.proposed(row.id, people.actor(people.staff(REVIEWER)))


def test_the_questions_for_everybody_stand_in_order_without_retired_ones(app: Flask) -> None:
    for question, position, retired in (("乙", 2, False), ("甲 PDF", 1, False), ("丙", 0, True)):
        db.session.add(FaqEntry(question=question, answer="答案", position=position, retired=retired))
    db.session.commit()
    assert [entry.question for entry in faq.shown()] == ["甲 PDF", "乙"]
    assert [entry.question for entry in faq.holding(["pdf", "答"])] == ["甲 PDF"]
    assert faq.holding(["丙"]) == []
