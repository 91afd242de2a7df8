"""One person by ID number or mobile: exactly, in scope, by one statement, and what 操作日志 keeps of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text, true

from app.domain.errors import Invalid, NotFound
from app.extensions import db
from app.models import Account, AuditEntry, Certificate, Expert
from app.policies.scope import visible_experts
from app.services import look_up
from tests.support import cases, people
from tests.support.databases import POSTGRESQL, Registry


def find(person: Account, typed: str) -> int:
    actor = people.actor(person)
    return look_up.by_number(actor, Expert, visible_experts(actor), typed)


def test_an_expert_is_found_by_either_number_however_it_is_typed(app: Flask) -> None:
    expert, _other = people.expert(), people.expert()
    official = people.staff()
    number, mobile = expert.id_number, expert.mobile
    for typed in (
        number,
        f" {number[:6]} {number[6:14]} {number[14:]} ",
        number.lower(),
        mobile,
        f"+86 {mobile[:3]} {mobile[3:]}",
    ):
        assert find(official, typed) == expert.id


def test_r1_only_who_is_in_scope_is_found(app: Flask) -> None:
    mines = people.department(people.MINES, people.QUJING)
    qujing = people.staff(at=mines)
    lives_there, applied_there, elsewhere = people.expert(people.QILIN), people.expert(), people.expert()
    cases.pending_case(applied_there, mines)
    assert find(qujing, lives_there.id_number) == lives_there.id
    assert find(qujing, applied_there.mobile) == applied_there.id
    refusals = []
    for typed in (elsewhere.id_number, elsewhere.mobile, people.new_id_number(), people.new_mobile()):
        with pytest.raises(NotFound) as caught:
            find(qujing, typed)
        refusals.append((caught.value.message, caught.value.field))
    assert set(refusals) == {("没有找到，或者不在您的数据范围内。", "number")}


def test_who_may_not_read_experts_finds_nobody(app: Flask) -> None:
    expert = people.expert()
    with pytest.raises(NotFound):
        find(people.staff("系统管理员"), expert.id_number)


def test_rows_are_found_by_what_has_a_blind_index(app: Flask) -> None:
    assert look_up.kinds(Expert) == {"id_number": "身份证号", "mobile": "手机号"}
    assert look_up.kinds(Account) == {"id_number": "身份证号"}
    assert look_up.kinds(Certificate) == {}
    official = people.staff(mobile=people.new_mobile())
    actor = people.actor(official)
    assert look_up.by_number(actor, Account, true(), str(official.id_number)) == official.id
    with pytest.raises(Invalid, match="这里只能按身份证号查找"):
        look_up.by_number(actor, Account, true(), str(official.mobile))


def test_the_log_says_who_looked_and_what_was_found_and_no_number(app: Flask) -> None:
    expert, official = people.expert(), people.staff()
    nobody = people.new_mobile()
    find(official, expert.id_number)
    with pytest.raises(NotFound):
        find(official, nobody)
    with pytest.raises(Invalid):
        find(official, "1380013800")
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(row.actor_id, row.action, row.subject, json.loads(row.detail or "")) for row in rows] == [
        (official.id, "按号码查找", f"专家#{expert.id}", {"kind": "身份证号"}),
        (official.id, "按号码查找", "没有找到", {"kind": "手机号"}),
    ]


@pytest.mark.parametrize("kind", ["id_number", "mobile"])
def test_it_is_one_statement_on_the_blind_index(registry: Registry, app: Flask, kind: str) -> None:
    expert = people.expert(people.QILIN)
    typed = getattr(expert, kind)
    actor = people.actor(people.staff(at=people.county_department(people.QILIN)))
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("SELECT") and f"{kind}_index" in statement:
            asked.append((statement, parameters))

    event.listen(registry.engine, "before_cursor_execute", note)
    try:
        look_up.by_number(actor, Expert, visible_experts(actor), typed)
    finally:
        event.remove(registry.engine, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    with registry.engine.connect() as connection:
        if registry.kind == POSTGRESQL:
            # A table of a few rows is read whole; which way leads to a million is asked here.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
            assert any(f"Index Cond: ({kind}_index = " in line for line in plan), plan
            assert not any("Seq Scan on expert" in line for line in plan), plan
        else:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert any(line.startswith("SEARCH expert USING") and f"({kind}_index=?)" in line for line in plan), plan
            assert not any(line.startswith("SCAN expert") for line in plan), plan
