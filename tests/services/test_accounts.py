"""Logging in, passwords, and what an administrator types for staff (R6, R21, R25)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.security import check_password_hash

from app.adapters.sms import FakeSms
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.extensions import db
from app.models import Account, AuditEntry, Department, Expert
from app.policies.roles import ADMINISTRATOR, EXPERT, FILER, REVIEW, REVIEWER, STAFF
from app.services import accounts, codes, messages, passwords, roles
from tests.support import people
from tests.support.entry import bind_phone, last_code
from tests.support.people import KUNMING, PASSWORD, QUJING, WUHUA

NEW = "another-fine-horse-7"


def refusal(name: str, password: str) -> str:
    with pytest.raises(Invalid) as refused:
        accounts.authenticate(name, password)
    return refused.value.message


def test_r21_experts_log_in_by_id_number_or_mobile(app: Flask) -> None:
    expert = people.expert(id_number="53010219750520001X", mobile="13987654321")
    for typed in (
        "53010219750520001X",
        "53010219750520001x",
        " 53010219750520001X ",
        "13987654321",
        "+86 139 8765 4321",
    ):
        assert accounts.authenticate(typed, PASSWORD).id == expert.user_id


def test_r21_officials_log_in_by_user_name(app: Flask) -> None:
    official = people.staff(username="wang.ke")
    assert accounts.authenticate("wang.ke", PASSWORD).id == official.id
    assert official.id_number is not None
    refusal(official.id_number, PASSWORD)


def test_r21_every_refusal_of_a_login_is_the_same(app: Flask) -> None:
    official, disabled = people.staff(username="wang"), people.staff(username="zhao", active=False)
    without = people.staff(username="qian", password=None)
    attempts = [
        ("wang", "wrong"), ("wang", ""), ("nobody", PASSWORD), ("", PASSWORD), ("zhao", PASSWORD), ("qian", ""),
        ("qian", PASSWORD), ("13900000000", PASSWORD), ("Wang' OR 1=1 --", PASSWORD), ("%", PASSWORD),
    ]  # fmt: skip
    assert {refusal(name, password) for name, password in attempts} == {accounts.WRONG}
    assert official.active
    assert not disabled.active
    assert without.password is None


def test_r21_an_unknown_name_costs_a_hash_like_a_known_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    people.staff(username="wang")
    checked: list[str] = []

    def watched(hashed: str, password: str) -> bool:
        checked.append(password)
        return check_password_hash(hashed, password)

    monkeypatch.setattr(passwords, "check_password_hash", watched)
    refusal("wang", "wrong-1")
    refusal("nobody", "wrong-2")
    assert checked == ["wrong-1", "wrong-2"]


def test_r21_a_code_to_the_mobile_serves_who_cannot_drag(app: Flask, sms: FakeSms) -> None:
    expert = people.expert()
    accounts.send_login_code(expert.mobile)
    messages.deliver()
    code = sms.last_to(expert.mobile).text.split("验证码")[1][:6]
    assert accounts.authenticate_by_code(expert.mobile, code).id == expert.user_id
    with pytest.raises(Invalid):
        accounts.authenticate_by_code(expert.mobile, code)


def test_r21_a_mobile_without_an_account_gets_no_message_and_the_same_answer(app: Flask, sms: FakeSms) -> None:
    assert accounts.send_login_code("13912345678") is None
    messages.deliver()
    assert sms.sent == []
    with pytest.raises(Invalid, match="不正确"):
        accounts.authenticate_by_code("13912345678", "000000")


def test_r21_a_disabled_account_is_not_entered_by_code(app: Flask, sms: FakeSms) -> None:
    expert = people.expert()
    accounts.send_login_code(expert.mobile)
    messages.deliver()
    expert.user.active = False
    db.session.commit()
    with pytest.raises(Invalid):
        accounts.authenticate_by_code(expert.mobile, sms.last_to(expert.mobile).text.split("验证码")[1][:6])


def test_a_code_alone_opens_no_account_of_staff(app: Flask) -> None:
    """With a phone bound it may stand for the password; the phone's code is asked then."""
    colleague = people.expert(user=people.staff(STAFF, EXPERT))
    accounts.send_login_code(colleague.mobile)
    with pytest.raises(Invalid, match=codes.WRONG):
        accounts.authenticate_by_code(colleague.mobile, last_code(colleague.mobile))
    bind_phone(colleague.user)
    assert accounts.authenticate_by_code(colleague.mobile, last_code(colleague.mobile)).id == colleague.user_id


def test_a_login_is_noted(app: Flask) -> None:
    official = people.staff()
    accounts.note_login(official.id)
    accounts.note_login(official.id)
    assert official.login_count == 2
    assert official.last_login is not None


def test_ones_own_change_ends_the_other_sessions(app: Flask) -> None:
    official = people.staff(must_change_password=True)
    changed = accounts.change_password(official.id, PASSWORD, NEW)
    assert (changed.session_epoch, changed.must_change_password) == (1, False)
    assert accounts.authenticate(official.username, NEW).id == official.id
    refusal(official.username, PASSWORD)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", NEW, "old"),
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "short", "new"),
        (PASSWORD, "wang.ke-wang.ke", "new"),
    ],
)
def test_a_change_that_will_not_do_changes_nothing(app: Flask, old: str, new: str, field: str) -> None:
    official = people.staff(username="wang.ke")
    with pytest.raises(Invalid) as refused:
        accounts.change_password(official.id, old, new)
    assert refused.value.field == field
    assert official.session_epoch == 0
    assert accounts.authenticate("wang.ke", PASSWORD).id == official.id


def test_r25_staff_reset_a_password_in_their_scope(app: Flask, sms: FakeSms) -> None:
    expert = people.expert(WUHUA)
    official = people.staff(at=people.department(region=KUNMING))
    accounts.reset_password(expert.id, people.actor(official), NEW)
    assert (expert.user.session_epoch, expert.user.must_change_password) == (1, True)
    assert accounts.authenticate(expert.mobile, NEW).id == expert.user_id
    refusal(expert.mobile, PASSWORD)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.actor_id == official.id)).one()
    assert (entry.actor_id, entry.action, entry.subject) == (official.id, "重置专家密码", f"专家#{expert.id}")
    messages.deliver()
    assert NEW not in sms.last_to(expert.mobile).text


def test_r25_out_of_scope_or_without_the_permission_nothing_is_reset(app: Flask) -> None:
    expert = people.expert(WUHUA)
    elsewhere = people.staff(at=people.department(region=QUJING))
    with pytest.raises(NotFound):
        accounts.reset_password(expert.id, people.actor(elsewhere), NEW)
    for person in (people.staff(ADMINISTRATOR), people.expert(name="李四"), expert):
        with pytest.raises(NotAllowed):
            accounts.reset_password(expert.id, people.actor(person), NEW)
    assert expert.user.session_epoch == 0
    assert accounts.authenticate(expert.mobile, PASSWORD).id == expert.user_id


def test_r25_a_colleague_who_is_an_expert_too_is_not_reset_by_staff(app: Flask) -> None:
    colleague = people.expert(user=people.staff(STAFF, EXPERT))
    with pytest.raises(NotAllowed, match="工作人员账号"):
        accounts.reset_password(colleague.id, people.actor(people.staff()), NEW)


def test_r25_the_new_password_must_do(app: Flask) -> None:
    expert = people.expert()
    for weak in ("short", expert.id_number, f"x{expert.mobile}x", "张三张三张三张三张三"):
        with pytest.raises(Invalid):
            accounts.reset_password(expert.id, people.actor(people.staff()), weak)
    assert expert.user.session_epoch == 0


def test_a_mobile_is_changed_by_a_code_sent_to_the_new_one(app: Flask, sms: FakeSms) -> None:
    expert, new = people.expert(), people.new_mobile()
    codes.send(new, codes.CHANGE_MOBILE)
    messages.deliver()
    code_id = codes.check(new, codes.CHANGE_MOBILE, sms.last_to(new).text.split("验证码")[1][:6])
    accounts.change_mobile(people.actor(expert), new, code_id)
    assert expert.mobile == new
    with pytest.raises(Invalid, match="已使用"):
        accounts.change_mobile(people.actor(expert), new, code_id)


def test_r22_a_mobile_of_another_account_is_refused(app: Flask) -> None:
    expert, other = people.expert(), people.expert(name="李四")
    with pytest.raises(Conflict) as refused:
        accounts.change_mobile(people.actor(expert), other.mobile, 1)
    assert refused.value.field == "mobile"


def typed(*role_names: str, department: Department | None = None, **fields: object) -> Account:
    """An account as the administrator's form leaves it, not yet written."""
    return Account(
        first_name="李科员", last_name="", username="li.ke", session_epoch=0, must_change_password=False,
        department=department or people.department(), roles=people.roles(*role_names), **fields,
    )  # fmt: skip


def check(account: Account, password: str | None) -> None:
    """As the screen does: before the account is part of the session."""
    with db.session.no_autoflush:
        accounts.check_staff(account, password)


def test_a_staff_account_gets_a_password_to_be_changed(app: Flask) -> None:
    account = typed(STAFF, mobile="+86 139 0000 0001")
    check(account, NEW)
    assert account.must_change_password
    assert account.password is not None
    assert check_password_hash(account.password, NEW)
    assert account.mobile == "13900000001"


@pytest.mark.parametrize("role", [REVIEWER, FILER])
def test_r6_who_decides_is_known_by_id_number(app: Flask, role: str) -> None:
    account = typed(role)
    with pytest.raises(Invalid, match="须登记身份证号") as refused:
        check(account, NEW)
    assert refused.value.field == "id_number"
    number = people.new_id_number()
    account.id_number = f" {number} "
    check(account, NEW)
    assert account.id_number == number


def test_r6_a_role_of_the_administrators_own_counts_like_the_seeded_one(app: Flask) -> None:
    reviewing = next(row for row in roles.all_roles() if row.name == REVIEWER)
    pair = next(row for row in reviewing.permissions if roles.pair_of(row) == REVIEW)
    roles.save(people.actor(people.staff(ADMINISTRATOR)), None, "科长", [pair.id])
    with pytest.raises(Invalid, match="须登记身份证号"):
        check(typed("科长"), NEW)


@pytest.mark.parametrize(
    ("fields", "password", "field"),
    [
        ({"id_number": "530102197505200013"}, NEW, "id_number"),
        ({"mobile": "12345"}, NEW, "mobile"),
        ({}, None, "new_password"),
        ({}, "short", "new"),
    ],
)
def test_what_will_not_do_for_a_staff_account_is_named(
    app: Flask, fields: dict[str, str], password: str | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check(typed(STAFF, **fields), password)
    assert refused.value.field == field


def test_a_staff_account_needs_a_department(app: Flask) -> None:
    account = typed(STAFF)
    account.department = None
    with pytest.raises(Invalid) as refused:
        check(account, NEW)
    assert refused.value.field == "department"


def test_an_audit_entry_names_nobody_by_personal_data(app: Flask) -> None:
    expert = people.expert()
    accounts.reset_password(expert.id, people.actor(people.staff()), NEW)
    entry = db.session.scalars(select(AuditEntry)).one()
    for secret in (expert.name, expert.id_number, expert.mobile, NEW):
        assert secret not in entry.subject + entry.action
    assert db.session.scalar(select(func.count()).select_from(Expert)) == 1
