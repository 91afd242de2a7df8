"""动态口令: the second step of a staff login, by a phone's one-time passwords (RFC 6238), or by recovery codes."""

from __future__ import annotations

import hashlib
import re
import secrets

import pyotp
from flask import current_app
from sqlalchemy import delete, func, or_, select, update

from app.domain.errors import Conflict, Invalid, NotAllowed
from app.extensions import db
from app.models import Account, RecoveryCode
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import KEEP_ACCOUNTS, SECOND_STEP, Permission
from app.services import passwords, rows, sessions
from app.services.audit import audit
from app.services.unit_of_work import transactional

STEP_SECONDS = 30
TOLERANCE = (0, -1, 1)
"""Steps by which the phone's clock may differ."""
RECOVERY_CODES = 8
_WRONG = "动态口令不正确或已经用过，请等手机显示下一个口令再试。"


def is_due(permissions: frozenset[Permission], user: Account | sessions.Caller) -> bool:
    """Whether the account must bind a phone before anything else (TOTP_REQUIRED)."""
    if not current_app.config["TOTP_REQUIRED"] or user.has_totp or not user.is_staff:
        return False
    return not permissions.isdisjoint(SECOND_STEP)


def waiting(user_id: int, epoch: int) -> Account | None:
    """The account that has passed the first step, unless it was stopped or its password changed meanwhile."""
    user = db.session.get(Account, user_id)
    living = user is not None and user.is_active and user.session_epoch == epoch and user.totp_secret is not None
    return user if living else None


@transactional
def start(user_id: int, password: str) -> None:
    """Makes a secret to be shown to the phone; the one that is bound serves until the new one is confirmed.

    Raises ``NotAllowed`` for experts, ``Invalid`` where a bound phone is to be replaced without the password.
    """
    user = _staff(user_id)
    if user.totp_secret is not None:
        _ask_password(user, password)
    user.totp_pending = pyotp.random_base32()


def picture_address(user: Account) -> str:
    """What the phone reads from the picture: an ``otpauth:`` address."""
    assert user.totp_pending is not None
    issuer = str(current_app.config["APP_NAME"])
    return pyotp.TOTP(user.totp_pending).provisioning_uri(name=user.username, issuer_name=issuer)


@transactional
def confirm(actor: Actor, code: str) -> list[str]:
    """Binds the phone that shows ``code``. Gives fresh recovery codes, to be shown this once. Raises ``Invalid``."""
    user = _staff(actor.user_id)
    if user.totp_pending is None:
        raise Conflict("绑定已经完成或已取消，请重新开始。")
    step = _step(user.totp_pending, _plain(code))
    if step is None:
        raise Invalid("动态口令不正确，请核对手机时间后输入新的口令。", field="code")
    user.totp_secret, user.totp_pending, user.totp_step = user.totp_pending, None, step
    audit(actor, "绑定动态口令", f"账号“{user.username}”")
    return _new_codes(user)


@transactional
def renew_codes(actor: Actor, password: str) -> list[str]:
    """Fresh recovery codes; those before are void. Raises ``Invalid`` for a wrong password."""
    user = _staff(actor.user_id)
    _ask_password(user, password)
    if user.totp_secret is None:
        raise Conflict("尚未绑定动态口令。")
    audit(actor, "更换恢复码", f"账号“{user.username}”")
    return _new_codes(user)


@transactional
def drop(actor: Actor, password: str) -> None:
    """Lets the phone go. Raises ``Invalid`` for a wrong password."""
    user = _staff(actor.user_id)
    _ask_password(user, password)
    _unbind(user)
    audit(actor, "解除动态口令", f"账号“{user.username}”")


@transactional
def reset(account_id: int, actor: Actor) -> None:
    """An administrator lets a colleague's lost phone go; the colleague's sessions end."""
    if not actor.may(KEEP_ACCOUNTS):
        raise NotAllowed("您没有维护账号的权限。")
    if account_id == actor.user_id:
        raise NotAllowed("自己的动态口令请在“我的账号”中更换或解除。")
    user = rows.one(Account, account_id, Account.department_id.is_not(None))
    if user.totp_secret is None:
        raise Conflict("该账号没有绑定动态口令。")
    _unbind(user)
    sessions.end_all(user)
    audit(actor, "重置动态口令", f"账号“{user.username}”")


@transactional
def verify(user_id: int, code: str) -> None:
    """The second step: a one-time password or a recovery code, each of which serves once. Raises ``Invalid``."""
    user = db.session.get_one(Account, user_id)
    typed = _plain(code)
    step = _step(user.totp_secret or "", typed)
    # By the database, so that of two who send the same code at once one gets in.
    if step is not None:
        newer = or_(Account.totp_step.is_(None), Account.totp_step < step)
        spent = update(Account).where(Account.id == user_id, newer).values(totp_step=step)
    else:
        own = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        spent = update(RecoveryCode).where(*own, RecoveryCode.code_hash == _hash(typed)).values(used_at=now())
    if db.session.execute(spent).rowcount != 1:
        raise Invalid(_WRONG, field="code")


def codes_left(user_id: int) -> int:
    """How many recovery codes are not used yet."""
    own = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(RecoveryCode).where(*own)) or 0


def _staff(user_id: int) -> Account:
    user = db.session.get_one(Account, user_id)
    if not user.is_staff:
        raise NotAllowed("动态口令用于工作人员账号。")
    return user


def _ask_password(user: Account, password: str) -> None:
    if not passwords.matches(user, password):
        raise Invalid("密码不正确。", field="password")


def _unbind(user: Account) -> None:
    user.totp_secret = user.totp_pending = user.totp_step = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def _step(secret: str, typed: str) -> int | None:
    """The time step whose code was typed, of the present one and its neighbours."""
    if not secret or not re.fullmatch(r"[0-9]{6}", typed):
        return None
    present, phone = int(now().timestamp()) // STEP_SECONDS, pyotp.TOTP(secret)
    steps = (present + difference for difference in TOLERANCE)
    return next((step for step in steps if secrets.compare_digest(phone.generate_otp(step), typed)), None)


def _new_codes(user: Account) -> list[str]:
    made = [passwords.readable(groups=3) for _ in range(RECOVERY_CODES)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=_hash(_plain(code))) for code in made)
    return made


def _plain(code: str) -> str:
    """As it was meant: without the blanks and strokes that make it readable."""
    return re.sub(r"[\s-]", "", code).lower()


def _hash(plain: str) -> str:
    # 59 random bits: nobody guesses them, hashed slowly or not.
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
