"""导出聘书: what several certificates are put into, where the work on it stands, and how much one may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from app.domain.states import Labelled


class ExportKind(Labelled):
    """What the certificates are put into."""

    PDF = "pdf", "合并为一份 PDF"
    ZIP = "zip", "ZIP 压缩包，每份一个 PDF"

    @property
    def at_most(self) -> int:
        """Certificates in one export. A printer takes a ream, 500 sheets, at a time."""
        return 500 if self is ExportKind.PDF else 2000


MOST = max(kind.at_most for kind in ExportKind)


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
