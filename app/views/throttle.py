"""Limits on guessing: by person, whoever asks from wherever; by device and by address for what costs an SMS."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, current_app, request
from flask_login import current_user
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, Signer
from limits import parse

from app.domain.errors import DomainError, TooMany
from app.extensions import client_network, limiter
from app.views.outcome import refuse

FIVE = parse("5 per 15 minutes")
WAIT = "尝试次数过多，请15分钟后再试。"
A_DAY = parse("30 per day")
"""One-time passwords of a person besides: five in a quarter of an hour, tried for a year, find one of a million.

Whoever comes to them has the password, so that no stranger locks anybody out; another password begins a new count.
"""
WAIT_A_DAY = (
    "动态口令今天的尝试次数已用完，请24小时后再试。如果不是您本人所为，密码已被他人知道，请联系系统管理员重置密码。"
)
PASSWORD, CODE, RECOVERY, SECOND = "password", "code", "recovery", "second"
"""What is guessed at. Each is counted by itself: who is kept from the password still gets in by SMS."""

DEVICE_COOKIE = "device"
_KEPT_SECONDS = 365 * 24 * 3600
_PAGES = ("/login/", "/login/code", "/register/", "/password/forgot")
"""Where a device gets its cookie: before the button that has an SMS sent."""


def _spend(what: str, person: str) -> None:
    """Takes one of the five tries of ``person``. Raises ``TooMany`` where none is left; ends by itself.

    Taken before the answer is known, so that guesses sent at once are counted each.
    """
    if not limiter.enabled:
        return
    if not limiter.limiter.hit(FIVE, what, person):
        raise TooMany(WAIT)
    if what == SECOND and not limiter.limiter.hit(A_DAY, what, person):
        raise TooMany(WAIT_A_DAY)


@contextmanager
def one_try(what: str, person: str, form: FlaskForm, *, guessed: str | None = None) -> Iterator[None]:
    """Takes one of the five tries of ``person`` for what the body does; its refusal goes onto ``form`` and no further.

    A right guess forgets the earlier slips of this quarter of an hour. Where ``guessed`` names the field that is
    guessed at, a refusal about anything else says that the guess was right. Raises ``TooMany`` before the body, past
    the form: that is a page of its own.
    """
    _spend(what, person)
    try:
        yield
    except DomainError as refusal:
        refuse(form, refusal)
        if guessed is None or refusal.field == guessed:
            return
    if limiter.enabled:
        limiter.limiter.clear(FIVE, what, person)


def device_key() -> str:
    """For a limit: the device by its cookie; those without one count by address, all together."""
    device = _device()
    return f"device:{device}" if device else f"no-device:{client_network()}"


# What costs an SMS is counted together, whatever it is for; registrations by themselves.
sms_by_address = limiter.shared_limit("20 per hour", scope="sms by address")
sms_by_device = limiter.shared_limit("10 per hour", scope="sms by device", key_func=device_key)
registrations_by_address = limiter.limit("20 per hour", methods=["POST"])
registrations_by_device = limiter.limit("10 per hour", key_func=device_key, methods=["POST"])


def account_key() -> str:
    """For a limit: the account, from whatever device."""
    return f"account:{current_user.get_id()}"


look_ups_by_account = limiter.shared_limit(
    "60 per hour",
    scope="look-ups by number",
    key_func=account_key,
    methods=["POST"],
    error_message="按号码查找每小时最多60次，请过一会儿再试。",
)
"""Whoever tries numbers to learn whose they are comes no further than this."""


def _signer() -> Signer:
    return Signer(str(current_app.secret_key), salt="device", key_derivation="hmac", digest_method=hashlib.sha256)


def _device() -> str:
    """What the device's cookie says, if it was made here; else nothing."""
    try:
        return _signer().unsign(request.cookies.get(DEVICE_COOKIE, "")).decode("ascii")
    except (BadSignature, UnicodeError):
        return ""


def init_app(app: Flask) -> None:
    """Binds to ``app`` what gives each device its cookie."""

    @app.after_request
    def mark(response: Response) -> Response:
        if request.method == "GET" and request.path in _PAGES and not _device():
            response.set_cookie(
                DEVICE_COOKIE,
                _signer().sign(secrets.token_urlsafe(24)).decode("ascii"),
                max_age=_KEPT_SECONDS,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Lax",
            )
        return response
