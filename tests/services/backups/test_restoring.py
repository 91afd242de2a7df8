"""A blank machine with the keys has everything again; whatever is wrong is said before anything is touched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import func, select, text

from app.adapters import postgresql_dump, sqlite_copy
from app.adapters.archive import DATABASE, Entry, entries
from app.cipher import Algorithm, KeyRing
from app.domain.errors import Conflict, Invalid
from app.extensions import db
from app.models import AuditEntry, LoginSession
from app.services.backups import making, restoring
from app.services.backups.making import Made
from app.services.backups.snapshot import database_file
from app.services.ports import ports
from tests.services.backups.conftest import Blank
from tests.support import databases
from tests.support.backups import command, everything, on, quiet
from tests.test_migration_rows import differing

NOTED = ["恢复备份", "重新登记日志链头"]


def touched() -> tuple[list[str], list[str]]:
    """The tables of the machine's database and the files in its storage."""
    with db.engine.connect() as connection:
        names = db.inspect(connection).get_table_names()
    db.engine.dispose()
    return names, list(ports().storage.digests())


def revision() -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_a_blank_machine_has_every_row_and_every_file_again(filled_in: Flask, blank: Blank) -> None:
    before = everything()
    made = making.make(quiet)
    assert everything() == before
    with blank("again") as machine:
        done = command(machine, "restore", str(made.path))
        assert done.exit_code == 0, done.output
        assert "已恢复，操作日志校验通过。所有人须重新登录。" in done.output
        after = on(machine, everything)
        assert on(machine, lambda: db.session.scalar(select(func.count()).select_from(LoginSession))) == 0
    log = before.pop("audit_entry")
    assert [entry for entry in after.pop("audit_entry") if entry in log] == log
    assert [table for table in before if before[table] != after[table]] == []
    assert before.keys() == after.keys()
    assert len(before["files"]) >= 5


@pytest.mark.one_database
def test_what_it_did_stands_in_the_log_and_the_log_goes_on(made: Made, blank: Blank) -> None:
    with blank("log") as machine:
        assert command(machine, "restore", str(made.path)).exit_code == 0
        newest = select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(2)
        assert on(machine, lambda: db.session.scalars(newest).all())[::-1] == NOTED
        assert "封存" in command(machine, "audit", "seal").output
        assert command(machine, "audit", "verify").exit_code == 0


def test_an_older_schema_is_brought_up_to_date_and_what_is_there_is_replaced_when_told(
    made: Made, blank: Blank
) -> None:
    with blank("older") as machine:
        assert command(machine, "restore", str(made.path)).exit_code == 0
        head = on(machine, revision)
        on(machine, lambda: flask_migrate.downgrade(revision="-1"))
        older = on(machine, lambda: making.make(quiet))
        assert older.said.revision != head
        before = on(machine, everything)
        refused = command(machine, "restore", str(older.path))
        assert (refused.exit_code, "数据库中已有内容，没有恢复" in refused.output) == (1, True)
        declined = command(machine, "restore", str(older.path), "--replace", typed="yes\n")
        assert (declined.exit_code, "没有恢复。" in declined.output) == (1, True)
        assert on(machine, everything) == before
        on(machine, lambda: flask_migrate.upgrade())
        done = command(machine, "restore", str(older.path), "--replace", typed="替换\n")
        assert done.exit_code == 0, done.output
        assert on(machine, revision) == head
        after = on(machine, everything)
        assert before.pop("files") == after.pop("files")
        assert differing(before, after) == ["audit_entry"]
        if made.said.kind == databases.SQLITE:
            (aside,) = on(machine, lambda: list(database_file().parent.glob("*.before-*")))
            assert f"原来的数据库留在 {aside}，确认无误后请删除。" in done.output


@pytest.mark.one_database
def test_one_that_was_killed_is_told_of_until_it_is_done_again(
    made: Made, blank: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Nothing that is written for faults meets it."""

    def kill(*_: object) -> None:
        raise Killed

    with blank("killed") as machine:
        with monkeypatch.context() as patch:
            patch.setattr(restoring, "_note", kill)
            with pytest.raises(Killed):
                on(machine, lambda: restoring.restore(restoring.plan(made.path, quiet), "试", quiet))
        said = f"恢复（{made.path.name}）没有确认做完"
        assert said in command(machine, "check-deploy").output
        assert f"上一次{said}。请加上 --replace 再运行一次" in command(machine, "restore", str(made.path)).output
        assert command(machine, "restore", str(made.path), "--replace", "--yes").exit_code == 0
        assert said not in command(machine, "check-deploy").output


@pytest.mark.one_database
@pytest.mark.parametrize("damage", ["a byte", "the end", "appended", "swapped", "nothing"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(made: Made, blank: Blank, damage: str) -> None:
    whole = made.path.read_bytes()
    middle = len(whole) // 2
    made.path.write_bytes({
        "a byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "the end": whole[: middle],
        "appended": whole + b"\0",
        "swapped": whole[:200] + whole[300:400] + whole[200:300] + whole[400:],
        "nothing": b"",
    }[damage])  # fmt: skip
    with blank("damaged") as machine:
        for name in ("restore", "backup-check"):
            done = command(machine, name, str(made.path))
            assert done.exit_code == 1
            assert "备份文件" in done.output
            assert "Traceback" not in done.output
        assert on(machine, touched) == ([], [])


@pytest.mark.one_database
@pytest.mark.parametrize("lacking", ["BACKUP_KEY", "ENCRYPTION_KEYS", "INDEX_KEY", "AUDIT_KEY"])
def test_without_its_keys_nothing_is_touched(
    made: Made, blank: Blank, lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with blank("keys") as machine:
        held = machine.extensions["key_ring"]
        other = {"BACKUP_KEY": "b2" * 16 + "b2b2b2b2b2b=", "AUDIT_KEY": "another"}
        if lacking in other:
            monkeypatch.setitem(machine.config, lacking, other[lacking])
        else:
            ring = KeyRing({1: b"other" * 6 + b"ke"}, b"index" * 6 + b"ke", Algorithm.AES_256_GCM)
            kept = "index" if lacking == "ENCRYPTION_KEYS" else "unseal"
            monkeypatch.setattr(ring, kept, getattr(held, kept))
            monkeypatch.setitem(machine.extensions, "key_ring", ring)
        done = command(machine, "restore", str(made.path))
        assert done.exit_code == 1
        assert f"Error: {lacking} 不是做这份备份时的密钥" in done.output
        assert on(machine, touched) == ([], [])


@pytest.mark.one_database
def test_a_later_schema_and_another_database_are_refused(
    live: Flask, blank: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call_it(revision: str | None) -> None:
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    head = revision()
    made_before = making.make(quiet).path
    with blank("later") as machine:
        try:
            call_it("9999")
            later = making.make(quiet).path
        finally:
            call_it(head)
        done = command(machine, "restore", str(later))
        assert (done.exit_code, "备份的数据库结构（9999）比本程序新" in done.output) == (1, True)

        def on_postgresql() -> None:
            with monkeypatch.context() as patch:
                patch.setattr(db.engine.dialect, "name", "postgresql")
                with pytest.raises(Invalid, match="这是 SQLite 的备份，不能恢复到 PostgreSQL"):
                    restoring.plan(made_before, quiet)

        on(machine, on_postgresql)
        assert on(machine, touched) == ([], [])


def test_a_database_in_use_and_a_last_step_that_fails_leave_everything_as_it_was(
    made: Made, blank: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "GONE_SECONDS", 0.2)

    def in_use() -> None:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1")).all()
            if made.said.kind == databases.SQLITE:
                with pytest.raises(Conflict, match="数据库正在使用，没有恢复"):
                    sqlite_copy.replace(database_file(), Path("/nowhere"), None)
            else:
                with monkeypatch.context() as patch:
                    patch.setattr(db.engine, "dispose", lambda: None)
                    with pytest.raises(Conflict, match="数据库正在使用（另有 1 个连接）"):
                        restoring.plan(made.path, quiet)

    def other_rows() -> None:
        planned = restoring.plan(made.path, quiet)
        planned.said.rows["expert"] += 1  # type: ignore[index]
        with pytest.raises(Invalid, match=r"行数与备份的清单不符（expert）|psql 没有成功：.*rows of expert"):
            restoring.restore(planned, "试", quiet)

    def half_the_dump() -> None:
        planned = restoring.plan(made.path, quiet)
        monkeypatch.setattr(restoring, "_store_files", lambda *_: None)
        monkeypatch.setattr(restoring, "entries", halved)
        with pytest.raises(Invalid, match=r"不能解压|不完整|pg_restore 没有成功"):
            restoring.restore(planned, "试", quiet)

    with blank("fails") as machine:
        assert command(machine, "restore", str(made.path)).exit_code == 0
        before = on(machine, everything)
        for trial in (in_use, other_rows, half_the_dump):
            on(machine, trial)
            assert on(machine, everything) == before
            on(machine, lambda: db.engine.dispose())
        if made.said.kind == databases.SQLITE:
            assert not on(machine, lambda: list(database_file().parent.glob("*restoring*")))


@pytest.mark.parametrize(("ends_with", "is_certain"), [(2, False), (3, True)], ids=["connection lost", "refused"])
def test_a_connection_lost_at_the_last_step_is_told_of_until_it_is_done_again(
    ends_with: int, is_certain: bool, made: Made, blank: Blank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if made.said.kind == databases.SQLITE:
        pytest.skip("SQLite has no connection to lose")
    with blank("uncertain") as machine:
        psql = tmp_path / "psql"
        psql.write_text(f'#!/bin/sh\n{shutil.which("psql")} "$@" || exit\n[ "$1" = --version ] || exit {ends_with}\n')
        psql.chmod(0o755)
        with monkeypatch.context() as patch:
            patch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
            done = command(machine, "restore", str(made.path))
        assert done.exit_code != 0
        assert ("不知道有没有做完" in done.output) != is_certain
        assert ("没有确认做完" in command(machine, "check-deploy").output) != is_certain
        assert command(machine, "restore", str(made.path), "--replace", "--yes").exit_code == 0
        assert "没有确认做完" not in command(machine, "check-deploy").output


def halved(path: Path, *args: Any) -> Iterator[Entry]:
    """An archive of which half the database is gone when it is read for the last time."""
    for entry in entries(path, *args):
        if entry.kind == DATABASE:
            yield Entry(DATABASE, entry.name, entry.content[: len(entry.content) // 2])


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("version", "words"), [("15", None), ("16", "版本低于数据库的版本 16"), (None, "没有找到 pg_dump")]
)
def test_programs_that_lack_or_are_too_old_are_said(
    version: str | None, words: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if version:
        for program in ("pg_dump", "pg_restore", "psql"):
            (tmp_path / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) 15.20 (Debian 15.20-0)'\n")
            (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere")
    if words is None:
        postgresql_dump.require_client(15)
    else:
        with pytest.raises(Invalid, match=words):
            postgresql_dump.require_client(int(version or 15))
