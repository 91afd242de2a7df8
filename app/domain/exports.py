"""导出: what certificates or the rows of a list are put into, where the work stands, how much one may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from app.domain.states import Labelled


class ExportKind(Labelled):
    """What it is put into; the value is the file's suffix too. Certificates go into the first two, a list into XLSX."""

    PDF = "pdf", "合并为一份 PDF"
    ZIP = "zip", "ZIP 压缩包，每份一个 PDF"
    XLSX = "xlsx", "Excel 表格"

    @property
    def at_most(self) -> int:
        """Certificates, or rows, in one export. A printer takes a ream, 500 sheets, at a time."""
        return {ExportKind.PDF: 500, ExportKind.ZIP: 2000, ExportKind.XLSX: 50_000}[self]


CERTIFICATE_KINDS = (ExportKind.PDF, ExportKind.ZIP)
MOST = max(kind.at_most for kind in CERTIFICATE_KINDS)
"""Certificates in one export."""
MOST_ROWS = ExportKind.XLSX.at_most


@dataclass(frozen=True)
class Said:
    """A filter that was set, as people read it. What was ``typed`` may name a person."""

    label: str
    words: str
    typed: bool = False


@dataclass(frozen=True)
class TableChoice:
    """What of the list so called is asked for: columns by name; its rows were ``ticked``, or found by filters."""

    title: str
    columns: tuple[str, ...]
    filters: tuple[Said, ...] = ()
    ticked: bool = False


class ExportState(Labelled):
    """Where the work stands."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "正在生成"
    DONE = "done", "已生成"
    FAILED = "failed", "没有成功"
    CANCELLED = "cancelled", "已取消"
    EXPIRED = "expired", "已过期删除"

    @property
    def is_open(self) -> bool:
        """Whether there is work left."""
        return self in OPEN_EXPORTS


OPEN_EXPORTS = (ExportState.QUEUED, ExportState.RUNNING)


def as_ranges(ids: Iterable[int]) -> str:
    """Ids in few words, for 操作日志: ``3-5,9`` of 3, 4, 5 and 9, in any order."""
    runs = (list(run) for _, run in groupby(enumerate(sorted(ids)), key=lambda pair: pair[1] - pair[0]))
    return ",".join(f"{run[0][1]}-{run[-1][1]}" if len(run) > 1 else str(run[0][1]) for run in runs)
