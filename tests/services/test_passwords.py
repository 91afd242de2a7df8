"""Passwords: how long, of how many kinds, not used before, not too old, hashed as today; told by telephone."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.security import check_password_hash, generate_password_hash

from app.domain.errors import Invalid
from app.domain.identity import PasswordRule, password_problem
from app.extensions import db
from app.models import Account, AuditEntry, LoginSession, SmsMessage, UsedPassword
from app.policies.roles import EXPERT, STAFF
from app.services import accounts, codes, passwords, sessions
from tests.support import people
from tests.support.clock import Clock
from tests.support.entry import last_code
from tests.support.people import PASSWORD

NEW = "another-fine-horse-7"


def refusal(user: Account, new: str, old: str = PASSWORD) -> str:
    with pytest.raises(Invalid) as refused:
        accounts.change_password(user.id, old, new)
    return refused.value.message


def test_staff_need_variety_and_experts_length(app: Flask) -> None:
    long = "correcthorsebatterystaple"
    assert "至少三种" in refusal(people.staff(), long)
    assert accounts.change_password(people.expert().user_id, PASSWORD, long)
    assert "至少三种" in refusal(people.expert(user=people.staff(STAFF, EXPERT)).user, long)


def test_how_long_is_configured(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PASSWORD_MIN_STAFF", 21)
    monkeypatch.setitem(app.config, "PASSWORD_MIN_EXPERT", 15)
    assert refusal(people.staff(), NEW) == "密码至少需要21个字符。"
    assert refusal(people.expert().user, "a-short-one-77") == "密码至少需要15个字符。"
    assert accounts.change_password(people.expert().user_id, PASSWORD, NEW)


def test_the_sample_password_serves_staff(app: Flask) -> None:
    assert accounts.change_password(people.staff().id, PASSWORD, "Yingji@2026")


def test_the_last_five_passwords_of_staff_are_not_taken_again(app: Flask) -> None:
    official = people.staff()
    used = [PASSWORD, *(f"Dian-Chi-{n}{n + 1}-lake" for n in range(1, 7))]
    for old, new in pairwise(used):
        accounts.change_password(official.id, old, new)
    for again in used[-5:-1]:
        assert "最近5次用过" in refusal(official, again, used[-1])
    with pytest.raises(Invalid, match="最近5次用过"):
        accounts.check_staff(official, used[-1])
    db.session.rollback()
    assert accounts.change_password(official.id, used[-1], used[-6])
    kept = db.session.scalar(select(func.count()).where(UsedPassword.user_id == official.id))
    assert kept == 5


def test_an_administrator_gives_no_password_that_was_used(app: Flask) -> None:
    official = people.staff()
    accounts.change_password(official.id, PASSWORD, NEW)
    with pytest.raises(Invalid, match="最近5次用过"):
        accounts.check_staff(official, PASSWORD)


def test_experts_passwords_are_not_remembered(app: Flask) -> None:
    expert = people.expert()
    accounts.change_password(expert.user_id, PASSWORD, NEW)
    assert accounts.change_password(expert.user_id, NEW, PASSWORD)
    assert db.session.scalar(select(func.count()).select_from(UsedPassword)) == 0


def test_an_old_password_of_staff_is_to_be_changed_at_the_login(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PASSWORD_MAX_AGE_DAYS", 90)
    official, expert = people.staff(), people.expert().user
    for user in (official, expert):
        accounts.change_password(user.id, PASSWORD, NEW)
    clock.forward(days=89)
    accounts.note_login(official.id)
    assert not official.must_change_password
    clock.forward(days=1)
    for user in (official, expert):
        accounts.note_login(user.id)
    assert official.must_change_password
    assert passwords.is_old(official)
    assert not expert.must_change_password
    accounts.change_password(official.id, NEW, "Dian-Chi-1638")
    accounts.note_login(official.id)
    assert not official.must_change_password


def test_an_account_from_before_ages_from_its_next_login(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PASSWORD_MAX_AGE_DAYS", 90)
    official = people.staff()
    assert official.password_changed_at is None
    accounts.note_login(official.id)
    clock.forward(days=90)
    accounts.note_login(official.id)
    assert official.must_change_password


def test_passwords_do_not_age_where_none_is_configured(app: Flask, clock: Clock) -> None:
    official = people.staff()
    accounts.note_login(official.id)
    clock.forward(days=9000)
    accounts.note_login(official.id)
    assert not official.must_change_password


@pytest.mark.parametrize(
    ("method", "weak"),
    [
        ("pbkdf2:sha256:1", True), ("pbkdf2:sha256:100000", True), ("scrypt:16384:8:1", True), ("scrypt:32768:4:1", True),
        ("scrypt:32768:8:1", False), ("scrypt:65536:8:1", False),
    ],
)  # fmt: skip
def test_a_weaker_hash_is_renewed_when_the_password_is_typed(
    app: Flask, monkeypatch: pytest.MonkeyPatch, method: str, weak: bool
) -> None:
    monkeypatch.setattr(passwords, "METHOD", "scrypt:32768:8:1")
    before = generate_password_hash(PASSWORD, method)
    official = people.staff(password=before)
    assert passwords.is_hashed_weakly(official) is weak
    with pytest.raises(Invalid):
        accounts.authenticate(official.username, "wrong")
    assert official.password == before
    accounts.authenticate(official.username, PASSWORD)
    assert (official.password != before) is weak
    assert str(official.password).startswith("scrypt:32768:8:1$" if weak else method)
    assert check_password_hash(str(official.password), PASSWORD)
    assert official.session_epoch == 0


def test_a_password_changed_meanwhile_is_not_hashed_again(app: Flask) -> None:
    official = people.staff()
    before = str(official.password)
    accounts.change_password(official.id, PASSWORD, NEW)
    passwords.hash_again(official.id, before, PASSWORD)
    assert accounts.authenticate(official.username, NEW).id == official.id


@pytest.mark.parametrize("minimum", [8, 10, 14, 15, 24])
def test_a_generated_password_is_read_out_without_mistakes(
    app: Flask, monkeypatch: pytest.MonkeyPatch, minimum: int
) -> None:
    monkeypatch.setitem(app.config, "PASSWORD_MIN_EXPERT", minimum)
    made = {passwords.generated() for _ in range(300)}
    assert len(made) == 300
    for password in made:
        assert len(password) >= max(minimum, 14)
        assert re.fullmatch(r"[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){2,}", password)
        assert password_problem(password, about=(), rule=PasswordRule(minimum)) is None


# 找回密码.


def recover(mobile: str, new: str = NEW, code: str = "") -> None:
    accounts.recover_password(mobile, code or last_code(mobile), new)


def test_a_forgotten_password_is_set_anew_by_a_code(app: Flask) -> None:
    expert = people.expert()
    sessions.begin(expert.user_id, "", "")
    accounts.send_recovery_code(expert.mobile)
    assert "用于找回密码" in db.session.scalars(select(SmsMessage.text)).one()
    recover(f"+86 {expert.mobile}", code=last_code(expert.mobile))
    assert accounts.authenticate(expert.mobile, NEW).id == expert.user_id
    with pytest.raises(Invalid):
        accounts.authenticate(expert.mobile, PASSWORD)
    assert (expert.user.session_epoch, expert.user.must_change_password) == (1, False)
    assert db.session.scalars(select(LoginSession.ended_at)).one() is not None
    notice = db.session.scalars(select(SmsMessage.text).order_by(SmsMessage.id.desc())).first() or ""
    assert "密码已通过短信验证码重新设置" in notice
    assert NEW not in notice
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "找回密码")).one()
    assert (entry.actor_id, entry.subject) == (expert.user_id, f"账号#{expert.user_id}")


def test_a_code_for_a_forgotten_password_serves_once_and_for_that_alone(app: Flask) -> None:
    expert = people.expert()
    accounts.send_recovery_code(expert.mobile)
    code = last_code(expert.mobile)
    with pytest.raises(Invalid):
        accounts.authenticate_by_code(expert.mobile, code)
    recover(expert.mobile)
    with pytest.raises(Invalid, match="失效"):
        recover(expert.mobile, "a-third-fine-horse-8", code)


def test_a_password_that_will_not_do_leaves_the_code_to_be_used(app: Flask) -> None:
    expert = people.expert(name="欧阳修远")
    accounts.send_recovery_code(expert.mobile)
    code = last_code(expert.mobile)
    for weak in ("short", "1qaz2wsx3edc", f"x{expert.mobile}", f"x{expert.id_number}", "欧阳修远的好密码2026"):
        with pytest.raises(Invalid) as refused:
            recover(expert.mobile, weak, code)
        assert refused.value.field == "new"
    assert expert.user.session_epoch == 0
    recover(expert.mobile, code=code)


@pytest.mark.parametrize("who", ["nobody", "stopped", "staff"])
def test_who_has_no_way_back_by_sms_is_answered_alike(app: Flask, who: str) -> None:
    """Nobody learns from it whose mobile is registered; staff turn to their administrator."""
    mobile = people.new_mobile()
    if who == "stopped":
        people.expert(mobile=mobile).user.active = False
        db.session.commit()
    elif who == "staff":
        people.expert(user=people.staff(STAFF, EXPERT), mobile=mobile)
    accounts.send_recovery_code(mobile)
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 0
    known = people.expert().mobile
    accounts.send_recovery_code(known)
    messages = set()
    for number in (mobile, known):
        with pytest.raises(Invalid) as refused:
            recover(number, code="000000")
        messages.add((refused.value.message, refused.value.field))
    assert len(messages) == 1


def test_even_a_guessed_code_opens_no_staff_account(app: Flask) -> None:
    colleague = people.expert(user=people.staff(STAFF, EXPERT))
    codes.send(colleague.mobile, codes.RECOVER)
    with pytest.raises(Invalid):
        recover(colleague.mobile)
    assert colleague.user.session_epoch == 0
