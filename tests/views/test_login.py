"""R21, R22, R25: into the registry and out of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urljoin

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.extensions import db
from app.models import Account, Expert, SmsMessage, VerificationCode
from app.policies.roles import ADMINISTRATOR, REVIEWER
from app.services import codes
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.entry import ANSWER, inside, log_in, puzzle
from tests.support.people import PASSWORD

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]
WRONG = "账号或密码不正确，请重新输入。"


def test_r21_an_expert_names_themselves_in_three_ways(app: Flask) -> None:
    expert = people.expert()
    for name in (
        expert.id_number,
        expert.id_number.lower(),
        expert.mobile,
        f"+86 {expert.mobile}",
        f" {expert.mobile} ",
    ):
        browser = app.test_client()
        assert log_in(browser, name).status_code == 302, name
        assert inside(browser)


def test_r21_an_official_logs_in_by_user_name(visitor: Browser) -> None:
    account = people.staff()
    assert log_in(visitor, account.username).headers["Location"] == "/"
    assert inside(visitor)
    assert db.session.get_one(Account, account.id).last_login is not None


def test_r21_without_the_puzzle_nobody_gets_in(visitor: Browser) -> None:
    name = people.staff().username
    for fields in (
        {"puzzle_token": "", "puzzle_x": ""}, {"puzzle_x": ""}, {"puzzle_x": str(ANSWER + 40)},
        {"puzzle_x": "x" * 5000}, {"puzzle_token": "no-such", "puzzle_x": str(ANSWER)},
        {"puzzle_token": "令牌", "puzzle_x": "²"}, {"puzzle_x": "-150"},
    ):  # fmt: skip
        response = log_in(visitor, name, **fields)
        assert response.status_code == 422, fields
        assert "拼图没有对准或已过期" in response.get_data(as_text=True)
    assert not inside(visitor)


def test_r21_a_puzzle_serves_once_right_or_wrong(visitor: Browser) -> None:
    name, solved = people.staff().username, puzzle(visitor)
    assert visitor.submit("/login/", {"username": name, "password": "wrong", **solved}).status_code == 422
    again = visitor.submit("/login/", {"username": name, "password": PASSWORD, **solved})
    assert "拼图没有对准或已过期" in again.get_data(as_text=True)
    assert not inside(visitor)


def test_one_message_for_every_wrong_login(visitor: Browser) -> None:
    """It does not tell who has an account, nor that one is disabled."""
    known, disabled = people.staff(), people.staff(active=False)
    pages = []
    for name, password in ((known.username, "wrong"), ("nobody", PASSWORD), (disabled.username, PASSWORD)):
        response = log_in(visitor, name, password)
        page = response.get_data(as_text=True)
        assert response.status_code == 422
        assert WRONG in page
        assert f'value="{name}"' in page
        assert PASSWORD not in page
        pages.append(re.sub(r'value="[^"]*"|nonce="[^"]*"|data:image[^"]*|token[^,]*,', "", page))
    assert len({len(page) for page in pages}) == 1


def test_the_sixth_wrong_password_of_a_name_waits(app: Flask, rate_limits: None) -> None:
    name, other = people.staff().username, people.staff().username
    for _ in range(5):
        assert log_in(app.test_client(), name, "wrong").status_code == 422
    for spelling in (name, f" {name} "):
        refused = log_in(app.test_client(), spelling)
        assert refused.status_code == 429, spelling
        assert "尝试次数过多，请15分钟后再试。" in refused.get_data(as_text=True)
    assert log_in(app.test_client(), other).status_code == 302


def test_a_right_login_is_not_counted(app: Flask, rate_limits: None) -> None:
    name = people.staff().username
    for _ in range(8):
        assert log_in(app.test_client(), name).status_code == 302


def test_the_limit_holds_however_a_person_names_themselves(app: Flask, rate_limits: None) -> None:
    """Five wrong passwords for a person: ID number and mobile are one."""
    expert = people.expert()
    for name in (expert.id_number, expert.mobile) * 3:
        last = log_in(app.test_client(), name, "wrong")
    assert last.status_code == 429


def test_log_out_is_a_post_and_ends_the_session(sign_in: SignIn) -> None:
    browser = sign_in(people.staff())
    assert browser.get("/logout/").status_code == 405
    assert inside(browser)
    assert browser.submit("/logout/").headers["Location"] == "/login/"
    assert not inside(browser)


def test_the_session_is_a_new_one_after_login(app: Flask) -> None:
    """What a stranger had put into the cookie before is gone, the token included."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    with browser.session_transaction() as cookie:
        cookie["planted"] = "by a stranger"
    token = browser.token()
    assert log_in(browser, people.staff().username).status_code == 302
    with browser.session_transaction() as cookie:
        assert "planted" not in cookie
    assert browser.post("/logout/", data={"csrf_token": token}).status_code == 400
    assert inside(browser)


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "http:evil.example",
     "javascript:alert(1)", "/%5cevil.example", "//evil.example/%2f..", "\t//evil.example", "https:///evil.example"],
)  # fmt: skip
def test_no_login_leads_elsewhere(visitor: Browser, target: str) -> None:
    response = log_in(visitor, people.staff().username, query=f"?next={quote(target)}")
    to = response.headers["Location"]
    assert response.status_code == 302
    assert "\\" not in to
    assert urljoin("http://localhost/login/", to).startswith("http://localhost/"), to


def test_a_login_leads_on_to_the_page_that_was_asked_for(visitor: Browser) -> None:
    asked = visitor.get("/expert/list/")
    assert asked.headers["Location"].startswith("/login/?next=")
    page = visitor.get(asked.headers["Location"]).get_data(as_text=True)
    assert "Access is Denied" not in page
    query = "?" + asked.headers["Location"].split("?", 1)[1]
    assert log_in(visitor, people.staff().username, query=query).headers["Location"].endswith("/expert/list/")


def test_a_page_that_asks_for_a_login_says_so_in_chinese(visitor: Browser) -> None:
    asked = visitor.get("/account/")
    assert asked.headers["Location"].startswith("/login/")
    assert "请先登录" in visitor.get(asked.headers["Location"]).get_data(as_text=True)


def test_r25_a_reset_ends_a_stolen_cookie_and_asks_for_a_new_password(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    stolen, official, new = sign_in(expert), sign_in(people.staff()), "Fresh-start-81"
    assert official.submit(f"/expert/reset/{expert.id}", {"new": new}).status_code == 200
    assert not inside(stolen)
    browser = app.test_client()
    assert isinstance(browser, Browser)
    assert log_in(browser, expert.mobile).status_code == 422
    assert log_in(browser, expert.mobile, new).status_code == 302
    for url in ("/my/", "/my/word", "/account/", "/certificate/1"):
        assert browser.get(url).headers["Location"] == "/account/password", url
    assert browser.submit("/my/apply", {"departments": "1"}).headers["Location"] == "/account/password"
    own = "My-own-words-92"
    assert browser.submit("/account/password", {"old": new, "new": own, "again": own}).status_code == 302
    assert browser.get("/my/").status_code == 200


def test_a_changed_password_ends_the_other_sessions(sign_in: SignIn) -> None:
    official = people.staff()
    here, elsewhere, new = sign_in(official), sign_in(official), "Another-one-55"
    assert here.submit("/account/password", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert inside(here)
    assert not inside(elsewhere)


def test_a_disabled_account_is_out_at_its_next_request(sign_in: SignIn) -> None:
    official = people.staff()
    browser, administrator = sign_in(official), sign_in(people.staff(ADMINISTRATOR))
    form = {
        "first_name": official.first_name, "username": official.username, "department": str(official.department_id),
        "roles": [str(role.id) for role in official.roles], "id_number": official.id_number or "",
    }  # fmt: skip
    assert administrator.submit(f"/account-staff/edit/{official.id}", form).status_code == 302
    assert not inside(browser)


def test_a_revoked_role_counts_at_the_next_request(sign_in: SignIn) -> None:
    official = people.staff(REVIEWER)
    browser, case = sign_in(official), cases.pending_case()
    assert browser.get(f"/review/show/{case.id}").status_code == 200
    official.roles = []
    db.session.commit()
    for url in (f"/review/show/{case.id}", "/expert/list/", "/desk/"):
        assert browser.get(url).status_code == 403, url


def test_a_code_stands_in_for_the_puzzle(visitor: Browser) -> None:
    expert = people.expert()
    sent = visitor.submit("/login/code/send", {"mobile": expert.mobile})
    assert sent.status_code == 200
    text = db.session.scalars(select(SmsMessage.text).order_by(SmsMessage.id.desc())).first()
    code = re.search(r"\d{6}", text or "")
    assert code
    assert visitor.submit("/login/code", {"mobile": expert.mobile, "code": "000000"}).status_code == 422
    assert visitor.submit("/login/code", {"mobile": expert.mobile, "code": code[0]}).status_code == 302
    assert inside(visitor)


def test_a_code_for_a_stranger_tells_nothing(visitor: Browser) -> None:
    known, unknown = people.expert().mobile, people.new_mobile()
    answers = [visitor.submit("/login/code/send", {"mobile": mobile}) for mobile in (known, unknown)]
    assert answers[0].data == answers[1].data
    assert db.session.scalars(select(SmsMessage.mobile)).all() == [known]


def test_r22_registration_says_the_same_to_a_stranger_and_to_who_is_registered(app: Flask, visitor: Browser) -> None:
    mobile, number, secret = people.new_mobile(), people.new_id_number(), "Brave-new-41"
    assert visitor.submit("/register/code", {"mobile": mobile}).status_code == 200
    text = db.session.scalars(select(SmsMessage.text)).one()
    code = re.search(r"\d{6}", text)
    assert code
    form = {
        "name": "𬱖新",
        "id_number": number,
        "mobile": mobile,
        "code": code[0],
        "password": secret,
        "password_again": secret,
    }
    refused = visitor.submit("/register/", form)
    assert refused.status_code == 422
    assert refused.text.count("请阅读后勾选") >= 2
    form |= {"notice": "y", "sensitive": "y"}
    registered = visitor.submit("/register/", form)
    assert registered.headers["Location"] == "/login/"
    known = people.expert()
    other = app.test_client()
    assert isinstance(other, Browser)
    db.session.execute(delete(VerificationCode))
    db.session.commit()
    codes.send(form["mobile"], codes.REGISTER)
    again = re.search(
        r"\d{6}", db.session.scalars(select(SmsMessage.text).order_by(SmsMessage.id.desc())).first() or ""
    )
    assert again
    answer = other.submit("/register/", {**form, "id_number": known.id_number, "code": again[0]})
    assert (answer.status_code, answer.headers["Location"], answer.data) == (
        registered.status_code,
        registered.headers["Location"],
        registered.data,
    )
    assert db.session.scalars(select(Expert.name).where(Expert.mobile == mobile)).one() == "𬱖新"
