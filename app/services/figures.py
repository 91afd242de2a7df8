"""The figures of the registry that somebody watches, counted by the database when they are asked for.

Each is one statement over an index; what is counted grows with the registry, so a figure that took its time is not
counted again before a hundred times that has passed: at a million experts watching takes a hundredth of one core.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app.domain.states import ApplicationStatus
from app.extensions import db
from app.metrics import Figure
from app.models import Application, BackgroundJob, ExpertReach, Region
from app.services import health, jobs, last_backup, operations, patience, queues, resending, sessions
from app.version import VERSION

WITHIN = 5.0
"""Seconds that who asks waits at most; a figure that is not there by then is left out, and kept for the next time."""
FRESH = 10.0
SHARE = 100
DAY = timedelta(days=1)
"""For what is counted of the last day."""


@dataclass
class _Kept:
    figures: list[Figure]
    until: float


def all_figures() -> list[Figure]:
    """All that can be had; with the database away those of the machine alone."""
    questions = {key: _kept(key, question) for key, question in _QUESTIONS.items()}
    answers = patience.ask(questions, WITHIN)
    return [figure for found in answers.values() for figure in found or ()]


def _kept(key: str, question: Callable[[], list[Figure]]) -> Callable[[], list[Figure]]:
    known: dict[str, _Kept] = current_app.extensions.setdefault("figures", {})

    def ask() -> list[Figure]:
        found, began = known.get(key), time.monotonic()
        if found is None or began >= found.until:
            found = _Kept([], began + FRESH)
            try:
                found.figures = question()
            finally:
                # One that failed is left alone for a while too: it may have failed because it took too long.
                ended = time.monotonic()
                found.until = ended + max(FRESH, SHARE * (ended - began))
                known[key] = found
        return found.figures

    return ask


def _cases() -> list[Figure]:
    grouped = select(Application.status, func.count().label("count")).group_by(Application.status)
    counts = {row.status: row.count for row in db.session.execute(grouped)}
    return [_by("registry_cases", "申报件数，按状态", "state", {s.value: counts.get(s, 0) for s in ApplicationStatus})]


def _experts() -> list[Figure]:
    """Read off the index by which the officials of the uppermost region see everybody."""
    top = select(Region.code).where(Region.level == 0)
    grouped = select(ExpertReach.approved, func.count().label("count")).where(ExpertReach.region_code.in_(top))
    counts = {row.approved: row.count for row in db.session.execute(grouped.group_by(ExpertReach.approved))}
    states = {"approved": counts.get(True, 0), "other": counts.get(False, 0)}
    return [_by("registry_experts", "专家人数：审核通过的，其他的", "state", states)]


def _sessions() -> list[Figure]:
    return [_one("registry_sessions", "有效的登录会话数", sessions.living_count())]


def _sms() -> list[Figure]:
    failed = resending.failed_count(DAY)
    return [_one("registry_sms_failed_last_day", "24小时内生成、发送失败或未送达的短信数", failed)]


def _queues() -> list[Figure]:
    standing = queues.standing()
    waits = {queue.key: queue.waited.total_seconds() for queue in standing}
    return [
        _by("registry_queue_length", "等待后台处理的件数", "queue", {queue.key: queue.length for queue in standing}),
        _by("registry_queue_oldest_seconds", "其中最早的一件已等待的秒数", "queue", waits),
    ]


def _worker() -> list[Figure]:
    failures = db.session.execute(select(BackgroundJob.key, BackgroundJob.failures)).all()
    found = [
        Figure("registry_job_failures", "后台任务连续失败的次数", ("job",), {(key,): float(n) for key, n in failures})
    ]
    if (seen := jobs.last_sign()) is not None:
        found.append(_one("registry_worker_seen_timestamp_seconds", "后台工作进程最近一次活动的时刻", seen.timestamp()))
    return found


def _size() -> list[Figure]:
    return [_one("registry_database_bytes", "数据库占用的字节数", operations.database_bytes())]


def _machine() -> list[Figure]:
    parts = {part.key: part.works for part in health.parts()}
    free = min(health.disks().values(), default=0)
    found = [
        _by("registry_info", "程序版本", "version", {VERSION: 1}),
        _by("registry_part_works", "各部分是否正常：1 正常，0 不正常", "part", parts),
        _one("registry_disk_free_bytes", "数据所在磁盘的剩余字节数", free),
    ]
    if (backup := last_backup.last()) is not None:
        found += [
            _one("registry_backup_timestamp_seconds", "最近一次成功备份的时刻", backup.finished_at.timestamp()),
            _one("registry_backup_bytes", "最近一次成功备份的字节数", backup.bytes),
            _one("registry_backup_seconds", "最近一次成功备份用的秒数", backup.seconds),
        ]
    return found


def _by(name: str, help_text: str, label: str, values: Mapping[str, float]) -> Figure:
    return Figure(name, help_text, (label,), {(key,): float(value) for key, value in values.items()})


def _one(name: str, help_text: str, value: Any) -> Figure:
    return Figure(name, help_text, (), {(): float(value or 0)})


_QUESTIONS: dict[str, Callable[[], list[Figure]]] = {
    "cases": _cases,
    "experts": _experts,
    "sessions": _sessions,
    "sms": _sms,
    "queues": _queues,
    "worker": _worker,
    "size": _size,
    "machine": _machine,
}
