"""Whether every part works that the registry needs: asked of the parts themselves, and answered in any case.

Nobody waits longer than ``WITHIN`` for an answer, and it is kept for ``KEPT``: who asks again and again costs nothing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Lock

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from app.extensions import db
from app.services import jobs, operations, patience, queues
from app.services.ports import ports

WITHIN = 2.0
KEPT = 5.0
"""Seconds."""
MEGABYTE = 1024 * 1024
_TRIAL = b"whether the storage takes a file"
"""Always the same, so that there is one such file, which the sweep takes when nobody asks any more."""


@dataclass(frozen=True)
class Part:
    """``fault`` is what is wrong, for administrators; "" where nothing is."""

    key: str
    label: str
    fault: str = ""

    @property
    def works(self) -> bool:
        """Whether it does."""
        return not self.fault


@dataclass
class _Answers:
    """Those of this process, and until when they hold."""

    parts: list[Part] = field(default_factory=list)
    until: float = 0.0
    asking: Lock = field(default_factory=Lock)


def parts() -> list[Part]:
    """Every part, as it stood ``KEPT`` seconds ago at most; with the database away, those that stand in it lack."""
    known: _Answers = current_app.extensions.setdefault("health", _Answers())
    # While one asks, others have what was known before: a part that hangs must not hang every thread of the server.
    if known.asking.acquire(blocking=not known.parts):
        try:
            if time.monotonic() >= known.until:
                known.parts = _ask()
                known.until = time.monotonic() + KEPT
        finally:
            known.asking.release()
    return known.parts


def _ask() -> list[Part]:
    questions = {key: question for key, (_, question) in _QUESTIONS.items()}
    answers = patience.ask(questions, WITHIN)
    found: list[Part] = []
    for key, (label, _) in _QUESTIONS.items():
        answered = answers[key]
        found += [Part(key, label, "没有应答")] if answered is None else answered
    return found


def _database() -> list[Part]:
    """Asked in a transaction that the pool lends: where every connection is busy, that is said too."""
    wanted = _heads(current_app.extensions["migrate"].directory)
    fault = "" if schema() == wanted else "与程序版本不一致，请运行 flask --app run db upgrade"
    running = operations.is_alive(jobs.last_sign())
    stale = [queue for queue in queues.standing() if queue.is_stale]
    late = "、".join(f"{queue.label}已等待{queue.waited // timedelta(minutes=1)}分钟" for queue in stale)
    return [
        Part(DATABASE, "数据库"),
        Part(SCHEMA, "数据库结构", fault),
        Part(WORKER, "后台工作进程", "" if running else "没有运行，请启动 flask --app run worker"),
        Part(QUEUES, "等待处理的工作", late),
    ]


def schema() -> tuple[str, ...]:
    """The revisions that the database's schema is at: one, but for an upgrade that was left in the middle."""
    return tuple(sorted(MigrationContext.configure(db.session.connection()).get_current_heads()))


def _storage() -> list[Part]:
    ports().storage.put(_TRIAL)
    return [Part(STORAGE, "附件存储")]


def _disk() -> list[Part]:
    floor = current_app.config["DISK_FREE_MB"] * MEGABYTE
    short = [path for path, free in disks().items() if free < floor]
    return [Part(DISK, "磁盘空间", f"剩余不足 {current_app.config['DISK_FREE_MB']} MB" if short else "")]


def disks() -> dict[Path, int]:
    """Bytes that are free where data lie, by the folder; a file system counts once."""
    by_device: dict[int, tuple[Path, int]] = {}
    for name in ("INSTANCE_PATH", "STORAGE_PATH"):
        path = Path(current_app.config[name])
        if path.is_dir():
            by_device.setdefault(path.stat().st_dev, (path, shutil.disk_usage(path).free))
    return dict(by_device.values())


def _limits() -> list[Part]:
    """What counts in the process itself cannot be away."""
    in_process = str(current_app.config["RATELIMIT_STORAGE_URI"]).startswith("memory:")
    if in_process or not current_app.config["RATELIMIT_ENABLED"]:
        return []
    return [Part(LIMITS, "访问频率计数", "" if operations.limits_answer() else "Redis 没有应答，登录和短信会被拒绝")]


@cache
def _heads(directory: str) -> tuple[str, ...]:
    """The revisions that the program is written for."""
    return tuple(sorted(ScriptDirectory(directory).get_heads()))


DATABASE, SCHEMA, WORKER, QUEUES = "database", "schema", "worker", "queues"
STORAGE, DISK, LIMITS = "storage", "disk", "limits"
_QUESTIONS: dict[str, tuple[str, Callable[[], list[Part]]]] = {
    DATABASE: ("数据库", _database),
    STORAGE: ("附件存储", _storage),
    DISK: ("磁盘空间", _disk),
    LIMITS: ("访问频率计数", _limits),
}
