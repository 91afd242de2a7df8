"""Terms of validity and the calendar they are counted by (R13, R18, R19)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from app.domain.errors import Invalid

# China keeps one time, UTC+8, and no summer time since 1991. A fixed offset serves, and unlike
# zoneinfo needs no time zone database, which slim images lack.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

LONGEST_YEARS = 100


def now_utc() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today_in_shanghai(now: datetime | None = None) -> date:
    """The day in Shanghai at ``now``, by default at this moment. Raises ValueError for a naive ``now``."""
    moment = now_utc() if now is None else now
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone names no day")
    return moment.astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """The moment in which a day begins in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def last_day(start: date, years: int) -> date:
    """The last valid day of a term that begins on ``start``: the day before the anniversary (R18).

    A term that begins on 29 February ends on 28 February: in a leap year that is the day before its
    anniversary, in another the month's last day (民法典 art. 202). Raises Invalid unless ``years`` is
    1 to 100.
    """
    if not 1 <= years <= LONGEST_YEARS or start.year + years > date.max.year:
        raise Invalid(f"有效期应为1至{LONGEST_YEARS}年。", field="term")
    year = start.year + years
    if (start.month, start.day) == (2, 29):
        return date(year, 2, 28)
    return start.replace(year=year) - timedelta(days=1)


def check_term(valid_from: date, valid_to: date | None) -> None:
    """Raise Invalid where a term ends before it begins (R13). One day, and no end (长期), are terms."""
    if valid_to is not None and valid_to < valid_from:
        raise Invalid(
            f"有效期的截止日期（{chinese_date(valid_to)}）早于起始日期（{chinese_date(valid_from)}），请修改。",
            field="ends_on",
        )


def is_valid_on(valid_from: date | None, valid_to: date | None, day: date) -> bool:
    """Whether ``day`` lies in the term, both ends included (R19). None leaves that end open (长期)."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day <= valid_to)


def is_expired(valid_to: date | None, day: date) -> bool:
    """Whether the term was over before ``day`` began: ``valid_to < day``. 长期 never is."""
    return valid_to is not None and valid_to < day


def chinese_date(day: date) -> str:
    """``2026年11月24日``, without padding: ``2026年1月5日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_term(valid_from: date, valid_to: date | None) -> str:
    """``2020年10月15日 至 2030年10月14日``, or ``2020年10月15日 至 长期`` (R17)."""
    return f"{chinese_date(valid_from)} 至 {'长期' if valid_to is None else chinese_date(valid_to)}"
