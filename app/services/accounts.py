"""Logging in, passwords, and the accounts of staff (R21, R25)."""

from __future__ import annotations

import secrets
from contextlib import suppress

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload
from werkzeug.security import check_password_hash, generate_password_hash

from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.identity import parse_id_number, parse_mobile, password_problem
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Expert
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import FILE, RESET_PASSWORD, REVIEW
from app.policies.scope import visible_experts
from app.services import codes, notices, refusals, rows, texts
from app.services.audit import audit, audit_login
from app.services.unit_of_work import transactional

WRONG = "账号或密码不正确，请重新输入。"
_NOBODY = generate_password_hash(secrets.token_hex(16))
"""Checked where there is no such account, so that the answer takes as long."""


def find_login(text: str) -> Account | None:
    """The account that a person names: by ID number, mobile, or a staff user name (R21)."""
    typed = text.strip()
    keys = [typed.upper()]
    with suppress(Invalid):
        keys.append(parse_mobile(typed))
    return db.session.scalars(
        select(Account)
        .outerjoin(Expert, Expert.user_id == Account.id)
        .where(or_(Account.username == typed, Expert.id_number.in_(keys), Expert.mobile.in_(keys)))
        .limit(1)
    ).one_or_none()


def authenticate(name: str, password: str) -> Account:
    """The account, if the password is right. Raises ``Invalid`` with one message for every other case."""
    user = find_login(name)
    known = user.password if user is not None and user.is_active and user.password else _NOBODY
    if not check_password_hash(known, password) or user is None or not user.is_active:
        refusals.login_failed(refusals.WRONG_PASSWORD, name, user)
        raise Invalid(WRONG, field="password")
    return user


def send_login_code(mobile: str) -> None:
    """A code for who cannot drag the puzzle. Says the same whether or not the mobile has an account."""
    registered = db.session.scalar(select(Expert.id).where(Expert.mobile == parse_mobile(mobile))) is not None
    codes.send(mobile, codes.LOGIN, deliver=registered)


def authenticate_by_code(mobile: str, code: str) -> Account:
    """The expert's account by a code sent to its mobile, in place of the puzzle and the password."""
    number = parse_mobile(mobile)
    try:
        code_id = codes.check(number, codes.LOGIN, code)
    except Invalid:
        refusals.login_failed(refusals.WRONG_CODE, mobile, find_login(mobile))
        raise

    @transactional
    def use() -> Account:
        codes.use(code_id)
        user = db.session.scalars(select(Account).join(Expert).where(Expert.mobile == number)).one_or_none()
        if user is None or not user.is_active:
            raise Invalid("短信验证码不正确，请核对后重新输入。", field="code")
        return user

    return use()


@transactional
def note_login(user_id: int) -> None:
    """When the account was last used."""
    user = db.session.get_one(Account, user_id)
    user.last_login, user.login_count = now().replace(tzinfo=None), (user.login_count or 0) + 1
    audit_login(user, "登录")


@transactional
def change_password(user_id: int, old: str, new: str) -> Account:
    """The person's own change. Ends every other session."""
    user = db.session.get_one(Account, user_id)
    if not user.password or not check_password_hash(user.password, old):
        raise Invalid("原密码不正确。", field="old")
    if old == new:
        raise Invalid("新密码不能与原密码相同。", field="new")
    _set_password(user, new, must_change=False)
    audit_login(user, "修改密码")
    return user


@transactional
def reset_password(expert_id: int, actor: Actor, new: str) -> None:
    """Staff reset an expert's password in their scope (R25): sessions end, a change is due at the next login."""
    if not actor.may(RESET_PASSWORD):
        raise NotAllowed("您没有重置密码的权限。")
    expert = rows.one(Expert, expert_id, visible_experts(actor), joinedload(Expert.user))
    if expert.user.department_id is not None:
        raise NotAllowed("该账号是工作人员账号，请联系系统管理员重置密码。")
    _set_password(expert.user, new, must_change=True)
    notices.password_reset(expert.mobile, expert.name)
    audit(actor, "重置专家密码", f"专家#{expert.id}")


def _set_password(user: Account, new: str, *, must_change: bool) -> None:
    expert = db.session.scalars(select(Expert).where(Expert.user_id == user.id)).one_or_none()
    about = [user.username, user.name, *([expert.id_number, expert.mobile] if expert else [])]
    problem = password_problem(new, about=about)
    if problem:
        raise Invalid(problem, field="new")
    user.password = generate_password_hash(new)
    user.must_change_password = must_change
    user.session_epoch += 1


@transactional
def change_mobile(actor: Actor, mobile: str, code_id: int) -> None:
    """The expert's new number, proved by a code that ``codes.check`` has accepted."""
    number = parse_mobile(mobile)
    expert = rows.one(Expert, actor.expert_id, Expert.user_id == actor.user_id)
    if db.session.scalar(select(Expert.id).where(Expert.mobile == number, Expert.id != expert.id)) is not None:
        raise Conflict("该手机号已被其他账号使用。", field="mobile")
    codes.use(code_id)
    before = texts.recorded(expert)
    expert.mobile = number
    changed = texts.changes(before, texts.recorded(expert))
    audit(actor, "更换手机号", f"专家#{expert.id}", {"changes": changed})


def check_staff(user: Account, password: str | None) -> None:
    """What an administrator typed for a staff account; the caller's transaction writes it.

    Raises ``Invalid``: a department is needed; who reviews or files needs an ID number, by which
    the system knows that somebody would decide on themselves (R6).
    """
    if user.department_id is None and user.department is None:
        raise Invalid("请选择所属部门。", field="department")
    if user.id_number:
        user.id_number = parse_id_number(user.id_number, today_in_shanghai()).value
    if user.mobile:
        user.mobile = parse_mobile(user.mobile)
    decides = any(
        (pair.permission.name, pair.view_menu.name) in (REVIEW, FILE)
        for role in user.roles
        for pair in role.permissions
    )
    if decides and not user.id_number:
        raise Invalid("有审核或备案权限的人员须登记身份证号，系统据此防止本人办理本人的申报。", field="id_number")
    if password:
        _set_password(user, password, must_change=True)
    elif not user.password:
        raise Invalid("请设置初始密码。", field="new_password")
