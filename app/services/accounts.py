"""Logging in, passwords, and the accounts of staff (R21, R25)."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import inspect, select, union_all
from sqlalchemy.orm import joinedload

from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.identity import mask_mobile, parse_id_number, parse_mobile
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Expert
from app.models.encrypted import key_ring
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import FILE, RESET_PASSWORD, REVIEW
from app.policies.scope import visible_experts
from app.services import codes, notices, passwords, profile_history, refusals, rows, sessions
from app.services.audit import audit, audit_login
from app.services.unit_of_work import transactional

WRONG = "账号或密码不正确，请重新输入。"


def find_login(text: str) -> Account | None:
    """The account that a person names: by ID number, mobile, or a staff user name (R21)."""
    typed = text.strip()
    keys = [typed.upper()]
    with suppress(Invalid):
        keys.append(parse_mobile(typed))
    # Each way by its own index: an OR over both tables makes a database read them whole.
    named = union_all(
        select(Account.id).where(Account.username == typed),
        select(Expert.user_id).where(Expert.id_number.in_(keys)),
        select(Expert.user_id).where(Expert.mobile.in_(keys)),
    )
    found = db.session.scalar(named.limit(1))
    return None if found is None else db.session.get_one(Account, found)


def person_named(text: str) -> str:
    """Who is meant, however they name themselves; where nobody is, the name typed. Tells neither to a reader."""
    user = find_login(text)
    if user is not None:
        return f"#{user.id}"
    typed = text.strip().upper()
    with suppress(Invalid):
        typed = parse_mobile(typed)
    # Under a key: a plain hash of an ID number or a mobile is found by trying them all.
    return key_ring().index(typed, "person").hex()


def authenticate(name: str, password: str) -> Account:
    """The account, if the password is right. Raises ``Invalid`` with one message for every other case."""
    user = find_login(name)
    if not passwords.matches(user, password) or user is None:
        refusals.login_failed(refusals.WRONG_PASSWORD, name, user)
        raise Invalid(WRONG, field="password")
    if passwords.is_hashed_weakly(user):
        passwords.hash_again(user.id, str(user.password), password)
    return user


def send_login_code(mobile: str) -> None:
    """A code for who cannot drag the puzzle. Says the same whether or not the mobile has an account."""
    registered = db.session.scalar(select(Expert.id).where(Expert.mobile == parse_mobile(mobile))) is not None
    codes.send(mobile, codes.LOGIN, deliver=registered)


def authenticate_by_code(mobile: str, code: str) -> Account:
    """The expert's account by a code sent to its mobile, in place of the puzzle and the password.

    Raises ``Invalid``, also for staff who have bound no phone.
    """
    number = parse_mobile(mobile)
    code_id = _right_code(number, codes.LOGIN, code)

    @transactional
    def use() -> Account:
        codes.use(code_id)
        user = db.session.scalars(select(Account).join(Expert).where(Expert.mobile == number)).one_or_none()
        # Staff who are experts too: an SMS is no proof for who decides, unless the phone's code comes on top.
        if user is None or not user.is_active or (user.is_staff and user.totp_secret is None):
            raise Invalid(codes.WRONG, field="code")
        return user

    return use()


def _right_code(mobile: str, purpose: str, code: str) -> int:
    """What ``codes.check`` gives; a wrong one stands in 操作日志."""
    try:
        return codes.check(mobile, purpose, code)
    except Invalid:
        refusals.login_failed(refusals.WRONG_CODE, mobile, find_login(mobile))
        raise


@transactional
def note_login(user_id: int) -> None:
    """When the account was last used; a password that has grown old is to be changed now."""
    user = db.session.get_one(Account, user_id)
    # A secret that was shown and never confirmed would let who steals a later session bind a phone of their own.
    user.totp_pending = None
    user.last_login, user.login_count = now().replace(tzinfo=None), (user.login_count or 0) + 1
    # From before the age of passwords was known: it is counted from now on.
    user.password_changed_at = user.password_changed_at or now()
    if passwords.is_old(user):
        user.must_change_password = True
    audit_login(user, "登录")


@transactional
def change_password(user_id: int, old: str, new: str) -> Account:
    """The person's own change. Ends every other session."""
    user = db.session.get_one(Account, user_id)
    if not passwords.matches(user, old):
        raise Invalid("原密码不正确。", field="old")
    if old == new:
        raise Invalid("新密码不能与原密码相同。", field="new")
    passwords.set_password(user, new, must_change=False)
    audit_login(user, "修改密码")
    return user


def confirm_password(user_id: int, password: str) -> None:
    """Asks once more for the password, before what an intruder at an open page would like to do. Raises ``Invalid``."""
    if not passwords.matches(db.session.get_one(Account, user_id), password):
        raise Invalid("密码不正确。", field="password")


def send_recovery_code(mobile: str) -> None:
    """A code for who has forgotten the password. Says the same whether or not the mobile is an expert's."""
    number = parse_mobile(mobile)
    codes.send(number, codes.RECOVER, deliver=_recoverable(number) is not None)


def recover_password(mobile: str, code: str, new: str) -> None:
    """找回密码: the expert's own new password, by a code sent to the mobile; every session ends.

    Raises ``Invalid``: for a mobile that is nobody's, what it raises for a wrong code.
    """
    number = parse_mobile(mobile)
    # Of what is nobody's secret before the code is spent; the rest when the code has shown whose account it is.
    passwords.check(new, number, staff=False, field="new")
    code_id = _right_code(number, codes.RECOVER, code)

    @transactional
    def change() -> None:
        expert = _recoverable(number)
        if expert is None:
            raise Invalid(codes.WRONG, field="code")
        codes.use(code_id)
        passwords.set_password(expert.user, new, must_change=False)
        notices.password_recovered(expert.mobile, expert.name)
        audit_login(expert.user, "找回密码")

    change()


def _recoverable(mobile: str) -> Expert | None:
    """The expert who may set a password anew by SMS alone: one who is no staff, and not stopped."""
    expert = db.session.scalars(
        select(Expert).where(Expert.mobile == mobile).options(joinedload(Expert.user))
    ).one_or_none()
    return expert if expert is not None and expert.user.is_active and not expert.user.is_staff else None


@transactional
def reset_password(expert_id: int, actor: Actor, new: str) -> None:
    """Staff reset an expert's password in their scope (R25): sessions end, a change is due at the next login."""
    if not actor.may(RESET_PASSWORD):
        raise NotAllowed("您没有重置密码的权限。")
    expert = rows.one(Expert, expert_id, visible_experts(actor), joinedload(Expert.user))
    if expert.user.is_staff:
        raise NotAllowed("该账号是工作人员账号，请联系系统管理员重置密码。")
    passwords.set_password(expert.user, new, must_change=True)
    notices.password_reset(expert)
    audit(actor, "重置专家密码", f"专家#{expert.id}")
    profile_history.note(actor, expert, "重置密码", [])


@transactional
def change_mobile(actor: Actor, mobile: str, code_id: int) -> None:
    """The expert's new number, proved by a code that ``codes.check`` has accepted."""
    number = parse_mobile(mobile)
    expert = rows.one(Expert, actor.expert_id, Expert.user_id == actor.user_id)
    if db.session.scalar(select(Expert.id).where(Expert.mobile == number, Expert.id != expert.id)) is not None:
        raise Conflict("该手机号已被其他账号使用。", field="mobile")
    codes.use(code_id)
    # Written out: two numbers may look the same behind the mask.
    changed = [{"field": "手机", "before": mask_mobile(expert.mobile), "after": mask_mobile(number)}]
    expert.mobile = number
    audit(actor, "更换手机号", f"专家#{expert.id}", {"changes": changed})
    profile_history.note(actor, expert, "更换手机号", changed)


def check_staff(user: Account, password: str | None) -> None:
    """What an administrator typed for a staff account; the caller's transaction writes it.

    Other roles, another password and a stop end the account's sessions.
    Raises ``Invalid``: a department is needed; who reviews or files needs an ID number, by which
    the system knows that somebody would decide on themselves (R6).
    """
    if not user.is_staff:
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
        passwords.set_password(user, password, must_change=True)
    elif not user.password:
        raise Invalid("请设置初始密码。", field="new_password")
    elif any(inspect(user).attrs[name].history.has_changes() for name in ("roles", "active")):
        sessions.end_all(user)
