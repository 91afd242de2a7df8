"""意见反馈: asked with contact details, answered by administrators, read by the asker (R5)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Invalid, NotAllowed, NotFound
from app.extensions import db
from app.models import AuditEntry, Feedback
from app.policies.roles import ADMINISTRATOR, REVIEWER
from app.services import feedback
from tests.support import people


def asked(question: str = " 怎样更换手机号？ ", contact: str = " 0871-12345 ") -> Feedback:
    feedback.ask(people.actor(people.expert()), question, contact)
    return db.session.scalars(select(Feedback).order_by(Feedback.id.desc())).first()  # type: ignore[return-value]


def test_a_question_is_kept_with_its_contact_and_read_by_its_asker_alone(app: Flask) -> None:
    row = asked()
    assert (row.asker_name, row.question, row.contact) == ("张三", "怎样更换手机号？", "0871-12345")
    asker = people.actor(row.asker)
    newer = asked("另一个人的问题", "")
    assert newer.contact is None
    assert feedback.own(asker) == [row]
    feedback.ask(asker, "又一个问题", "")
    assert [question.question for question in feedback.own(asker)] == ["又一个问题", "怎样更换手机号？"]


def test_an_administrators_answer_is_seen_by_the_asker_and_may_be_bettered(app: Flask) -> None:
    row = asked()
    administrator = people.staff(ADMINISTRATOR, name="管理员")
    feedback.answer(row.id, people.actor(administrator), " 在基本信息中更换。 ")
    (read,) = feedback.own(people.actor(row.asker))
    assert (read.answer, read.answered_by_id) == ("在基本信息中更换。", administrator.id)
    assert read.answered_at is not None
    feedback.answer(row.id, people.actor(administrator), "在“基本信息”中更换。")
    assert read.answer == "在“基本信息”中更换。"
    assert [entry.action for entry in db.session.scalars(select(AuditEntry))] == ["答复意见反馈"] * 2


def test_nobody_else_answers(app: Flask) -> None:
    row = asked()
    for person in (people.staff(REVIEWER), row.asker):
        with pytest.raises(NotAllowed):
            feedback.answer(row.id, people.actor(person), "答复")
    assert row.answer is None


def test_an_answer_to_nothing_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        feedback.answer(10**8, people.actor(people.staff(ADMINISTRATOR)), "答复")


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
    assert feedback.own(people.actor(who)) == []


def test_a_contact_that_does_not_fit_is_said(app: Flask) -> None:
    assert asked("问题", "长" * 80).contact == "长" * 80
    with pytest.raises(Invalid) as refused:
        feedback.ask(people.actor(people.expert()), "问题", "长" * 81)
    assert refused.value.field == "contact"
