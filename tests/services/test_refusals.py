"""Refusals in 操作日志: all of them counted, few of them written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import AuditEntry, RefusalCount
from app.services import audit, refusals
from tests.support import people
from tests.support.clock import Clock


@pytest.fixture(autouse=True)
def noon(app: Flask, clock: Clock) -> Iterator[None]:
    """At noon, from one address."""
    clock.on(date(2026, 11, 24))
    audit.client_address.set("203.0.113.9")
    yield
    audit.client_address.set(None)


def written() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def flood(count: int) -> None:
    for _ in range(count):
        refusals.refused("登录失败", "没有账号的用户名")


def test_a_flood_leaves_ten_rows_and_one_with_its_number(clock: Clock) -> None:
    flood(57)
    assert written() == refusals.PER_MINUTE == 10
    assert refusals.sum_up() == 0, "the minute is not over"
    clock.forward(minutes=1)
    assert refusals.sum_up() == 1
    assert written() == 11
    last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert (last.action, last.subject) == ("拒绝（合计）", "同一地址一分钟内另有47次")
    assert audit.detail_of(last) == {"count": 47, "minute": "2026-11-24T04:00:00+00:00", "network": "203.0.113.9"}
    assert db.session.scalar(select(func.count()).select_from(RefusalCount)) == 0
    assert refusals.sum_up() == 0


def test_the_next_minute_and_another_address_have_rows_of_their_own(clock: Clock) -> None:
    flood(12)
    audit.client_address.set("203.0.113.10")
    flood(3)
    assert written() == 13
    audit.client_address.set("203.0.113.9")
    clock.forward(minutes=1)
    flood(2)
    assert written() == 15


def test_all_addresses_of_one_ipv6_network_are_one(clock: Clock) -> None:
    for number in range(15):
        audit.client_address.set(f"2001:db8:1:2::{number:x}")
        flood(1)
    assert written() == 10


def test_who_is_known_is_named(app: Flask) -> None:
    official = people.staff(name="李科员")
    refusals.refused("拒绝（没有权限）", "GET /audit/list/", official.id, "您没有权限。")
    refusals.refused("拒绝（没有权限）", "GET /audit/list/")
    known, unknown = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    assert (known.actor_id, known.actor_name, known.role) == (official.id, "李科员", "政府用户")
    assert audit.detail_of(known) == {"reason": "您没有权限。"}
    assert (unknown.actor_id, unknown.actor_name) == (None, "访客")
