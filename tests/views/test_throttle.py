"""Guessing is limited by person, SMS by address and device; where nothing can be counted, nobody is waved through."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import func, select

from app.extensions import db, limiter
from app.models import Expert, SmsMessage, VerificationCode
from tests.support import people
from tests.support.browser import Browser
from tests.support.entry import inside, last_code, log_in
from tests.support.people import PASSWORD

SignIn = Callable[..., Browser]
pytestmark = pytest.mark.one_database
WAIT = "尝试次数过多，请15分钟后再试。"
NEW = "another-fine-horse-7"


class Hours:
    """The clock of the limits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + self.ahead)

    def forward(self, minutes: float) -> None:
        self.ahead += minutes * 60


@pytest.fixture
def hours(rate_limits: None, monkeypatch: pytest.MonkeyPatch) -> Hours:
    return Hours(monkeypatch)


def fresh(app: Flask) -> Browser:
    """A browser that has opened the login page, and so has a device's cookie."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.get("/login/")
    return browser


def guess(app: Flask, name: str, times: int) -> list[int]:
    return [log_in(fresh(app), name, "wrong").status_code for _ in range(times)]


def test_five_wrong_passwords_however_a_person_names_themselves(app: Flask, hours: Hours) -> None:
    expert = people.expert()
    names = (expert.id_number, expert.id_number.lower(), expert.mobile, f"+86 {expert.mobile}", f" {expert.mobile} ")
    assert [guess(app, name, 1) for name in names] == [[422]] * 5
    for name in names:
        refused = log_in(fresh(app), name)
        assert refused.status_code == 429
        assert WAIT in refused.get_data(as_text=True)


def test_names_of_nobody_are_limited_alike(app: Flask, hours: Hours) -> None:
    mobile = people.new_mobile()
    assert guess(app, "no.such", 3) + guess(app, " NO.SUCH ", 3) == [422] * 5 + [429]
    assert guess(app, mobile, 3) + guess(app, f"+86 {mobile}", 3) == [422] * 5 + [429]
    assert guess(app, "another", 1) == [422]


def test_the_wait_ends_by_itself_whatever_a_stranger_goes_on_to_do(app: Flask, hours: Hours) -> None:
    name = people.staff().username
    guess(app, name, 5)
    for _ in range(14):
        hours.forward(1)
        assert guess(app, name, 1) == [429]
    hours.forward(1.1)
    assert log_in(fresh(app), name).status_code == 302


def test_five_in_any_quarter_of_an_hour(app: Flask, hours: Hours) -> None:
    """Not five before the stroke of the clock and five behind it."""
    name = people.staff().username
    for _ in range(5):
        hours.forward(2)
        assert guess(app, name, 1) == [422]
    hours.forward(4)
    assert guess(app, name, 1) == [429]
    hours.forward(3.1)
    assert guess(app, name, 2) == [422, 429]


def test_a_right_password_forgives_earlier_slips(app: Flask, hours: Hours) -> None:
    name = people.staff().username
    for _ in range(3):
        assert guess(app, name, 4) == [422] * 4
        assert log_in(fresh(app), name).status_code == 302


def test_a_puzzle_that_does_not_fit_costs_no_try(app: Flask, hours: Hours) -> None:
    """Or a stranger would keep somebody out without ever solving one."""
    name = people.staff().username
    for _ in range(8):
        assert log_in(fresh(app), name, "wrong", puzzle_x="1").status_code == 422
    assert log_in(fresh(app), name).status_code == 302


def test_an_expert_whose_password_is_guessed_at_still_gets_in_by_sms(app: Flask, hours: Hours) -> None:
    expert = people.expert()
    assert guess(app, expert.mobile, 6)[-1] == 429
    browser = fresh(app)
    assert browser.submit("/login/code/send", {"mobile": expert.mobile}).status_code == 200
    code = {"mobile": expert.mobile, "code": last_code(expert.mobile)}
    assert browser.submit("/login/code", code).status_code == 302
    assert inside(browser)


def wrong_code(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.parametrize(
    ("url", "send", "fields"),
    [
        ("/login/code", "/login/code/send", {}),
        ("/password/forgot", "/password/forgot/code", {"new": NEW, "again": NEW}),
    ],
)
def test_five_wrong_codes_of_a_person(app: Flask, hours: Hours, url: str, send: str, fields: dict[str, str]) -> None:
    known, unknown = people.expert().mobile, people.new_mobile()
    for mobile in (known, unknown):
        statuses = []
        for spelling in (mobile, f"+86 {mobile}") * 3:
            statuses.append(fresh(app).submit(url, {"mobile": spelling, "code": "000000", **fields}).status_code)
        assert statuses == [422] * 5 + [429], mobile
    browser = fresh(app)
    browser.submit(send, {"mobile": known})
    right = {"mobile": known, "code": last_code(known), **fields}
    assert browser.submit(url, right).status_code == 429
    hours.forward(15.1)
    assert browser.submit(url, right).status_code == 302


def test_five_wrong_old_passwords(sign_in: SignIn, hours: Hours) -> None:
    official = people.staff()
    browser = sign_in(official)
    form = {"new": NEW, "again": NEW}
    statuses = [browser.submit("/account/password", {"old": "wrong", **form}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert browser.submit("/account/password", {"old": PASSWORD, **form}).status_code == 429
    hours.forward(15.1)
    assert browser.submit("/account/password", {"old": PASSWORD, **form}).status_code == 302


def test_a_new_password_that_will_not_do_costs_no_try(sign_in: SignIn, hours: Hours) -> None:
    browser = sign_in(people.staff())
    for _ in range(8):
        answer = browser.submit("/account/password", {"old": PASSWORD, "new": "short", "again": "short"})
        assert answer.status_code == 422


# By device and by address.


def ask(browser: Browser, url: str, address: str, **fields: str) -> int:
    mobile = people.new_mobile()
    return browser.submit(url, {"mobile": mobile, **fields}, environ_base={"REMOTE_ADDR": address}).status_code


SMS = ("/register/code", "/login/code/send", "/password/forgot/code")


def test_a_device_has_ten_codes_an_hour_sent_from_wherever(app: Flask, hours: Hours) -> None:
    browser = fresh(app)
    statuses = [ask(browser, SMS[n % 3], f"10.1.0.{n}") for n in range(11)]
    assert statuses == [200] * 10 + [429]
    assert ask(fresh(app), SMS[0], "10.1.0.99") == 200
    hours.forward(60.1)
    assert ask(browser, SMS[0], "10.1.0.99") == 200


def test_an_address_has_twenty_codes_an_hour_sent_by_whatever_device(app: Flask, hours: Hours) -> None:
    statuses = [ask(fresh(app), SMS[n % 3], "10.1.0.1") for n in range(21)]
    assert statuses == [200] * 20 + [429]
    assert ask(fresh(app), SMS[0], "10.1.0.2") == 200


def test_a_refused_request_sends_nothing(app: Flask, hours: Hours) -> None:
    browser = fresh(app)
    for n in range(12):
        ask(browser, "/register/code", f"10.1.0.{n}")
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 10
    assert db.session.scalar(select(func.count()).select_from(VerificationCode)) == 10


def forged(app: Flask, value: str | None) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    if value is not None:
        browser.set_cookie("device", value)
    return browser


def test_who_makes_up_a_device_or_shows_none_counts_by_address(app: Flask, hours: Hours) -> None:
    values = [None, "", "made-up", "made-up.signature", "x" * 4000, "."] * 2
    statuses = [ask(forged(app, value), "/register/code", "10.1.0.1") for value in values]
    assert statuses == [200] * 10 + [429] * 2


def test_a_device_registers_ten_times_an_hour(app: Flask, hours: Hours) -> None:
    browser = fresh(app)
    statuses = [ask(browser, "/register/", f"10.1.0.{n}") for n in range(11)]
    assert statuses == [422] * 10 + [429]


def test_a_devices_cookie_is_out_of_reach_of_scripts_and_lasts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    values = set()
    for url in ("/login/", "/login/code", "/register/", "/password/forgot"):
        browser = app.test_client()
        answer = browser.get(url)
        (cookie,) = [text for text in answer.headers.getlist("Set-Cookie") if text.startswith("device=")]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Secure", "Max-Age=31536000")), cookie
        values.add(cookie.split(";")[0])
        browser.set_cookie("device", cookie.split(";")[0].removeprefix("device="))
        assert not [text for text in browser.get(url).headers.getlist("Set-Cookie") if text.startswith("device=")]
    assert len(values) == 4
    assert all(len(value) > 60 for value in values)


# Where nothing can be counted.


@pytest.fixture
def no_storage(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Redis at a port where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        storage: Any = storage_from_string(address, **app.config["RATELIMIT_STORAGE_OPTIONS"])
        monkeypatch.setattr(limiter, "enabled", True)
        monkeypatch.setattr(limiter, "_storage", storage)
        monkeypatch.setattr(limiter, "_limiter", MovingWindowRateLimiter(storage))
        yield


@pytest.mark.usefixtures("no_storage")
def test_without_the_storage_of_limits_nobody_is_waved_through(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    visitor, signed_in = app.test_client(), sign_in(expert)
    for url, form in (
        ("/login/", {"username": expert.mobile, "password": PASSWORD}),
        ("/login/code", {"mobile": expert.mobile, "code": "123456"}),
        ("/register/", {"mobile": expert.mobile}),
        ("/password/forgot", {"mobile": expert.mobile}),
        *((check, {"number": "YNS20201015001"}) for check in ("/check/", "/check/file")),
    ):
        answer = visitor.submit(url, form)  # type: ignore[attr-defined]
        assert answer.status_code == 503, url
        assert "系统暂时不能核对访问次数" in answer.text
        assert "暂时不能办理" in answer.text
    for url in SMS:
        answer = visitor.submit(url, {"mobile": expert.mobile}, headers={"Accept": "application/json"})  # type: ignore[attr-defined]
        assert answer.status_code == 503
        assert "系统暂时不能核对访问次数" in answer.get_json()["message"]
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 0
    assert visitor.get("/login/").status_code == 200
    assert signed_in.get("/my/").status_code == 200
    assert signed_in.submit("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW}).status_code == 503
    assert db.session.scalars(select(Expert.name)).one() == expert.name


@pytest.mark.usefixtures("no_storage")
def test_the_limit_by_person_itself_is_not_waved_through(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The storage that goes away between the two limits of a login."""
    name = people.staff().username
    answers = MovingWindowRateLimiter(MemoryStorage())
    down = limiter._limiter
    monkeypatch.setattr(limiter, "_check_request_limit", lambda *args, **kwargs: None)
    monkeypatch.setattr(limiter, "_limiter", answers)
    browser = fresh(app)
    monkeypatch.setattr(limiter, "_limiter", down)
    answer = log_in(browser, name)
    assert answer.status_code == 503
    assert not inside(browser)
    assert "Traceback" not in caplog.text
    assert name not in caplog.text


def test_settings_wave_nobody_through(app: Flask) -> None:
    assert app.config["RATELIMIT_SWALLOW_ERRORS"] is False
    assert limiter._swallow_errors is False
    assert limiter._in_memory_fallback_enabled is False
    assert limiter._strategy == "moving-window"
