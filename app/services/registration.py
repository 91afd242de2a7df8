"""专家注册 (R22)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import or_, select

from app.domain.errors import Conflict, Invalid
from app.domain.identity import IdNumber, parse_id_number, parse_mobile
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Expert
from app.models.types import now
from app.policies.roles import EXPERT
from app.services import codes, passwords
from app.services.unit_of_work import transactional

NAME_LENGTH = 40


@dataclass(frozen=True)
class Registration:
    """What the form holds, as typed."""

    name: str
    id_number: str
    mobile: str
    code: str
    password: str


def clean_name(text: str) -> str:
    """A person's name: any letters, with the middle dot of other nations' names.

    Raises ``Invalid`` for a blank, too long or unprintable one.
    """
    name = " ".join(text.split()).replace("•", "·").replace("‧", "·").replace("・", "·")
    if not name:
        raise Invalid("请填写姓名。", field="name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"姓名不能超过{NAME_LENGTH}个字。", field="name")
    if not all(character.isalpha() or character in " ·.-'" for character in name) or not name[0].isalpha():
        raise Invalid("姓名只能包含文字和间隔号“·”，请检查是否有数字或符号。", field="name")
    return name


def register(form: Registration) -> Account:
    """Opens an account with an empty profile. One account for an ID number and for a mobile (R22).

    Raises ``Invalid`` naming the field, or ``Conflict`` where the ID number or the mobile has an account.
    """
    name = clean_name(form.name)
    identity = parse_id_number(form.id_number, today_in_shanghai())
    mobile = parse_mobile(form.mobile)
    password_hash = passwords.hashed(form.password, identity.value, mobile, name, staff=False)
    code_id = codes.check(mobile, codes.REGISTER, form.code)
    return open_account(name, identity, mobile, code_id, password_hash)


@transactional
def open_account(name: str, identity: IdNumber, mobile: str, code_id: int, password_hash: str) -> Account:
    """The second half of ``register``, after every check of what was typed: takes the code, writes the rows."""
    taken = db.session.scalars(
        select(Expert).where(or_(Expert.id_number == identity.value, Expert.mobile == mobile)).limit(1)
    ).one_or_none()
    if taken is not None:
        field, what = ("id_number", "身份证号") if taken.id_number == identity.value else ("mobile", "手机号")
        raise Conflict(f"该{what}已注册，请直接登录；如非本人注册，请联系技术支持。", field=field)
    codes.use(code_id)
    user = Account(
        first_name=name,
        last_name="",
        username=f"expert-{secrets.token_hex(8)}",
        password=password_hash,
        password_changed_at=now(),
        active=True,
        must_change_password=False,
        session_epoch=0,
        roles=[db.session.scalars(select(Role).where(Role.name == EXPERT)).one()],
    )
    db.session.add(
        Expert(
            user=user,
            name=name,
            id_number=identity.value,
            birth_date=identity.birth_date,
            sex=identity.sex,
            mobile=mobile,
        )
    )
    db.session.flush()
    return user
