"""Passwords: what they must be, how they are kept, when they are old."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from app.domain.errors import Invalid
from app.domain.identity import PasswordRule, password_problem
from app.extensions import db
from app.models import Account, Expert, UsedPassword
from app.models.types import now
from app.services import sessions
from app.services.unit_of_work import transactional

METHOD = "scrypt:32768:8:1"
"""How passwords are hashed today: what was hashed more cheaply is hashed again when it is next typed."""
REMEMBERED = 5
"""So many passwords of staff, the present one among them, are not taken again."""
STAFF_KINDS = 3

_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is taken for something else on paper or by telephone: i l o, 0 1."""
_NOBODY = generate_password_hash(secrets.token_hex(16), METHOD)
"""Checked where there is no such account, so that the answer takes as long."""


def rule_for(*, staff: bool) -> PasswordRule:
    """What is configured: length and variety for staff, length alone for experts."""
    if staff:
        return PasswordRule(current_app.config["PASSWORD_MIN_STAFF"], STAFF_KINDS)
    return PasswordRule(current_app.config["PASSWORD_MIN_EXPERT"])


def check(password: str, *about: str, staff: bool, field: str = "password") -> None:
    """Raises ``Invalid`` for a password that will not do, or that holds what it is ``about``."""
    problem = password_problem(password, about=about, rule=rule_for(staff=staff))
    if problem:
        raise Invalid(problem, field=field)


def hashed(password: str, *about: str, staff: bool) -> str:
    """What is stored of a password. Raises what ``check`` raises."""
    check(password, *about, staff=staff)
    return generate_password_hash(password, METHOD)


def matches(user: Account | None, password: str) -> bool:
    """Whether ``password`` opens the account. Takes as long where there is none, or none that is open."""
    known = user.password if user is not None and user.is_active and user.password else _NOBODY
    return check_password_hash(known, password) and user is not None and user.is_active


def set_password(user: Account, new: str, *, must_change: bool) -> None:
    """Gives the account a password and ends its sessions, in the caller's transaction. Raises ``Invalid``."""
    expert = db.session.scalars(select(Expert).where(Expert.user_id == user.id)).one_or_none()
    about = [user.username, user.name, *([expert.id_number, expert.mobile] if expert else [])]
    check(new, *about, staff=user.is_staff, field="new")
    if user.is_staff and user.id is not None and user.password:
        _refuse_used(user, new)
        db.session.add(UsedPassword(user_id=user.id, password_hash=user.password))
    user.password, user.password_changed_at = generate_password_hash(new, METHOD), now()
    user.must_change_password = must_change
    sessions.end_all(user)


def _refuse_used(user: Account, new: str) -> None:
    """Refuses one of the last five; forgets what came before."""
    own = UsedPassword.user_id == user.id
    before = list(db.session.scalars(select(UsedPassword).where(own).order_by(UsedPassword.id.desc())))
    kept = before[: REMEMBERED - 1]
    if any(check_password_hash(old, new) for old in [str(user.password), *(row.password_hash for row in kept)]):
        raise Invalid(f"不能使用最近{REMEMBERED}次用过的密码，请换一个。", field="new")
    db.session.execute(delete(UsedPassword).where(own, UsedPassword.id.not_in([row.id for row in kept])))


def is_old(user: Account) -> bool:
    """Whether staff must change the password for its age (PASSWORD_MAX_AGE_DAYS; 0: never)."""
    days = current_app.config["PASSWORD_MAX_AGE_DAYS"]
    if not days or not user.is_staff or user.password_changed_at is None:
        return False
    return user.password_changed_at <= now() - timedelta(days=days)


@transactional
def hash_again(user_id: int, weak: str, password: str) -> None:
    """Keeps a right password as passwords are kept today, unless it was changed meanwhile."""
    fresh = generate_password_hash(password, METHOD)
    db.session.execute(update(Account).where(Account.id == user_id, Account.password == weak).values(password=fresh))


def is_hashed_weakly(user: Account) -> bool:
    """Whether the account's password is kept more cheaply than today's are."""
    kind, cost = _cost(str(user.password).split("$", 1)[0])
    today, enough = _cost(METHOD)
    return kind != today or len(cost) < len(enough) or any(a < b for a, b in zip(cost, enough, strict=False))


def _cost(method: str) -> tuple[str, list[int]]:
    """``scrypt:32768:8:1`` as its name and its numbers."""
    name, *rest = method.split(":")
    return name, [int(part) for part in rest if part.isdigit()]


def readable(*, groups: int) -> str:
    """Random groups of four characters that look like no others, 19 bits each, for reading out."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(groups))


def generated() -> str:
    """A password for an expert, to be told by telephone: three groups, or more as PASSWORD_MIN_EXPERT asks."""
    rule = rule_for(staff=False)
    while True:
        word = readable(groups=max(3, (rule.minimum + 5) // 5))
        if any(character.isdigit() for character in word) and password_problem(word, about=(), rule=rule) is None:
            return word
