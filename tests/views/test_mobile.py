"""更换手机号: by the new number and the password, since by the mobile alone a password is set anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.extensions import db
from app.models import Expert
from tests.support import people
from tests.support.browser import Browser
from tests.support.entry import last_code
from tests.support.people import PASSWORD

SignIn = Callable[..., Browser]
pytestmark = pytest.mark.one_database
NEW = "13900002222"


def _with_code(browser: Browser) -> dict[str, str]:
    browser.submit("/my/mobile/code", {"mobile": NEW})
    return {"mobile": NEW, "code": last_code(NEW)}


def test_an_open_page_alone_changes_no_mobile(sign_in: SignIn) -> None:
    expert = people.expert()
    before, browser = expert.mobile, sign_in(expert)
    form = _with_code(browser)
    for password, said in (("", "请填写密码"), ("wrong", "密码不正确")):
        refused = browser.submit("/my/mobile", {**form, "password": password})
        assert refused.status_code == 422
        assert said in refused.get_data(as_text=True)
        assert db.session.get_one(Expert, expert.id).mobile == before
    assert browser.submit("/my/mobile", {**form, "password": PASSWORD}).status_code == 302
    assert db.session.get_one(Expert, expert.id).mobile == NEW


def test_passwords_are_guessed_at_there_five_times(sign_in: SignIn, rate_limits: None) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    form = _with_code(browser)
    statuses = [browser.submit("/my/mobile", {**form, "password": "wrong"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert browser.submit("/my/mobile", {**form, "password": PASSWORD}).status_code == 429
