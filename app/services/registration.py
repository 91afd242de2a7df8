"""专家注册 (R22)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import or_, select

from app.domain.identity import IdNumber, parse_id_number, parse_mobile
from app.domain.person_name import clean_name
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Expert
from app.models.types import now
from app.policies.roles import EXPERT
from app.services import codes, consents, notices, passwords
from app.services.audit import audit_login
from app.services.unit_of_work import transactional


@dataclass(frozen=True)
class Registration:
    """What the form holds, as typed."""

    name: str
    id_number: str
    mobile: str
    code: str
    password: str


def register(form: Registration) -> None:
    """Opens an account with an empty profile. One account for an ID number and for a mobile (R22).

    Raises ``Invalid`` naming the field. Whether the ID number or the mobile has an account is told to nobody but
    its owner, by SMS: whoever asks hears the same.
    """
    name = clean_name(form.name)
    identity = parse_id_number(form.id_number, today_in_shanghai())
    mobile = parse_mobile(form.mobile)
    password_hash = passwords.hashed(form.password, identity.value, mobile, name, staff=False)
    code_id = codes.check(mobile, codes.REGISTER, form.code)
    open_account(name, identity, mobile, code_id, password_hash)


@transactional
def open_account(name: str, identity: IdNumber, mobile: str, code_id: int, password_hash: str) -> Account | None:
    """The second half of ``register``, after every check of what was typed: takes the code, writes the rows.

    Gives ``None``, and tells the owner, where there is an account already.
    """
    codes.use(code_id)
    taken = db.session.scalars(
        select(Expert).where(or_(Expert.id_number == identity.value, Expert.mobile == mobile)).limit(1)
    ).one_or_none()
    if taken is not None:
        if taken.closed_at is None:
            notices.already_registered(taken.mobile, taken.name)
        return None
    expert = new_expert(name, identity, mobile, expert_role(), password_hash)
    db.session.add(expert)
    db.session.flush()
    consents.record(expert.user_id)
    audit_login(expert.user, "注册")
    return expert.user


def expert_role() -> Role:
    """What every expert's account has."""
    return db.session.scalars(select(Role).where(Role.name == EXPERT)).one()


def new_expert(name: str, identity: IdNumber, mobile: str, role: Role, password_hash: str | None = None) -> Expert:
    """Somebody who has an empty profile and a login, not added yet.

    Without a password one enters by a code sent to the mobile, and sets one by 找回密码.
    """
    user = Account(
        first_name=name,
        last_name="",
        username=f"expert-{secrets.token_hex(8)}",
        password=password_hash,
        password_changed_at=now() if password_hash else None,
        active=True,
        must_change_password=False,
        session_epoch=0,
        roles=[role],
    )
    return Expert(
        user=user,
        name=name,
        id_number=identity.value,
        birth_date=identity.birth_date,
        sex=identity.sex,
        mobile=mobile,
    )
