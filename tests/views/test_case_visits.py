"""A colleague who has the case open is named on its page, without a session staying in use by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import LoginSession
from app.policies.roles import REVIEWER
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.databases import Registry
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]


def test_a_colleague_is_named_on_the_page(registry: Registry, app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case()
    one, two = sign_in(people.staff(REVIEWER, name="周正")), sign_in(people.staff(REVIEWER, name="吴敏"))
    assert "周正" not in two.get(f"/review/show/{case.id}").text
    assert one.submit(f"/review/seen/{case.id}").json == {"said": []}
    assert "周正 刚刚打开了这件申报。" in two.get(f"/review/show/{case.id}").text
    assert two.submit(f"/application/seen/{case.id}").json == {"said": ["周正 刚刚打开了这件申报。"]}
    onlooker = sign_in(people.staff(at=people.department(people.MINES)))
    page = onlooker.get(f"/review/show/{case.id}").text
    assert "周正" not in page
    assert "data-visits" not in page
    with counted(registry.engine) as ran:
        two.get(f"/review/show/{case.id}")
    assert sum("case_visit" in statement for statement in ran) == 1


def test_who_was_slower_is_told_by_the_page(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case()
    one, two = sign_in(people.staff(REVIEWER)), sign_in(people.staff(REVIEWER))
    one.submit(f"/review/decide/{case.id}", {"version": "1", "outcome": "reject", "reason": "材料不全。"})
    answer = two.submit(f"/review/seen/{case.id}", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert answer.json == {"message": "这件申报已办理，现为“已驳回”。请刷新页面查看。"}


def test_an_open_page_does_not_keep_a_session_alive(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    clock.on(date(2026, 11, 2), 9)
    case = cases.pending_case()
    official = people.staff(REVIEWER)
    browser = sign_in(official)
    begun = clock.now()

    def last_used() -> object:
        return db.session.scalars(select(LoginSession.last_seen_at).where(LoginSession.user_id == official.id)).one()

    clock.forward(minutes=5)
    assert browser.submit(f"/review/seen/{case.id}").status_code == 200
    assert last_used() == begun
    assert browser.get(f"/review/show/{case.id}").status_code == 200
    assert last_used() == clock.now()
