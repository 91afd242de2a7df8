"""R25 and 找回密码 on screen: a password is offered, shown once, and stands nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, SmsMessage
from app.policies.roles import ADMINISTRATOR
from tests.support import people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.entry import inside, last_code, log_in
from tests.support.people import KUNMING, PASSWORD, QUJING

SignIn = Callable[..., Browser]
pytestmark = pytest.mark.one_database
NEW = "another-fine-horse-7"
OFFERED = re.compile(r'value="([a-z2-9-]{14})"[^>]*name="new"')


def test_r25_a_password_is_offered_and_taken(app: Flask, sign_in: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    expert = people.expert()
    official = sign_in(people.staff(at=people.department(region=KUNMING)))
    pages = [official.get(f"/expert/reset/{expert.id}").get_data(as_text=True) for _ in range(2)]
    offers = [OFFERED.search(page) for page in pages]
    assert offers[0]
    assert offers[1]
    password = offers[0][1]
    assert password != offers[1][1]
    done = official.submit(f"/expert/reset/{expert.id}", {"new": password})
    assert done.status_code == 200
    assert done.headers["Cache-Control"] == "no-store"
    assert f">{password}<" in done.get_data(as_text=True)
    assert "Set-Cookie" not in done.headers or password not in done.headers["Set-Cookie"]
    for url in (f"/expert/show/{expert.id}", f"/expert/reset/{expert.id}", "/desk/"):
        assert password not in official.get(url).get_data(as_text=True)
    texts = [*db.session.scalars(select(SmsMessage.text)), *db.session.scalars(select(AuditEntry.subject))]
    assert len(texts) == 2
    assert not any(password in text for text in [*texts, caplog.text])
    browser = app.test_client()
    assert log_in(browser, expert.mobile, password).status_code == 302
    assert browser.get("/my/").headers["Location"] == "/account/password"


def test_r25_staff_may_type_their_own_and_it_stays_when_it_will_not_do(sign_in: SignIn) -> None:
    expert = people.expert()
    official = sign_in(people.staff())
    refused = official.submit(f"/expert/reset/{expert.id}", {"new": "1qaz2wsx3edc"})
    assert refused.status_code == 422
    assert 'value="1qaz2wsx3edc"' in refused.get_data(as_text=True)
    assert "太常见" in refused.get_data(as_text=True)
    assert official.submit(f"/expert/reset/{expert.id}", {"new": ""}).status_code == 422
    assert NEW in official.submit(f"/expert/reset/{expert.id}", {"new": NEW}).get_data(as_text=True)


def test_r25_out_of_scope_nothing_is_offered(sign_in: SignIn) -> None:
    expert = people.expert()
    for person in (people.staff(at=people.department(region=QUJING)), people.staff(ADMINISTRATOR)):
        browser = sign_in(person)
        assert browser.get(f"/expert/reset/{expert.id}").status_code in (403, 404)
        assert browser.submit(f"/expert/reset/{expert.id}", {"new": NEW}).status_code in (403, 404)


def test_a_forgotten_password_from_the_login_page_on(app: Flask, sign_in: SignIn, visitor: Browser) -> None:
    expert = people.expert()
    elsewhere = sign_in(expert)
    assert 'href="/password/forgot"' in visitor.get("/login/").get_data(as_text=True)
    page = visitor.get("/password/forgot").get_data(as_text=True)
    assert "至少 10 个字符" in page
    sent = visitor.submit("/password/forgot/code", {"mobile": expert.mobile})
    stranger = visitor.submit("/password/forgot/code", {"mobile": people.new_mobile()})
    assert sent.data == stranger.data
    assert db.session.scalars(select(SmsMessage.mobile)).all() == [expert.mobile]
    form = {"mobile": expert.mobile, "code": last_code(expert.mobile), "new": NEW, "again": "something else"}
    refused = visitor.submit("/password/forgot", form)
    assert refused.status_code == 422
    assert "两次输入的密码不一致" in refused.get_data(as_text=True)
    assert f'value="{expert.mobile}"' in refused.get_data(as_text=True)
    done = visitor.submit("/password/forgot", {**form, "again": NEW})
    assert done.headers["Location"] == "/login/"
    assert not inside(visitor)
    assert not inside(elsewhere)
    assert log_in(visitor, expert.mobile, PASSWORD).status_code == 422
    assert log_in(visitor, expert.mobile, NEW).status_code == 302
    assert inside(visitor)


def test_a_strangers_mobile_gets_the_same_page(visitor: Browser) -> None:
    pages = []
    for mobile in (people.expert().mobile, people.new_mobile()):
        visitor.submit("/password/forgot/code", {"mobile": mobile})
        answer = visitor.submit("/password/forgot", {"mobile": mobile, "code": "000000", "new": NEW, "again": NEW})
        assert answer.status_code == 422
        pages.append(
            re.sub(
                r'nonce="[^"]*"|name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True).replace(mobile, "")
            )
        )
    assert pages[0] == pages[1]


def test_an_old_password_is_changed_before_anything_else(
    app: Flask, visitor: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PASSWORD_MAX_AGE_DAYS", 90)
    official = people.staff()
    log_in(visitor, official.username)
    clock.forward(days=90)
    log_in(visitor, official.username)
    assert visitor.get("/desk/").headers["Location"] == "/account/password"
    page = visitor.get("/account/password").get_data(as_text=True)
    assert "您的密码已经使用很久" in page
    assert "大写字母、小写字母、数字、符号至少有三种" in page
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert visitor.submit("/account/password", {**form, "new": PASSWORD, "again": PASSWORD}).status_code == 422
    assert visitor.submit("/account/password", form).status_code == 302
    assert visitor.get("/desk/").status_code == 200


def test_two_passwords_that_differ_are_told_apart_beside_the_field(sign_in: SignIn, visitor: Browser) -> None:
    changed = sign_in(people.staff()).submit("/account/password", {"old": PASSWORD, "new": NEW, "again": "x"})
    registered = visitor.submit(
        "/register/",
        {"name": "张三", "id_number": people.new_id_number(), "mobile": people.new_mobile(), "code": "123456",
         "password": NEW, "password_again": "x"},
    )  # fmt: skip
    for answer in (changed, registered):
        assert answer.status_code == 422
        assert "两次输入的密码不一致" in answer.get_data(as_text=True)
