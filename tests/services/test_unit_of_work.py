"""One use case, one transaction: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from app.domain.errors import Conflict, Invalid
from app.extensions import db
from app.models import Expert, NumberCounter, Region
from app.services import rows
from app.services.unit_of_work import transactional
from tests.support import people
from tests.support.databases import SQLITE, Registry
from tests.support.races import at_once


def serials() -> list[int]:
    return list(db.session.scalars(select(NumberCounter.serial).order_by(NumberCounter.serial)))


@transactional
def add(serial: int, failure: BaseException | None = None) -> int:
    db.session.add(NumberCounter(prefix="YNS", day=f"{serial:08d}", serial=serial))
    db.session.flush()
    if failure is not None:
        raise failure
    return serial


def test_what_returns_is_committed(app: Flask) -> None:
    assert add(1) == 1
    db.session.rollback()
    assert serials() == [1]


@pytest.mark.parametrize("failure", [Invalid("不行"), RuntimeError("fault"), KeyboardInterrupt()])
def test_what_fails_is_not_and_fails_as_it_did(app: Flask, failure: BaseException) -> None:
    with pytest.raises(type(failure)) as met:
        add(1, failure)
    assert met.value is failure
    assert serials() == []


def test_what_the_database_refuses_is_a_conflict_in_words(app: Flask) -> None:
    add(1)
    with pytest.raises(Conflict, match="没有保存"):
        add(1)
    add(2)
    assert serials() == [1, 2]


def test_two_editions_of_one_row_are_a_conflict(app: Flask) -> None:
    """The ORM's own version check, for what has no advance()."""
    expert_id = people.expert().id

    @transactional
    def edit() -> None:
        expert = db.session.get_one(Expert, expert_id)
        db.session.connection().exec_driver_sql(f"UPDATE expert SET version = version + 1 WHERE id = {expert_id}")
        expert.address = "新地址"

    with pytest.raises(Conflict):
        edit()
    assert db.session.get_one(Expert, expert_id).address != "新地址"


@pytest.mark.one_database
def test_writers_wait_for_one_another(app: Flask) -> None:
    """Each reads the last serial and adds the next. SQLite alone: PostgreSQL's writers are held apart by rows."""

    @transactional
    def append() -> None:
        last = max(serials(), default=0)
        db.session.add(NumberCounter(prefix="YNS", day=f"{last + 1:08d}", serial=last + 1))

    assert at_once(app, [append] * 6) == [None] * 6
    assert serials() == [1, 2, 3, 4, 5, 6]


def test_what_was_read_before_is_read_anew(app: Flask) -> None:
    """A request reads a row, another hand changes it, and the use case must see the change."""
    region = db.session.get_one(Region, people.KUNMING)
    before = region.name
    with db.engine.begin() as other:
        other.exec_driver_sql(f"UPDATE region SET name = '新名' WHERE code = '{people.KUNMING}'")

    @transactional
    def read() -> str:
        return db.session.get_one(Region, people.KUNMING).name

    assert (before, read()) == ("昆明市", "新名")


def test_a_duplicate_is_named_by_its_field(app: Flask) -> None:
    known = people.organization(people.KUNMING)
    known.name = people.organization().name
    with db.session.no_autoflush, pytest.raises(Invalid, match=r"机构名称“云南省应急管理厅”已存在。") as refused:
        rows.refuse_duplicate(known)
    assert refused.value.field == "name"
    db.session.rollback()
    rows.refuse_duplicate(people.organization(people.KUNMING))


@contextmanager
def hurried(registry: Registry) -> Iterator[None]:
    """Nobody waits longer than a blink for a lock. SQLite is told before a transaction, PostgreSQL within one."""

    def checked_out(connection: Any, *_rest: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    def begun(connection: Any) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")

    moment, listener = ("checkout", checked_out) if registry.kind == SQLITE else ("begin", begun)
    event.listen(registry.engine, moment, listener)
    try:
        yield
    finally:
        event.remove(registry.engine, moment, listener)
        db.session.remove()
        registry.engine.dispose()


def test_a_wait_for_another_writer_in_vain_is_a_conflict(app: Flask, registry: Registry) -> None:
    """The lock is really held by somebody else, and the wait really ends."""
    add(1)
    touch = text("UPDATE number_counter SET serial = serial")

    @transactional
    def write() -> None:
        db.session.execute(touch)

    with registry.engine.connect() as other:
        other.execute(touch)
        with hurried(registry), pytest.raises(Conflict, match="没有保存"):
            write()
    write()


def test_a_fault_of_the_database_is_no_conflict(app: Flask) -> None:
    @transactional
    def broken() -> None:
        db.session.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(DBAPIError):
        broken()
