"""What a typed value may be, whoever takes it: a form, or a service that writes what a form took earlier.

Each check gives what is wrong as a Chinese sentence, or ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

TEXT_LENGTH = 1000
"""Characters of a text whose column sets no length."""
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""Days that a profile or a term has, both included."""
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?", re.ASCII)
LOWEST, HIGHEST = 0, 80
"""Whole numbers, where nothing else is said: years of practice, positions."""
UNPRINTABLE = "含有无法显示的控制字符，请删除后重新输入。"
NOT_LISTED = "请从列表中选择。"
NO_DAY = "不是有效日期，请按“2026-11-24”的格式填写。"


def unprintable(text: str) -> bool:
    """Whether the text holds characters that no document can print: control, direction and surrogate ones."""
    return bool(_CONTROL.search(text) or _SURROGATE.search(text))


def text_problem(text: str, longest: int) -> str | None:
    """Of a text of at most ``longest`` characters."""
    if unprintable(text):
        return UNPRINTABLE
    return too_long(longest) if len(text) > longest else None


def too_long(longest: int) -> str:
    """What is said of a text that is longer."""
    return f"不能超过{longest}个字。"


def choice_problem(text: str, choices: Collection[str]) -> str | None:
    """Of one of a closed list."""
    return None if text in choices else NOT_LISTED


def day_problem(day: date) -> str | None:
    """Of a day of a profile or a term."""
    return None if EARLIEST <= day <= LATEST else f"年份须在{EARLIEST.year}至{LATEST.year}之间。"


def parse_day(text: str) -> date | None:
    """A day as people write it: ``2026-11-24``, ``2026/11/24``, ``2026.11.24``, ``2026年11月24日``; else ``None``."""
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def number_problem(number: int | None, low: int = LOWEST, high: int = HIGHEST) -> str | None:
    """Of a whole number within bounds, both included; ``None`` is a text that is no number."""
    return None if number is not None and low <= number <= high else f"请填写{low}至{high}的整数。"
