"""动态口令 on screen: the second step of a login, and binding a phone."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable

import pytest
from flask import Flask

from app.extensions import db
from app.models import Account
from app.policies.roles import ADMINISTRATOR, REVIEWER, STAFF
from app.services import accounts, second_factor
from tests.support import people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.entry import bind_phone, inside, last_code, log_in, shown_by_phone
from tests.support.people import PASSWORD

SignIn = Callable[..., Browser]
pytestmark = pytest.mark.one_database


def test_the_password_alone_opens_nothing(visitor: Browser) -> None:
    official = people.staff()
    bind_phone(official)
    answer = log_in(visitor, official.username, query="?next=/expert/list/")
    assert answer.headers["Location"] == "/login/second"
    assert not inside(visitor)
    assert visitor.get("/expert/list/").headers["Location"].startswith("/login/")
    assert db.session.get_one(Account, official.id).last_login is None
    page = visitor.get("/login/second")
    assert page.status_code == 200
    wrong = visitor.submit("/login/second", {"code": "000000"})
    assert wrong.status_code == 422
    assert "动态口令不正确" in wrong.get_data(as_text=True)
    assert not inside(visitor)
    right = visitor.submit("/login/second", {"code": shown_by_phone(official)})
    assert right.headers["Location"].endswith("/expert/list/")
    assert inside(visitor)
    assert db.session.get_one(Account, official.id).last_login is not None


def test_the_second_step_is_asked_after_a_code_by_sms_too(visitor: Browser) -> None:
    colleague = people.expert(user=people.staff(STAFF, "专家用户"))
    bind_phone(colleague.user)
    visitor.submit("/login/code/send", {"mobile": colleague.mobile})
    answer = visitor.submit("/login/code", {"mobile": colleague.mobile, "code": last_code(colleague.mobile)})
    assert answer.headers["Location"] == "/login/second"
    assert not inside(visitor)


def test_a_recovery_code_says_how_many_are_left(visitor: Browser) -> None:
    official = people.staff()
    codes = bind_phone(official)
    log_in(visitor, official.username)
    visitor.submit("/login/second", {"code": codes[3]})
    assert "已使用一个恢复码，还剩7个" in visitor.get("/account/").get_data(as_text=True)


def test_five_wrong_codes_then_a_wait(app: Flask, rate_limits: None) -> None:
    official, other = people.staff(), people.staff()
    bind_phone(official)
    bind_phone(other)
    statuses = []
    for _ in range(6):
        browser = app.test_client()
        log_in(browser, official.username)
        statuses.append(browser.submit("/login/second", {"code": "000000"}).status_code)  # type: ignore[attr-defined]
    assert statuses == [422] * 5 + [429]
    assert browser.submit("/login/second", {"code": shown_by_phone(official)}).status_code == 429  # type: ignore[attr-defined]
    log_in(browser, other.username)
    assert browser.submit("/login/second", {"code": shown_by_phone(other)}).status_code == 302  # type: ignore[attr-defined]


def test_thirty_codes_a_day_until_the_password_is_another(
    app: Flask, rate_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five in a quarter of an hour alone would find one of a million in a year."""
    official = people.staff()
    bind_phone(official)
    ahead, real = 0.0, time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)

    def attempt(password: str, code: str) -> tuple[int, str]:
        browser = app.test_client()
        log_in(browser, official.username, password)
        answer = browser.submit("/login/second", {"code": code})  # type: ignore[attr-defined]
        return answer.status_code, answer.get_data(as_text=True)

    for _ in range(6):
        assert [attempt(PASSWORD, "000000")[0] for _ in range(5)] == [422] * 5
        ahead += 16 * 60
    status, page = attempt(PASSWORD, shown_by_phone(official))
    assert status == 429
    assert "请24小时后再试" in page
    accounts.change_password(official.id, PASSWORD, "another-fine-horse-7")
    assert attempt("another-fine-horse-7", shown_by_phone(official))[0] == 302


def test_a_secret_that_was_shown_and_not_confirmed_ends_with_the_session(app: Flask, sign_in: SignIn) -> None:
    """Who steals a later session would else bind a phone of their own without the password."""
    official = people.staff()
    bind_phone(official)
    second_factor.start(official.id, PASSWORD)
    pending = shown_by_phone(Account(totp_pending=db.session.get_one(Account, official.id).totp_pending))
    browser = app.test_client()
    log_in(browser, official.username)
    right = shown_by_phone(db.session.get_one(Account, official.id))
    assert browser.submit("/login/second", {"code": right}).status_code == 302  # type: ignore[attr-defined]
    assert "data:image/png" not in browser.get("/account/totp/").get_data(as_text=True)
    refused = browser.submit("/account/totp/confirm", {"code": pending})  # type: ignore[attr-defined]
    assert refused.status_code == 422
    assert "请重新开始" in refused.get_data(as_text=True)


def test_the_second_step_waits_ten_minutes_and_no_longer(visitor: Browser, clock: Clock) -> None:
    official = people.staff()
    bind_phone(official)
    log_in(visitor, official.username)
    clock.forward(minutes=9)
    assert visitor.get("/login/second").status_code == 200
    clock.forward(minutes=1)
    answer = visitor.submit("/login/second", {"code": shown_by_phone(official)})
    assert answer.headers["Location"] == "/login/"
    assert not inside(visitor)


@pytest.mark.parametrize("what", ["password", "stopped", "nothing"])
def test_the_second_step_is_closed_to_who_has_not_taken_the_first(visitor: Browser, what: str) -> None:
    official = people.staff()
    bind_phone(official)
    if what != "nothing":
        log_in(visitor, official.username)
    if what == "password":
        accounts.change_password(official.id, PASSWORD, "another-fine-horse-7")
    elif what == "stopped":
        official.active = False
        db.session.commit()
    assert visitor.submit("/login/second", {"code": shown_by_phone(official)}).headers["Location"] == "/login/"
    assert not inside(visitor)


def test_a_phone_is_bound_on_screen(app: Flask, sign_in: SignIn) -> None:
    official = people.staff()
    browser = sign_in(official)
    assert "尚未绑定" in browser.get("/account/").get_data(as_text=True)
    assert "data:image/png" not in browser.get("/account/totp/").get_data(as_text=True)
    assert browser.submit("/account/totp/start").status_code == 302
    page = browser.get("/account/totp/").get_data(as_text=True)
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', page)
    assert picture
    assert base64.b64decode(picture[1]).startswith(b"\x89PNG")
    official = db.session.get_one(Account, official.id)
    assert official.totp_pending is not None
    assert official.totp_pending in page
    refused = browser.submit("/account/totp/confirm", {"code": "12345"})
    assert refused.status_code == 422
    assert "动态口令不正确" in refused.get_data(as_text=True)
    done = browser.submit("/account/totp/confirm", {"code": shown_by_phone(official, -1)})
    codes = re.findall(r">([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})<", done.get_data(as_text=True))
    assert len(set(codes)) == 8
    again = browser.get("/account/totp/").get_data(as_text=True)
    assert not any(code in again for code in codes)
    assert official.totp_pending is None
    assert str(official.totp_secret) not in again
    fresh = app.test_client()
    log_in(fresh, official.username)
    assert fresh.submit("/login/second", {"code": codes[0]}).status_code == 302  # type: ignore[attr-defined]
    assert inside(fresh)


def test_what_an_intruder_would_like_asks_the_password(sign_in: SignIn, rate_limits: None) -> None:
    official = people.staff()
    bind_phone(official)
    browser = sign_in(official)
    secret = official.totp_secret
    statuses = [
        browser.submit(f"/account/totp/{what}", {"password": "wrong"}).status_code
        for what in ("codes", "drop", "start", "codes", "drop", "start")
    ]
    assert statuses == [422] * 5 + [429]
    official = db.session.get_one(Account, official.id)
    assert (official.totp_secret, official.totp_pending) == (secret, None)


def test_codes_are_renewed_and_the_phone_let_go_by_password(sign_in: SignIn) -> None:
    official = people.staff()
    old = bind_phone(official)
    browser = sign_in(official)
    page = browser.submit("/account/totp/codes", {"password": PASSWORD}).get_data(as_text=True)
    assert len(re.findall(r'class="secret">[a-z2-9-]{14}<', page)) == 8
    assert old[0] not in page
    assert browser.submit("/account/totp/start", {"password": PASSWORD}).headers["Location"] == "/account/totp/"
    assert "data:image/png" in browser.get("/account/totp/").get_data(as_text=True)
    assert browser.submit("/account/totp/drop", {"password": PASSWORD}).headers["Location"] == "/account/"
    assert not db.session.get_one(Account, official.id).has_totp


def test_where_it_is_required_who_decides_binds_a_phone_first(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    monkeypatch.setitem(app.config, "TOTP_REQUIRED", True)
    reviewer, clerk, expert = people.staff(REVIEWER), people.staff(), people.expert()
    browser = sign_in(reviewer)
    for url in ("/", "/desk/", "/expert/list/", "/review/list/", "/account/", "/certificates/list/"):
        assert browser.get(url).headers["Location"] == "/account/totp/", url
    assert browser.submit("/review/decide/1", {"outcome": "approve"}).headers["Location"] == "/account/totp/"
    for url in ("/help/overview", "/static/css/tokens.css", "/account/password", "/account/totp/"):
        assert browser.get(url).status_code in (200, 404), url
    assert "请先绑定动态口令" in browser.get("/account/totp/").get_data(as_text=True)
    browser.submit("/account/totp/start")
    reviewer = db.session.get_one(Account, reviewer.id)
    browser.submit("/account/totp/confirm", {"code": shown_by_phone(reviewer)})
    assert browser.get("/review/list/").status_code == 200
    assert sign_in(clerk).get("/expert/list/").status_code == 200
    assert sign_in(expert).get("/my/").status_code == 200


def test_a_password_that_is_due_comes_before_the_phone(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    monkeypatch.setitem(app.config, "TOTP_REQUIRED", True)
    browser = sign_in(people.staff(REVIEWER, must_change_password=True))
    for url in ("/", "/account/totp/", "/account/", "/login/second/../../desk/"):
        assert browser.get(url).headers["Location"] == "/account/password", url


def test_an_administrator_resets_a_colleagues_phone_on_screen(sign_in: SignIn) -> None:
    official, boss = people.staff(), people.staff(ADMINISTRATOR)
    bind_phone(official)
    bind_phone(boss)
    theirs, browser = sign_in(official), sign_in(boss)
    assert "重置动态口令" in browser.get(f"/account-staff/show/{official.id}").get_data(as_text=True)
    assert theirs.submit(f"/account-staff/action/reset_totp/{official.id}").status_code == 403
    answer = browser.submit(f"/account-staff/action/reset_totp/{official.id}", follow_redirects=True)
    assert "动态口令已重置" in answer.get_data(as_text=True)
    assert not inside(theirs)
    assert not db.session.get_one(Account, official.id).has_totp
    own = browser.submit(f"/account-staff/action/reset_totp/{boss.id}", follow_redirects=True)
    assert "我的账号" in own.get_data(as_text=True)
    assert db.session.get_one(Account, boss.id).has_totp
    expert = people.expert()
    assert browser.submit(f"/account-staff/action/reset_totp/{expert.user_id}").status_code == 404


def test_experts_have_no_such_page(sign_in: SignIn) -> None:
    browser = sign_in(people.expert())
    assert browser.get("/account/totp/").status_code == 404
    assert "动态口令" not in browser.get("/account/").get_data(as_text=True)


def test_a_secret_stands_in_no_list(sign_in: SignIn) -> None:
    official = people.staff()
    bind_phone(official)
    second_factor.start(official.id, PASSWORD)
    browser = sign_in(people.staff(ADMINISTRATOR))
    for url in ("/account-staff/list/", f"/account-staff/show/{official.id}", f"/account-staff/edit/{official.id}"):
        page = browser.get(url).get_data(as_text=True)
        assert str(official.totp_secret) not in page
        assert str(official.totp_pending) not in page
