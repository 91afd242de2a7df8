"""The bell at the top right, the page of notices, and 通知设置."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, NoticeChoice, Notification
from app.policies.roles import REVIEWER
from app.services import notifications
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.databases import Registry
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]


def notice_of(account_id: int) -> Notification:
    """The newest notice of an account."""
    own = select(Notification).where(Notification.account_id == account_id).order_by(Notification.id.desc())
    found: Notification = db.session.scalars(own.limit(1)).one()
    return found


def test_the_bell_says_how_many_are_unread_and_an_open_notice_is_read(app: Flask, sign_in: SignIn) -> None:
    head = people.staff(REVIEWER)
    browser = sign_in(head)
    assert 'aria-label="通知"' in browser.get("/desk/").text
    case = cases.pending_case()
    cases.pending_case(people.expert(name="李四"))
    page = browser.get("/notices/").text
    assert 'aria-label="通知，2 条未读"' in page
    assert page.index("李四向") < page.index("张三向")
    first = db.session.scalars(select(Notification).where(Notification.target_id == case.id, Notification.account_id == head.id)).one()  # fmt: skip
    answer = browser.submit(f"/notices/{first.id}/open", {})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/application/show/{case.id}")
    assert 'aria-label="通知，1 条未读"' in browser.get(answer.headers["Location"]).text
    browser.submit(f"/notices/read/{notice_of(head.id).id}", {})
    assert 'aria-label="通知"' in browser.get("/desk/").text


def test_a_notice_of_what_is_out_of_scope_by_now_says_so_and_leads_nowhere(app: Flask, sign_in: SignIn) -> None:
    head = people.staff(REVIEWER)
    case = cases.pending_case(people.expert(people.QILIN))
    notice = notice_of(head.id)
    head.department = people.department(region=people.KUNMING)
    db.session.commit()
    browser = sign_in(head)
    assert browser.get(f"/application/show/{case.id}").status_code == 404
    answer = browser.submit(f"/notices/{notice.id}/open", {}, follow_redirects=True)
    assert "已不在您的查看范围内" in answer.text
    assert "还没有通知" not in answer.text


def test_r5_anothers_notice_answers_as_one_that_is_not_there(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case()
    browser = sign_in(people.expert())
    answers = [browser.submit(f"/notices/{number}/{act}", {}) for number in (notice_of(case.expert.user_id).id, 10**9, 10**12)
               for act in ("open", "read")]  # fmt: skip
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.one_database
def test_the_page_is_read_in_few_statements_and_paged(registry: Registry, app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    browser.get("/notices/")
    for number in range(notifications.PAGE + 5):
        db.session.add(Notification(account_id=expert.user_id, kind="answered", text=f"第{number}条", target_id=1))
    db.session.commit()
    with counted(registry.engine) as ran:
        page = browser.get("/notices/").text
    assert len(ran) <= 5, ran
    assert page.count('class="notice-open"') == notifications.PAGE
    assert "25 条未读" in page
    oldest = db.session.scalars(select(Notification.id).order_by(Notification.id.desc())).all()[notifications.PAGE - 1]
    assert f"?before={oldest}" in page
    assert browser.get(f"/notices/?before={oldest}").text.count('class="notice-open"') == 5
    assert browser.get(f"/notices/?before={10**9 - 1}").status_code == 200
    answer = browser.get("/notices/?before=x")
    assert (answer.status_code, "页码不是数字" in answer.text) == (400, True)


def test_a_choice_is_kept_told_to_the_log_and_shown_again(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    page = browser.get("/notices/choices").text
    assert "聘任、换发和终止关系到您的权利，总是以短信通知。" in page
    assert 'name="filed"' not in page
    assert "等待审核" not in page
    assert browser.submit("/notices/choices", {"submitted": "y", "rejected": "y", "filed": ""}).status_code == 302
    kept = {row.kind: row.by_sms for row in db.session.scalars(select(NoticeChoice))}
    assert kept == {
        "submitted": True,
        "returned": False,
        "approved": False,
        "sent_back": False,
        "ending": False,
        "ended": False,
        "change_decided": False,
    }
    assert db.session.scalars(select(AuditEntry.action)).all().count("修改通知设置") == 1
    shown = browser.get("/notices/choices").text
    assert shown.count(" checked") == 2


def test_who_has_no_mobile_is_told_that_no_sms_will_come(app: Flask, sign_in: SignIn) -> None:
    head, with_mobile = people.staff(REVIEWER), people.staff(REVIEWER, mobile=people.new_mobile())
    words = "您的账号没有登记手机号"
    assert words in sign_in(head).get("/notices/choices").text
    assert words not in sign_in(with_mobile).get("/notices/choices").text
