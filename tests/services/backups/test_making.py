"""A backup is whole or is not there, keeps its measure, and takes turns with whatever takes files away."""

from __future__ import annotations

import errno
import json
import shutil
import stat
from collections import namedtuple
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.adapters.archive import ArchiveWriter
from app.adapters.postgresql_dump import Server
from app.commands.backup import Progress
from app.domain.errors import Conflict
from app.extensions import db
from app.models import AttachmentKind
from app.services import attachments, background, jobs, last_backup
from app.services.at_rest import files_at_rest
from app.services.backups import making, shelf
from app.services.backups.making import Made
from tests.support import people
from tests.support.backups import command, quiet
from tests.support.clock import Clock


def on_the_shelf() -> list[str]:
    return sorted(path.name for path in shelf.folder().iterdir())


def last(app: Flask) -> dict[str, Any] | None:
    path = Path(app.instance_path) / last_backup.NAME
    return json.loads(path.read_text(encoding="ascii")) if path.exists() else None


def test_it_lies_there_for_its_owner_alone_and_is_noted(made: Made, filled_in: Flask) -> None:
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert on_the_shelf() == [made.path.name]
    assert made.said.lacking == []
    noted = last(filled_in)
    assert noted is not None
    assert (noted["bytes"], noted["seconds"]) == (made.path.stat().st_size, pytest.approx(made.seconds, abs=0.1))
    assert datetime.fromisoformat(noted["finished_at"]).tzinfo is not None


def test_the_command_says_what_it_did_and_what_to_keep_and_no_key(live: Flask) -> None:
    people.expert()
    db.session.remove()
    done = command(live, "backup")
    assert done.exit_code == 0, done.output
    (name,) = on_the_shelf()
    for words in (
        f"已备份并校验：{shelf.folder() / name}",
        "附件和聘书：2 个",
        "BACKUP_KEY、ENCRYPTION_KEYS（全部编号）",
    ):
        assert words in done.output
    assert len(done.output.splitlines()) < 20
    for secret in ("BACKUP_KEY", "ENCRYPTION_KEYS", "INDEX_KEY", "AUDIT_KEY"):
        assert live.config[secret].split(":")[-1] not in done.output
    checked = command(live, "backup-check", str(shelf.folder() / name))
    assert (checked.exit_code, "备份文件完整" in checked.output) == (0, True)


def test_on_a_terminal_one_line_changes_and_in_a_file_a_few_stand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown(is_terminal: bool) -> str:
        monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
        progress = Progress()
        for done in range(1001):
            progress("校验", done, 1000)
        return capsys.readouterr().out

    on_a_terminal = shown(True)
    assert on_a_terminal.count("\r") == 101
    assert on_a_terminal.endswith("\r  校验：100%\x1b[K\n")
    assert on_a_terminal.count("\n") == 1
    assert shown(False) == "  校验：25%\n  校验：50%\n  校验：75%\n  校验：100%\n"


@pytest.mark.one_database
def test_without_its_key_nothing_is_made(live: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, words in (("", "没有设置 BACKUP_KEY"), ("short", "BACKUP_KEY 设置有误")):
        monkeypatch.setitem(live.config, "BACKUP_KEY", key)
        done = command(live, "backup")
        assert (done.exit_code, words in done.output) == (1, True)
    assert not Path(live.config["BACKUP_PATH"]).exists()


def test_two_at_once_are_one_and_no_file_is_swept_meanwhile(live: Flask) -> None:
    storage = live.extensions["ports"].storage
    storage.put(b"nobody's")
    storage.sweep = lambda *_: pytest.fail("swept")
    with files_at_rest("备份"):
        with pytest.raises(Conflict, match="另一个备份、恢复或文件清理正在进行，备份没有开始"):
            making.make(quiet)
        with pytest.raises(Conflict, match="文件清理没有开始"):
            attachments.sweep()
    del storage.sweep
    assert attachments.sweep() == 0
    assert making.make(quiet).said.files["count"] == 0


@pytest.mark.one_database
def test_a_disk_that_is_too_small_is_seen_before(live: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1024 * 1024))
    done = command(live, "backup")
    assert done.exit_code == 1
    assert "磁盘空间不足，没有开始备份" in done.output
    assert "只剩 1 MB" in done.output
    assert (on_the_shelf(), last(live)) == ([], None)


def test_a_disk_that_fills_up_leaves_nothing_half_done(filled_in: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ArchiveWriter, "add_file", full)
    done = command(filled_in, "backup")
    assert (done.exit_code, "磁盘已满，没有完成" in done.output) == (1, True)
    assert (on_the_shelf(), last(filled_in)) == ([], None)


@pytest.mark.one_database
def test_two_in_one_second_have_two_names(live: Flask, clock: Clock) -> None:
    first, second = making.make(quiet), making.make(quiet)
    assert on_the_shelf() == [first.path.name, second.path.name]
    assert first.said.made_at == second.said.made_at


@pytest.mark.one_database
def test_what_a_killed_one_left_goes_with_the_next(live: Flask) -> None:
    left = shelf.folder() / ".unfinished"
    left.mkdir()
    (left / "database").write_bytes(b"in clear")
    made = making.make(quiet)
    assert on_the_shelf() == [made.path.name]


@pytest.mark.one_database
def test_files_that_lack_are_said_and_push_out_no_older_backup(
    live: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(live.config, "BACKUP_KEEP", (1, 0, 0))
    older = shelf.folder() / "registry-20200101-030000.backup"
    older.touch()
    lost = people.attach(people.expert(), AttachmentKind.OTHER, "乙.pdf", b"lost", "application/pdf")
    db.session.commit()
    lost_digest = lost.digest
    for path in (tmp_path / "live-files" / "sealed").glob("*/*/*"):
        if path.name == live.extensions["key_ring"].index(lost_digest, "file").hex():
            path.write_bytes(b"damaged")
    done = command(live, "backup")
    assert done.exit_code == 1
    assert f"有 1 个文件在存储中缺失或损坏，备份中没有它们（{lost_digest[:12]}）" in done.output
    assert older.exists()
    assert last(live) is None
    (path,) = (path for path in shelf.folder().iterdir() if path != older)
    said = making.check(path, quiet)
    assert (said.lacking, said.files["count"]) == ([lost_digest], 2)


@pytest.mark.one_database
def test_old_ones_go_by_the_measure_and_files_of_other_names_stay(live: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(live.config, "BACKUP_KEEP", (2, 0, 1))
    names = ["registry-20261126-030000.backup", "registry-20261127-030000.backup", "registry-20261128-030000.backup"]
    for name in (*names, "registry-old.backup", "notes.txt"):
        (shelf.folder() / name).touch()
    with monkeypatch.context() as patch:
        clock = Clock(patch)
        clock.on(datetime(2026, 11, 29).date())  # noqa: DTZ001
        done = command(live, "backup")
    assert "已删除过期的备份：registry-20261126-030000.backup" in done.output
    there = on_the_shelf()
    assert [name for name in there if name in names] == names[2:]
    assert {"registry-old.backup", "notes.txt"} < set(there)
    assert len(there) == 4


@pytest.mark.one_database
def test_the_worker_makes_one_a_day_where_it_is_told_to(
    live: Flask, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    (job,) = (job for job in background.PATIENT if job.key == "backup")
    assert (job.every, making.daily()) == (jobs.DAY, 0)
    assert on_the_shelf() == []
    monkeypatch.setitem(live.config, "BACKUP_DAILY", True)
    jobs.enrol([job])
    for day in (1, 2):
        clock.forward(days=1)
        assert jobs.look([job])
        assert not jobs.look([job])
        assert len(on_the_shelf()) == day


def test_the_password_of_the_database_stands_on_no_command_line() -> None:
    server = Server({"host": "db", "user": "registry", "dbname": "registry", "sslmode": "require"}, "geheim")
    line = server.command("pg_dump", "--format=custom")
    assert line == [
        "pg_dump",
        "--no-password",
        "--dbname=host=db user=registry dbname=registry sslmode=require",
        "--format=custom",
    ]
    assert server.environment()["PGPASSWORD"] == "geheim"
