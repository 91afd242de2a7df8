"""Sessions: begun, seen, idle, old, ended."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import Account, LoginSession
from app.services import sessions
from tests.support import people
from tests.support.clock import Clock
from tests.support.races import at_once


def lives(token: str, user: Account) -> bool:
    return sessions.living(token, user.id) is not None


def begin(user: Account, device: str = "Chrome · Windows") -> str:
    return sessions.begin(user.id, "10.0.0.1", device)


def test_a_session_is_found_by_its_token_of_which_only_the_hash_is_kept(app: Flask) -> None:
    official = people.staff()
    token = begin(official)
    found = sessions.living(token, official.id)
    assert found is not None
    assert (found.id, found.get_id(), found.get_full_name()) == (official.id, str(official.id), official.name)
    assert (found.unread, found.actor) == (0, people.actor(official))
    row = db.session.get_one(LoginSession, found.session_id)
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert (row.address, row.device, row.ended_at) == ("10.0.0.1", "Chrome · Windows", None)
    assert token not in str(vars(row))
    assert len(token) >= 43


def test_a_token_is_one_persons(app: Flask) -> None:
    token = begin(people.staff())
    for wrong, user in ((token, people.staff()), ("", people.staff()), (token + "x", people.staff())):
        assert not lives(wrong, user)


def test_a_session_ends_when_it_is_idle(app: Flask, clock: Clock) -> None:
    official = people.staff()
    token = begin(official)
    clock.forward(minutes=29, seconds=59)
    assert lives(token, official)
    clock.forward(seconds=1)
    assert not lives(token, official)


def test_a_session_in_use_ends_when_it_is_old(app: Flask, clock: Clock) -> None:
    official = people.staff()
    token = begin(official)
    for _ in range(24 * 3):
        found = sessions.living(token, official.id)
        if found is None:
            break
        sessions.seen(found.session_id)
        clock.forward(minutes=20)
    row = db.session.scalars(select(LoginSession)).one()
    assert clock.now() - row.created_at == timedelta(hours=8)
    assert not lives(token, official)


def test_how_long_is_configured(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    official = people.staff()
    monkeypatch.setitem(app.config, "SESSION_IDLE_MINUTES", 5)
    token = begin(official)
    clock.forward(minutes=5)
    assert not lives(token, official)
    monkeypatch.setitem(app.config, "SESSION_IDLE_MINUTES", 600)
    monkeypatch.setitem(app.config, "SESSION_ABSOLUTE_HOURS", 1)
    token = begin(official)
    clock.forward(minutes=59)
    assert lives(token, official)
    clock.forward(minutes=1)
    assert not lives(token, official)


def test_use_is_noted_once_a_minute(app: Flask, clock: Clock) -> None:
    official = people.staff()
    begin(official)
    row = db.session.scalars(select(LoginSession)).one()
    begun = row.last_seen_at
    clock.forward(seconds=59)
    sessions.seen(row.id)
    assert row.last_seen_at == begun
    clock.forward(seconds=1)
    sessions.seen(row.id)
    assert row.last_seen_at == clock.now()


def test_log_out_ends_one_session(app: Flask) -> None:
    official = people.staff()
    here, elsewhere = begin(official), begin(official)
    sessions.end(here)
    assert not lives(here, official)
    assert lives(elsewhere, official)


def test_the_other_devices_are_logged_out(app: Flask) -> None:
    official, colleague = people.staff(), people.staff()
    here, others, foreign = begin(official), [begin(official), begin(official)], begin(colleague)
    assert sessions.end_others(official.id, here) == 2
    assert lives(here, official)
    assert not any(lives(token, official) for token in others)
    assert lives(foreign, colleague)
    assert sessions.end_others(official.id, here) == 0


def test_living_sessions_are_listed_the_last_used_first(app: Flask, clock: Clock) -> None:
    official = people.staff()
    old, ended, present = begin(official, "A"), begin(official, "B"), begin(official, "C")
    sessions.end(ended)
    begin(people.staff(), "D")
    clock.forward(minutes=2)
    sessions.seen(next(row.id for row in sessions.of(official.id) if sessions.is_of(row, old)))
    assert [(row.device, sessions.is_of(row, present)) for row in sessions.of(official.id)] == [
        ("A", False),
        ("C", True),
    ]
    clock.forward(minutes=29)
    assert [row.device for row in sessions.of(official.id)] == ["A"]


def test_a_login_sweeps_what_is_too_old_to_be_used(app: Flask, clock: Clock) -> None:
    official = people.staff()
    for _ in range(3):
        begin(official)
    clock.forward(hours=7)
    kept = begin(official)
    clock.forward(hours=1)
    begin(official)
    rows = list(db.session.scalars(select(LoginSession).order_by(LoginSession.id)))
    assert len(rows) == 2
    assert sessions.is_of(rows[0], kept)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_logins_at_once_sweep_without_waiting_for_each_other(app: Flask, clock: Clock) -> None:
    official = people.staff()
    for _ in range(20):
        begin(official)
    clock.forward(hours=9)
    user_id = official.id
    tokens = at_once(app, [lambda: sessions.begin(user_id, "", "")] * 8)
    assert all(isinstance(token, str) for token in tokens), tokens
    assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 8


def test_an_address_of_any_length_is_kept(app: Flask) -> None:
    official = people.staff()
    sessions.begin(official.id, "f" * 200, "未知浏览器 · 未知系统")
    assert len(sessions.of(official.id)[0].address) == 45
