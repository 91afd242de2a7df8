"""统计分析: figures and what they are of, apart from where they come from and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.validity import SHANGHAI, chinese_date, today_in_shanghai

EXPERTS, APPLICATIONS, CERTIFICATES = "专家信息", "申报记录", "聘书"
"""The lists whose rows are counted."""

AGES = ((35, "35岁及以下"), (45, "36至45岁"), (55, "46至55岁"), (60, "56至60岁"), (65, "61至65岁"))
"""The last year of each band, in full years; beyond is ``OLDER``."""
OLDER = "65岁以上"
BANDS = (*(label for _, label in AGES), OLDER)
WAITS = (
    ("5日内", 0, 5),
    ("6至10日", 6, 10),
    ("11至20日", 11, 20),
    ("21至30日", 21, 30),
    ("31至60日", 31, 60),
    ("60日以上", 61, 99_999),
)
"""Calendar days from 申报 to 备案, the first and the last of each band."""
UNKNOWN = "未填写"


@dataclass(frozen=True)
class Figure:
    """How many. ``query`` are the filters under which the block's list shows the same rows; None where it has none."""

    label: str
    count: int
    query: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Block:
    """Figures of one kind; ``of`` is the list that they count, ``heading`` what their labels are."""

    name: str
    title: str
    heading: str
    of: str
    figures: tuple[Figure, ...]
    note: str = ""

    @property
    def unit(self) -> str:
        """What is counted, in a word."""
        return {EXPERTS: "人数", APPLICATIONS: "件数", CERTIFICATES: "份数"}[self.of]

    @property
    def most(self) -> int:
        """The largest figure, at least 1."""
        return max((figure.count for figure in self.figures), default=0) or 1

    @property
    def total(self) -> int:
        """Of all figures."""
        return sum(figure.count for figure in self.figures)


@dataclass(frozen=True)
class Coverage:
    """重点领域 × 地区: a row is an industry, a field, and a figure for each of the ``places``."""

    places: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Figure, ...]], ...]

    @property
    def most(self) -> int:
        """The largest figure, at least 1."""
        return max((figure.count for *_, figures in self.rows for figure in figures), default=0) or 1

    @property
    def gaps(self) -> int:
        """Places that lack a field."""
        return sum(figure.count == 0 for *_, figures in self.rows for figure in figures)


@dataclass(frozen=True)
class Statistics:
    """The whole page: whose figures, as of which moment; ``people`` says in words which experts are counted."""

    place: str
    people: str
    moment: datetime
    blocks: tuple[Block, ...]
    coverage: Coverage

    @property
    def day(self) -> date:
        """In Shanghai."""
        return today_in_shanghai(self.moment)

    @property
    def as_of(self) -> str:
        """The moment for a reader, to the second."""
        return f"截至{chinese_date(self.day)} {self.moment.astimezone(SHANGHAI):%H:%M:%S}"


def birthday_limits(today: date) -> list[tuple[date, str]]:
    """Who is born on the day or later is of the band or younger, the youngest first."""
    return [(_years_before(today, last + 1), label) for last, label in AGES]


def born_within(band: str, today: date) -> tuple[date, date]:
    """The first and the last birthday of who is of an age band on ``today``."""
    last = today
    for first, label in birthday_limits(today):
        if label == band:
            return first, last
        last = first - timedelta(days=1)
    return date.min, last


def months(today: date, count: int) -> list[date]:
    """First days of ``count`` months and of the one after them: before and with the present one, or from it on.

    >>> months(date(2026, 1, 31), -2)
    [datetime.date(2025, 12, 1), datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)]
    """
    first = today.year * 12 + today.month - 1
    begin = first + count + 1 if count < 0 else first
    return [date(n // 12, n % 12 + 1, 1) for n in range(begin, begin + abs(count) + 1)]


def median(counted: Mapping[int, int]) -> int | None:
    """The lower median of values that come so often each; None of nothing."""
    half, seen = (sum(counted.values()) + 1) // 2, 0
    for value in sorted(counted):
        seen += counted[value]
        if seen >= half:
            return value
    return None


def _years_before(day: date, years: int) -> date:
    """The first birthday of those who have not reached so many years on ``day``."""
    try:
        turned = day.replace(year=day.year - years)
    except ValueError:  # 29 February
        turned = date(day.year - years, 2, 28)
    return turned + timedelta(days=1)
