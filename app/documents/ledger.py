"""聘书台账: the certificates of an organization and a year, line by line, for a page and for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

UNENDING = "长期"


@dataclass(frozen=True)
class Line:
    """One certificate. ``valid_to`` of ``None`` is 长期; ``ended_on`` is the day of its early end or its 换发."""

    number: str
    name: str
    title: str
    body: str
    department: str
    valid_from: date
    valid_to: date | None
    issued_on: date
    state: str
    ended_on: date | None
    reason: str
    remark: str

    def cells(self, serial: int) -> tuple[int | str | date, ...]:
        """What stands under ``COLUMNS``; nothing is blank text."""
        return (
            serial,
            self.number,
            self.name,
            self.title,
            self.body,
            self.department,
            self.valid_from,
            self.valid_to or UNENDING,
            self.issued_on,
            self.state,
            self.ended_on or "",
            self.reason,
            self.remark,
        )


COLUMNS: tuple[tuple[str, float], ...] = (
    ("序号", 5.5),
    ("证书编号", 17.5),
    ("姓名", 9.5),
    ("聘任名称", 20),
    ("聘用单位", 20),
    ("审核部门", 22),
    ("有效期起", 12.5),
    ("有效期止", 12.5),
    ("备案日期", 12.5),
    ("状态", 7.5),
    ("终止、换发日期", 12.5),
    ("终止、换发原因", 36),
    ("备注", 22),
)
"""Heading and width, in characters of a spreadsheet's standard font."""


@dataclass(frozen=True)
class Ledger:
    """``counts`` is state to how many, ``gaps`` sentences about numbers that lack (R16: there are none).

    ``lines`` can be read once.
    """

    organization: str
    year: int
    prepared_on: date
    counts: Mapping[str, int]
    gaps: tuple[str, ...]
    lines: Iterable[Line]

    @property
    def title(self) -> str:
        """``云南省应急管理厅2026年聘书台账``."""
        return f"{self.organization}{self.year}年聘书台账"

    @property
    def total(self) -> int:
        """How many lines it has."""
        return sum(self.counts.values())

    @property
    def counted(self) -> str:
        """``共3份：有效2份，已终止1份``."""
        shares = "，".join(f"{state}{count}份" for state, count in self.counts.items() if count)
        return f"共{self.total}份" + (f"：{shares}" if shares else "")
