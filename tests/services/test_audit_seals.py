"""The chain of seals on 操作日志: whatever is done to a sealed row, or to a seal, is found."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.domain.errors import Conflict
from app.extensions import db
from app.models import AuditEntry, AuditSeal
from app.models.types import now
from app.services import audit, audit_check, audit_seals
from app.services.unit_of_work import transactional
from tests.support import people
from tests.support.databases import unguarded
from tests.support.races import at_once


@transactional
def write(count: int) -> None:
    """Rows without anybody."""
    for number in range(count):
        audit.add("试", f"第{number}号", {"number": number}, name="甲")


@pytest.fixture
def sealed(app: Flask) -> list[int]:
    """The ids of ten rows under two seals."""
    for _ in range(2):
        write(5)
        assert audit_seals.seal() == 5
    return list(db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))


def faults() -> list[str]:
    """What verifying says."""
    db.session.rollback()
    return [fault for checked in audit_check.verify() for fault in checked.faults]


def by_hand(*statements: Any) -> None:
    """As the owner of the database, past the triggers."""
    db.session.rollback()
    with db.engine.begin() as connection, unguarded(connection):
        for statement in statements:
            connection.execute(statement)


def a_row(**values: Any) -> Any:
    return insert(AuditEntry).values({"at": now(), "actor_name": "甲", "action": "试", "subject": "混进来的", **values})


def test_sealing_twice_adds_nothing_and_what_is_whole_verifies(sealed: list[int]) -> None:
    assert audit_seals.seal() == 0
    assert faults() == []
    write(3)
    *batches, end = audit_check.verify()
    assert [(batch.seal_id, batch.rows) for batch in batches] == [(1, 5), (2, 5)]
    assert (end.seal_id, end.rows) == (0, 3)


def test_a_full_batch_closes_and_the_next_begins(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_seals, "BATCH", 4)
    write(10)
    assert audit_seals.seal() == 10
    assert list(db.session.scalars(select(AuditSeal.rows).order_by(AuditSeal.id))) == [4, 4, 2]
    assert faults() == []


def test_ids_may_have_gaps(app: Flask) -> None:
    write(2)
    start = db.session.scalar(select(func.max(AuditEntry.id))) or 0
    by_hand(a_row(id=start + 7), a_row(id=start + 9))
    assert audit_seals.seal() == 4
    assert faults() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("actor_name", "乙"), ("action", "别的"), ("subject", "专家#1"), ("detail", '{"number":8}'), ("address", "10.0.0.1"),
     ("role", "系统管理员"), ("place", "别处"), ("at", now())],
)  # fmt: skip
def test_an_edited_row_is_named(sealed: list[int], column: str, value: Any) -> None:
    by_hand(update(AuditEntry).where(AuditEntry.id == sealed[6]).values({column: value}))
    assert faults() == [f"记录 {sealed[6]} 被改动"]


def test_a_row_given_to_another_account_is_named(sealed: list[int]) -> None:
    by_hand(update(AuditEntry).where(AuditEntry.id == sealed[2]).values(actor_id=people.staff().id))
    assert faults() == [f"记录 {sealed[2]} 被改动"]


@pytest.mark.parametrize("which", [0, 3, 4, 5, 9])
def test_a_deleted_row_is_named(sealed: list[int], which: int) -> None:
    by_hand(delete(AuditEntry).where(AuditEntry.id == sealed[which]))
    assert faults() == [f"记录 {sealed[which]} 被删除"]


def test_a_row_slipped_into_a_sealed_range_is_named_and_never_sealed(app: Flask) -> None:
    write(2)
    start = db.session.scalar(select(func.max(AuditEntry.id))) or 0
    by_hand(a_row(id=start + 5))
    audit_seals.seal()
    by_hand(a_row(id=start + 8))
    audit_seals.seal()
    by_hand(a_row(id=start + 3), a_row(id=start + 7))
    assert audit_seals.seal() == 0
    assert faults() == [f"记录 {start + 3} 是封存之后插入的", f"记录 {start + 7} 是封存之后插入的"]


def test_a_row_before_the_first_is_found(sealed: list[int]) -> None:
    by_hand(a_row(id=-3))
    assert any("编号不是正数" in fault for fault in faults())


def test_two_rows_that_changed_places_are_named(sealed: list[int]) -> None:
    one, other = sealed[1], sealed[2]
    by_hand(
        update(AuditEntry).where(AuditEntry.id == one).values(id=900_000),
        update(AuditEntry).where(AuditEntry.id == other).values(id=one),
        update(AuditEntry).where(AuditEntry.id == 900_000).values(id=other),
    )
    assert faults() == [f"记录 {one} 被改动", f"记录 {other} 被改动"]


@pytest.mark.parametrize("column", ["first_id", "last_id", "rows", "hash", "previous_hash", "marks", "sealed_at"])
def test_an_edited_seal_is_found(sealed: list[int], column: str) -> None:
    values = {"hash": "f" * 64, "previous_hash": "e" * 64, "marks": "1:0", "sealed_at": now()}
    by_hand(update(AuditSeal).where(AuditSeal.id == 1).values({column: values.get(column, 77)}))
    assert faults()


@pytest.mark.parametrize("which", [1, 2])
def test_a_removed_seal_is_found(sealed: list[int], which: int) -> None:
    """The last one too: it is noted outside the database."""
    by_hand(delete(AuditSeal).where(AuditSeal.id == which))
    assert faults()


def test_after_seals_were_taken_off_nothing_is_sealed_anew(sealed: list[int]) -> None:
    """Else the worker itself would put a good seal on what was changed in between."""
    by_hand(
        delete(AuditSeal).where(AuditSeal.id == 2),
        update(AuditEntry).where(AuditEntry.id == sealed[7]).values(actor_name="乙"),
    )
    with pytest.raises(Conflict, match="audit_head"):
        audit_seals.seal()
    assert any("audit_head" in fault for fault in faults())


def test_all_seals_gone_is_found_by_the_head(sealed: list[int]) -> None:
    by_hand(delete(AuditSeal))
    with pytest.raises(Conflict):
        audit_seals.seal()
    assert any("第2号封条不在数据库中" in fault for fault in faults())


def test_a_missing_or_damaged_head_is_said_and_can_be_renewed_where_all_else_is_right(sealed: list[int]) -> None:
    audit_seals.head_path().unlink()
    assert faults() == ["链头文件 audit_head 不存在，无法确认末尾的封条没有被删除"]
    with pytest.raises(Conflict):
        audit_seals.seal()
    audit_seals.head_path().write_text("nonsense", encoding="ascii")
    assert len(faults()) == 1
    audit_check.renew_head("命令行")
    assert faults() == []
    assert audit_seals.seal() == 1  # the row that says so
    assert db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "重新登记日志链头"


def test_a_head_is_not_renewed_over_a_damaged_chain(sealed: list[int]) -> None:
    audit_seals.head_path().unlink()
    by_hand(delete(AuditEntry).where(AuditEntry.id == sealed[0]))
    with pytest.raises(Conflict, match="校验不通过"):
        audit_check.renew_head("命令行")
    assert audit_seals.read_head() is None


def test_without_the_key_nobody_makes_a_seal(app: Flask, sealed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    key = audit_seals.audit_key()
    monkeypatch.setitem(app.config, "AUDIT_KEY", "another key")
    assert audit_seals.audit_key() != key
    assert any("密钥不是封存时的密钥" in fault for fault in faults())


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_the_database_itself_refuses_to_change_or_delete(sealed: list[int], table: str) -> None:
    kept = "actor_name" if table == "audit_entry" else "hash"
    statements = [f"UPDATE {table} SET {kept} = 'x'", f"UPDATE {table} SET id = id + 100", f"DELETE FROM {table}"]
    if db.engine.dialect.name == "postgresql":
        statements.append(f"TRUNCATE {table}")
    for statement in statements:
        db.session.rollback()
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
    assert faults() == []


def test_the_order_of_the_sealed_columns_stays(app: Flask) -> None:
    """Another order, or a column left out, is another hash for all that was ever sealed."""
    assert [column.key for column in audit_seals.SEALED] == [
        "id", "at", "actor_id", "actor_name", "role", "place", "address", "action", "subject", "detail",
    ]  # fmt: skip
    assert {column.key for column in audit_seals.SEALED} == set(AuditEntry.__table__.columns.keys())
    before = (1, 1, 1, 1, audit_seals.ORIGIN, None)
    digest, marks = audit_seals.seal_of(b"key", before, [(1, None, None, "甲", None, None, None, "试", "专家#1", None)])
    assert (digest[:16], marks) == ("206d65fa92c8342a", "1:fec825788c6bee86")


def test_a_writer_who_is_slow_to_commit_is_waited_for(app: Flask) -> None:
    """On PostgreSQL an id is taken before it is committed: the seal lets it come first, or gives up for now."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    with db.engine.connect() as other:
        other.execute(a_row())
        write(1)
        with pytest.raises(Conflict):
            audit_seals.seal()
        other.commit()
    assert audit_seals.seal() == 2
    assert faults() == []


def test_seals_put_on_while_others_write_cover_every_row_once(app: Flask) -> None:
    def writes() -> None:
        for _ in range(15):
            write(2)

    def seals() -> None:
        for _ in range(8):
            audit_seals.seal()

    refused = [result for result in at_once(app, [writes] * 4 + [seals] * 2) if result is not None]
    assert all(isinstance(result, Conflict) for result in refused)
    audit_seals.seal()
    assert faults() == []
    written, covered = db.session.execute(
        select(func.count(AuditEntry.id), select(func.sum(AuditSeal.rows)).scalar_subquery())
    ).one()
    assert written == covered
    assert (written == 120) or refused


@pytest.mark.one_database
def test_the_commands(app: Flask, sealed: list[int]) -> None:
    runner = app.test_cli_runner()
    write(2)
    assert "封存 2 条" in runner.invoke(args=["audit", "seal"]).output
    good = runner.invoke(args=["audit", "verify"])
    assert (good.exit_code, "共 3 批 12 条已封存" in good.output) == (0, True), good.output
    by_hand(delete(AuditEntry).where(AuditEntry.id == sealed[3]))
    bad = runner.invoke(args=["audit", "verify"])
    assert bad.exit_code == 1
    assert f"第1批：记录 {sealed[3]} 被删除" in bad.output
    audit_seals.head_path().unlink()
    refused = runner.invoke(args=["audit", "seal", "--new-head"])
    assert (refused.exit_code, "Traceback" in refused.output) == (1, False)


@pytest.mark.one_database
def test_a_hundred_thousand_rows_verify_within_a_minute(app: Flask) -> None:
    row = {"at": now(), "actor_name": "张三", "action": "修改资料", "subject": "专家#1", "address": "203.0.113.7",
           "role": "政府用户", "place": "云南省应急管理厅危险化学品安全监督管理处",
           "detail": json.dumps({"changes": [{"field": "通信地址", "before": "旧", "after": "新"}]})}  # fmt: skip
    db.session.execute(insert(AuditEntry), [row] * 100_000)
    db.session.commit()
    assert audit_seals.seal() == 100_000
    began = time.monotonic()
    assert faults() == []
    assert time.monotonic() - began < 30
