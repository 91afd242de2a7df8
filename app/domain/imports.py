"""导入专家: where the work on a file stands, what becomes of a row, and how much one file may hold."""

from __future__ import annotations

from app.domain.states import Labelled

ROWS_AT_MOST = 10_000
"""Experts in one file."""


class ImportState(Labelled):
    """Where the work on a file stands: read and checked, then looked through by a person, then imported."""

    QUEUED = "queued", "等待检查"
    CHECKING = "checking", "正在检查"
    CHECKED = "checked", "待确认"
    CONFIRMED = "confirmed", "等待导入"
    IMPORTING = "importing", "正在导入"
    DONE = "done", "已完成"
    FAILED = "failed", "没有成功"
    CANCELLED = "cancelled", "已取消"

    @property
    def is_working(self) -> bool:
        """Whether there is something to wait for."""
        return self in WAITING or self in WORKING

    @property
    def is_open(self) -> bool:
        """Whether rows can be changed and imported by a person's decision."""
        return self in (ImportState.CHECKED, ImportState.DONE)


WAITING = (ImportState.QUEUED, ImportState.CONFIRMED)
WORKING = (ImportState.CHECKING, ImportState.IMPORTING)
BEGUN = {ImportState.QUEUED: ImportState.CHECKING, ImportState.CONFIRMED: ImportState.IMPORTING}
"""What a worker makes of what waits."""


class RowState(Labelled):
    """What is to become, or became, of a row."""

    READY = "ready", "可导入"
    KNOWN = "known", "已有"
    WRONG = "wrong", "有误"
    IMPORTED = "imported", "已导入"
