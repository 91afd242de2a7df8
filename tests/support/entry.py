"""Through the front door: the login form with its puzzle, and what a phone shows for the second step."""

from __future__ import annotations

import re
from typing import Any

import pyotp
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.adapters.captcha import FakeCaptcha
from app.extensions import db
from app.models import Account, SmsMessage
from app.models.types import now
from app.services import second_factor
from tests.support import people
from tests.support.browser import Browser
from tests.support.people import PASSWORD

ANSWER = FakeCaptcha().x


def puzzle(browser: Browser) -> dict[str, str]:
    """A puzzle of the page, solved."""
    page = browser.get("/login/").get_data(as_text=True)
    found = re.search(r'name="puzzle_token"[^>]*value="([^"]+)"', page)
    assert found
    return {"puzzle_token": found[1], "puzzle_x": str(ANSWER)}


def log_in(browser: Any, name: str, password: str = PASSWORD, query: str = "", **fields: str) -> TestResponse:
    """The login form, sent."""
    filled = {"username": name, "password": password, **puzzle(browser), **fields}
    sent: TestResponse = browser.submit(f"/login/{query}", filled)
    return sent


def inside(browser: Any) -> bool:
    """Whether the browser's session is somebody's."""
    return bool(browser.get("/account/").status_code == 200)


def last_code(mobile: str) -> str:
    """The code of the last message to ``mobile``."""
    sent = select(SmsMessage.text).where(SmsMessage.mobile == mobile).order_by(SmsMessage.id.desc())
    found = re.search(r"验证码(\d{6})", db.session.scalars(sent).first() or "")
    assert found
    return found[1]


def shown_by_phone(account: Account, ahead: int = 0) -> str:
    """What the bound phone shows, so many steps ahead."""
    step = int(now().timestamp()) // second_factor.STEP_SECONDS + ahead
    return pyotp.TOTP(account.totp_secret or account.totp_pending or "").generate_otp(step)


def bind_phone(account: Account) -> list[str]:
    """Binds a phone as its owner would, with the code of a step ago; gives the recovery codes."""
    second_factor.start(account.id, "")
    return second_factor.confirm(people.actor(account), shown_by_phone(account, -1))
