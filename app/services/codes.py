"""Codes by SMS: 6 digits, 10 minutes, 5 tries, one use; so many for a number and no more."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select, update

from app.domain.errors import Invalid, TooMany
from app.domain.identity import parse_mobile
from app.extensions import db
from app.models import VerificationCode
from app.models.types import now
from app.services import notices
from app.services.unit_of_work import one_at_a_time, transactional

REGISTER, LOGIN, CHANGE_MOBILE, RECOVER = "专家注册", "登录验证", "更换手机号", "找回密码"

LIFETIME = timedelta(minutes=10)
TRIES = 5
WRONG = "短信验证码不正确，请核对后重新输入。"
LIMITS = (
    (timedelta(minutes=1), 1, "验证码发送太频繁，请1分钟后再试。"),
    (timedelta(hours=1), 5, "该手机号1小时内获取验证码已达5次，请稍后再试。"),
    (timedelta(days=1), 10, "该手机号24小时内获取验证码已达10次，请明天再试。"),
)


@transactional
def send(mobile: str, purpose: str, *, deliver: bool = True) -> None:
    """Makes a code for ``mobile`` and queues its message, in one transaction.

    ``deliver`` false counts the request and sends nothing, so that whoever asks learns nothing
    from the difference. Raises ``Invalid`` (R24) or ``TooMany``.
    """
    mobile = parse_mobile(mobile)
    one_at_a_time(f"code to {mobile}")
    moment = now()
    for span, most, message in LIMITS:
        sent = db.session.scalar(
            select(func.count())
            .select_from(VerificationCode)
            .where(VerificationCode.mobile == mobile, VerificationCode.created_at > moment - span)
        )
        if (sent or 0) >= most:
            raise TooMany(message)
    code = f"{secrets.randbelow(10**6):06d}"
    db.session.add(
        VerificationCode(
            mobile=mobile,
            purpose=purpose,
            code_hash=_hash(mobile, purpose, code),
            created_at=moment,
            expires_at=moment + LIFETIME,
        )
    )
    if deliver:
        notices.verification_code(mobile, purpose, code)


@transactional
def _spend_try(mobile: str, purpose: str) -> tuple[int, int, str] | None:
    """The newest living code for a mobile, one try spent: its id, its tries, its hash.

    Committed here, so that a try counts even where the rest is rolled back; raised by the database,
    so that guesses sent at once are counted each.
    """
    newest = db.session.scalar(
        select(VerificationCode.id)
        .where(
            VerificationCode.mobile == mobile,
            VerificationCode.purpose == purpose,
            VerificationCode.used_at.is_(None),
            VerificationCode.expires_at > now(),
        )
        .order_by(VerificationCode.id.desc())
        .limit(1)
    )
    if newest is None:
        return None
    spent = update(VerificationCode).where(VerificationCode.id == newest).values(tries=VerificationCode.tries + 1)
    row = db.session.execute(
        spent.returning(VerificationCode.tries, VerificationCode.code_hash),
        execution_options={"synchronize_session": False},
    ).one()
    return newest, row.tries, row.code_hash


def check(mobile: str, purpose: str, code: str) -> int:
    """Spends a try; gives the id of the code for ``use``. Raises ``Invalid`` with its own message for each fault."""
    code = code.strip()
    if not code:
        raise Invalid("请输入短信验证码。", field="code")
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        raise Invalid("短信验证码是6位数字。", field="code")
    spent = _spend_try(mobile, purpose)
    if spent is None:
        raise Invalid("短信验证码已失效，请重新获取。", field="code")
    code_id, tries, code_hash = spent
    if tries > TRIES:
        raise Invalid("短信验证码输错次数过多，已作废，请重新获取。", field="code")
    if not hmac.compare_digest(code_hash, _hash(mobile, purpose, code)):
        raise Invalid(WRONG, field="code")
    return code_id


def use(code_id: int) -> None:
    """Takes the code away, and older ones of its mobile and purpose with it, in the caller's transaction.

    Raises ``Invalid`` where another hand was quicker.
    """
    result = db.session.execute(
        update(VerificationCode)
        .where(VerificationCode.id == code_id, VerificationCode.used_at.is_(None))
        .values(used_at=now())
    )
    if result.rowcount != 1:
        raise Invalid("短信验证码已使用，请重新获取。", field="code")
    spent = db.session.get_one(VerificationCode, code_id)
    db.session.execute(
        update(VerificationCode)
        .where(
            VerificationCode.mobile == spent.mobile,
            VerificationCode.purpose == spent.purpose,
            VerificationCode.id < code_id,
            VerificationCode.used_at.is_(None),
        )
        .values(used_at=now())
    )


def _hash(mobile: str, purpose: str, code: str) -> str:
    key = current_app.secret_key
    assert isinstance(key, str)
    return hmac.new(key.encode(), f"{mobile}|{purpose}|{code}".encode(), hashlib.sha256).hexdigest()
