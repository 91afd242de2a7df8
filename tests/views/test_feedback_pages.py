"""意见反馈 as a thread on two pages, and 常见问题 out of it in the manual."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Feedback, FeedbackReply
from app.policies.roles import ADMINISTRATOR
from tests.support import people
from tests.support.browser import Browser


def question_of(asker: Browser) -> int:
    """Asks, and gives the id."""
    assert asker.submit("/feedback/", {"question": "怎样更换手机号？"}).status_code == 302
    return db.session.scalars(select(Feedback.id)).one()


def test_a_thread_goes_to_and_fro(app: Flask, sign_in: type[Browser]) -> None:
    asker, administrator = sign_in(people.expert()), sign_in(people.staff(ADMINISTRATOR, name="王管理"))
    number = question_of(asker)
    assert administrator.submit(f"/feedback-desk/answer/{number}", {"answer": "在基本信息中。"}).status_code == 302
    page = asker.get("/feedback/").text
    assert [words for words in ("已答复", "在基本信息中。", "管理人员答复于") if words not in page] == []
    assert "王管理" not in page
    refused = asker.submit(f"/feedback/{number}/more", {"more": " "})
    assert refused.status_code == 422
    assert "请填写补充内容" in refused.text
    assert "<details open" in refused.text
    long = asker.submit(f"/feedback/{number}/more", {"more": "找不到" * 400})
    assert "找不到" * 400 in long.text
    assert asker.submit(f"/feedback/{number}/more", {"more": "没有找到按钮。"}).status_code == 302
    shown = administrator.get(f"/feedback-desk/show/{number}").text
    assert [words for words in ("待答复", "王管理答复于", "张三补充于", "没有找到按钮。") if words not in shown] == []
    assert "待答复" in administrator.get("/feedback-desk/list/").text
    assert asker.submit(f"/feedback/{number}/close").status_code == 302
    assert "已办结" in asker.get("/feedback/").text


def test_nobody_sees_or_reaches_the_thread_of_another(app: Flask, sign_in: type[Browser]) -> None:
    number = question_of(sign_in(people.expert()))
    stranger = sign_in(people.expert())
    assert "怎样更换手机号" not in stranger.get("/feedback/").text
    assert stranger.submit(f"/feedback/{number}/more", {"more": "插话"}).status_code == 404
    assert stranger.submit(f"/feedback/{number}/close").status_code == 404
    assert db.session.scalars(select(FeedbackReply)).all() == []


def test_an_answer_becomes_a_question_for_everybody(app: Flask, visitor: Browser, sign_in: type[Browser]) -> None:
    administrator = sign_in(people.staff(ADMINISTRATOR))
    number = question_of(sign_in(people.expert()))
    administrator.submit(f"/feedback-desk/answer/{number}", {"answer": "在<基本信息>中。"})
    assert f"/faq/add?feedback={number}" in administrator.get(f"/feedback-desk/show/{number}").text
    form = administrator.get(f"/faq/add?feedback={number}").text
    assert "在&lt;基本信息&gt;中。" in form
    assert administrator.get(f"/faq/add?feedback={number + 1}").status_code == 404
    assert "本单位补充的问题" not in visitor.get("/help/faq").text
    entry = {"question": "怎样更换手机号？", "answer": "在<基本信息>中。", "position": "1"}
    assert administrator.submit("/faq/add", entry).status_code == 302
    chapter = visitor.get("/help/faq").text
    assert "本单位补充的问题" in chapter
    assert "在&lt;基本信息&gt;中。" in chapter
    assert "/help/faq#faq-" in visitor.get("/help/?q=更换手机号").text
    assert "已存在" in administrator.submit("/faq/add", entry).text
