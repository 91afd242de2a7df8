"""The cookie of a session: a stolen one dies with the log-out, a reset, a stop, another role; one sees where one is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Conflict
from app.extensions import db
from app.models import Account, LoginSession
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from app.services import sessions
from tests.support import people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.databases import Registry
from tests.support.entry import inside, log_in
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]
pytestmark = pytest.mark.one_database


def stolen_from(app: Flask, browser: Browser) -> Browser:
    """Another browser with a copy of the cookie."""
    thief = app.test_client()
    assert isinstance(thief, Browser)
    with browser.session_transaction() as cookie, thief.session_transaction() as copied:
        copied.update(dict(cookie))
    return thief


def test_log_out_ends_a_copied_cookie_too(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(people.staff())
    thief = stolen_from(app, browser)
    assert inside(thief)
    browser.submit("/logout/")
    assert not inside(thief)


def test_a_cookie_without_a_token_or_with_anothers_is_nobodys(app: Flask, sign_in: SignIn) -> None:
    for token in (None, "", "guessed", 5, ["x"], "\ud800"):
        browser = sign_in(people.staff())
        with browser.session_transaction() as cookie:
            if token is None:
                del cookie["token"]
            else:
                cookie["token"] = token
        assert not inside(browser), token
    other = sign_in(people.staff())
    browser = sign_in(people.staff())
    with other.session_transaction() as cookie:
        token = cookie["token"]
    with browser.session_transaction() as cookie:
        cookie["token"] = token
    assert not inside(browser)


def test_an_idle_session_is_over_and_a_used_one_is_not(sign_in: SignIn, clock: Clock) -> None:
    idle, used = sign_in(people.staff()), sign_in(people.staff())
    for _ in range(4):
        clock.forward(minutes=20)
        assert inside(used)
    assert not inside(idle)
    assert idle.get("/account/").headers["Location"].startswith("/login/")
    for _ in range(30):
        clock.forward(minutes=20)
        used.get("/account/")
    assert not inside(used)


def test_a_page_writes_once_a_minute_at_most(registry: Registry, sign_in: SignIn, clock: Clock) -> None:
    browser = sign_in(people.staff())
    for seconds, writes in ((1, 0), (58, 0), (1, 1), (1, 0), (59, 1)):
        clock.forward(seconds=seconds)
        with counted(registry.engine) as ran:
            assert browser.get("/expert/list/").status_code == 200
        assert sum("UPDATE login_session" in statement for statement in ran) == writes, seconds
        assert len(ran) <= 5 + writes


def test_account_and_session_are_read_in_one_statement(registry: Registry, sign_in: SignIn) -> None:
    browser = sign_in(people.staff())
    with counted(registry.engine) as ran:
        browser.get("/account/password")
    assert sum("ab_user" in statement and "login_session" in statement for statement in ran) == 1


def form_of(account: Account, **changes: Any) -> dict[str, Any]:
    """The administrator's form as it would be sent."""
    return {
        "first_name": account.first_name, "username": account.username, "department": str(account.department_id),
        "roles": [str(role.id) for role in account.roles], "id_number": account.id_number or "", "active": "y", **changes,
    }  # fmt: skip


@pytest.mark.parametrize("change", ["roles", "stopped", "password"])
def test_an_administrators_change_ends_the_accounts_sessions(sign_in: SignIn, change: str) -> None:
    official, bystander = people.staff(REVIEWER), people.staff()
    browser, other, administrator = sign_in(official), sign_in(bystander), sign_in(people.staff(ADMINISTRATOR))
    changes: dict[str, Any] = {
        "roles": {"roles": [str(role.id) for role in people.roles(STAFF, FILER)]},
        "stopped": {"active": ""},
        "password": {"new_password": "Fresh-start-81"},
    }[change]
    form = {key: value for key, value in form_of(official, **changes).items() if value}
    assert administrator.submit(f"/account-staff/edit/{official.id}", form).status_code == 302
    assert not inside(browser)
    assert inside(other)
    assert inside(administrator)
    assert db.session.get_one(Account, official.id).session_epoch == 1
    ended = db.session.scalars(select(LoginSession.ended_at).where(LoginSession.user_id == official.id)).one()
    assert ended is not None


def test_a_change_of_the_name_ends_no_session(sign_in: SignIn) -> None:
    official = people.staff(REVIEWER)
    browser, administrator = sign_in(official), sign_in(people.staff(ADMINISTRATOR))
    form = form_of(official, first_name="李主任")
    assert administrator.submit(f"/account-staff/edit/{official.id}", form).status_code == 302
    assert db.session.get_one(Account, official.id).name == "李主任"
    assert inside(browser)


CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"


def test_ones_own_sessions_are_shown_and_the_others_ended(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    browser = app.test_client()
    browser.environ_base.update(HTTP_USER_AGENT=CHROME, REMOTE_ADDR="10.53.0.7")
    assert log_in(browser, expert.mobile).status_code == 302
    forgotten, colleague = sign_in(expert), sign_in(people.staff())
    page = browser.get("/account/").get_data(as_text=True)
    shown = re.findall(r"<li>.*?</li>", page[page.index('class="devices"') :], re.DOTALL)
    assert len(shown) == 2
    own = next(item for item in shown if "本次登录" in item)
    assert "Chrome · Windows" in own
    assert "10.53.0.7" in own
    assert sum("本次登录" in item for item in shown) == 1
    assert browser.get("/account/sessions/end").status_code == 405
    answer = browser.submit("/account/sessions/end", follow_redirects=True)  # type: ignore[attr-defined]
    assert "已退出其他 1 处登录" in answer.get_data(as_text=True)
    assert not inside(forgotten)
    assert inside(browser)
    assert inside(colleague)
    assert "退出其他设备" not in browser.get("/account/").get_data(as_text=True)


def test_a_database_busy_writing_costs_no_page(sign_in: SignIn, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noting that a session is in use may wait."""

    def busy(_session_id: int) -> None:
        raise Conflict("数据已被他人修改。")

    browser = sign_in(people.staff())
    clock.forward(minutes=2)
    monkeypatch.setattr(sessions, "seen", busy)
    assert inside(browser)
