"""动态口令: bound by a code, used once each, replaced by recovery codes, let go by password or by an administrator."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.extensions import db
from app.models import AuditEntry, LoginSession, RecoveryCode
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from app.services import actors, second_factor, sessions
from tests.support import people
from tests.support.clock import Clock
from tests.support.entry import bind_phone, shown_by_phone
from tests.support.people import PASSWORD
from tests.support.races import at_once


def passes(user_id: int, code: str) -> bool:
    try:
        second_factor.verify(user_id, code)
    except Invalid:
        return False
    return True


def test_a_phone_is_bound_by_the_code_that_it_shows(app: Flask) -> None:
    official = people.staff(username="wang.ke")
    second_factor.start(official.id, "")
    address = second_factor.picture_address(official)
    assert address.startswith("otpauth://totp/")
    assert f"secret={official.totp_pending}" in address
    assert "wang.ke" in address
    wrong = f"{(int(shown_by_phone(official)) + 1) % 10**6:06d}"
    for typed in (wrong, "", "12345", "１２３４５６", "abcdef"):
        with pytest.raises(Invalid) as refused:
            second_factor.confirm(people.actor(official), typed)
        assert refused.value.field == "code"
    assert official.totp_secret is None
    codes = second_factor.confirm(people.actor(official), shown_by_phone(official))
    assert official.totp_secret is not None
    assert official.totp_pending is None
    assert len(set(codes)) == second_factor.codes_left(official.id) == 8
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor_id, entry.action) == (official.id, "绑定动态口令")
    with pytest.raises(Conflict):
        second_factor.confirm(people.actor(official), shown_by_phone(official, 1))


def test_recovery_codes_are_kept_as_hashes(app: Flask) -> None:
    official = people.staff()
    codes = bind_phone(official)
    kept = list(db.session.scalars(select(RecoveryCode.code_hash)))
    assert len(kept) == 8
    assert all(len(value) == 64 for value in kept)
    assert not set(kept) & {code.replace("-", "") for code in codes}


def test_each_one_time_password_serves_once(app: Flask, clock: Clock) -> None:
    official = people.staff()
    bind_phone(official)
    code = shown_by_phone(official)
    assert passes(official.id, f"{code[:3]} {code[3:]}")
    assert not passes(official.id, code)
    clock.forward(seconds=30)
    assert not passes(official.id, code)
    assert passes(official.id, shown_by_phone(official))


def test_the_code_that_bound_the_phone_is_spent(app: Flask, clock: Clock) -> None:
    official = people.staff()
    second_factor.start(official.id, "")
    code = shown_by_phone(official)
    second_factor.confirm(people.actor(official), code)
    assert not passes(official.id, code)


@pytest.mark.parametrize(("ahead", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phones_clock_may_differ_by_one_step(app: Flask, clock: Clock, ahead: int, accepted: bool) -> None:
    official = people.staff()
    bind_phone(official)
    clock.forward(minutes=5)
    assert passes(official.id, shown_by_phone(official, ahead)) is accepted


def test_an_older_code_is_spent_with_a_newer_one(app: Flask, clock: Clock) -> None:
    official = people.staff()
    bind_phone(official)
    clock.forward(minutes=5)
    assert passes(official.id, shown_by_phone(official, 1))
    assert not passes(official.id, shown_by_phone(official))


def test_a_recovery_code_serves_once_and_one_person(app: Flask) -> None:
    official, colleague = people.staff(), people.staff()
    codes = bind_phone(official)
    bind_phone(colleague)
    assert not passes(colleague.id, codes[0])
    assert passes(official.id, f" {codes[0].upper()} ")
    assert not passes(official.id, codes[0])
    assert second_factor.codes_left(official.id) == 7
    assert passes(official.id, codes[1].replace("-", ""))


@pytest.mark.parametrize("typed", ["", " ", "-", "000000", "x" * 5000, "\ud800", "\x00", "None", "' OR 1=1 --"])
def test_whatever_else_is_typed_does_not_pass(app: Flask, typed: str) -> None:
    official = people.staff()
    bind_phone(official)
    assert not passes(official.id, typed)
    assert not passes(people.staff().id, typed)


def test_new_recovery_codes_void_the_old_ones_and_need_the_password(app: Flask) -> None:
    official = people.staff()
    old = bind_phone(official)
    with pytest.raises(Invalid, match="密码不正确"):
        second_factor.renew_codes(people.actor(official), "wrong")
    new = second_factor.renew_codes(people.actor(official), PASSWORD)
    assert not passes(official.id, old[0])
    assert passes(official.id, new[0])
    with pytest.raises(Conflict):
        second_factor.renew_codes(people.actor(people.staff()), PASSWORD)


def test_another_phone_takes_over_when_its_code_is_typed(app: Flask, clock: Clock) -> None:
    official = people.staff()
    bind_phone(official)
    old = official.totp_secret
    with pytest.raises(Invalid, match="密码不正确"):
        second_factor.start(official.id, "wrong")
    second_factor.start(official.id, PASSWORD)
    assert official.totp_secret == old
    clock.forward(minutes=2)
    assert passes(official.id, shown_by_phone(official))
    new, official.totp_secret = official.totp_pending, None
    code = shown_by_phone(official, 1)
    db.session.rollback()
    second_factor.confirm(people.actor(official), code)
    assert official.totp_secret == new != old


def test_the_phone_is_let_go_by_password(app: Flask) -> None:
    official = people.staff()
    codes = bind_phone(official)
    with pytest.raises(Invalid, match="密码不正确"):
        second_factor.drop(people.actor(official), "wrong")
    assert official.has_totp
    second_factor.drop(people.actor(official), PASSWORD)
    assert (official.totp_secret, official.totp_pending, official.totp_step) == (None, None, None)
    assert second_factor.codes_left(official.id) == 0
    assert not passes(official.id, codes[0])


def test_an_administrator_lets_a_colleagues_lost_phone_go(app: Flask) -> None:
    official, administrator = people.staff(), people.staff(ADMINISTRATOR)
    bind_phone(official)
    sessions.begin(official.id, "", "")
    second_factor.reset(official.id, people.actor(administrator))
    assert not official.has_totp
    assert official.session_epoch == 1
    assert db.session.scalars(select(LoginSession.ended_at)).one() is not None
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.actor_id, entry.action) == (administrator.id, "重置动态口令")
    with pytest.raises(Conflict, match="没有绑定"):
        second_factor.reset(official.id, people.actor(administrator))


def test_nobody_else_lets_it_go_and_nobody_ones_own_that_way(app: Flask) -> None:
    official, administrator = people.staff(), people.staff(ADMINISTRATOR)
    bind_phone(official)
    bind_phone(administrator)
    for person in (people.staff(REVIEWER), people.staff(FILER), people.expert(), official):
        with pytest.raises(NotAllowed):
            second_factor.reset(official.id, people.actor(person))
    with pytest.raises(NotAllowed, match="我的账号"):
        second_factor.reset(administrator.id, people.actor(administrator))
    with pytest.raises(NotFound):
        second_factor.reset(people.expert().user_id, people.actor(administrator))
    assert official.has_totp
    assert administrator.has_totp


def test_experts_have_none(app: Flask) -> None:
    expert = people.expert()
    with pytest.raises(NotAllowed):
        second_factor.start(expert.user_id, "")
    assert expert.user.totp_pending is None


def test_who_must_have_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def due(person: object) -> bool:
        account = getattr(person, "user", person)
        return second_factor.is_due(actors.actor_of(account).permissions, account)

    everybody = [people.staff(STAFF), people.staff(REVIEWER), people.staff(FILER), people.staff(ADMINISTRATOR)]
    assert not any(due(person) for person in everybody)
    monkeypatch.setitem(app.config, "TOTP_REQUIRED", True)
    assert [due(person) for person in everybody] == [False, True, True, True]
    assert not due(people.expert())
    bind_phone(everybody[1])
    assert not due(everybody[1])


def test_who_waits_for_the_second_step_loses_it_with_the_account(app: Flask) -> None:
    official = people.staff()
    assert second_factor.waiting(official.id, 0) is None
    bind_phone(official)
    assert second_factor.waiting(official.id, 0) is official
    assert second_factor.waiting(official.id, 1) is None
    assert second_factor.waiting(official.id + 1, 0) is None
    official.active = False
    db.session.commit()
    assert second_factor.waiting(official.id, 0) is None


def test_of_two_who_send_the_same_code_at_once_one_passes(app: Flask) -> None:
    official = people.staff()
    recovery = bind_phone(official)[0]
    user_id, shown = official.id, shown_by_phone(official, 1)
    for code in (shown, recovery):
        outcomes = at_once(app, [lambda code=code: passes(user_id, code)] * 6)  # type: ignore[misc]
        assert sum(outcomes) == 1
