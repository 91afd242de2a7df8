"""Days as the pages write them, and as they read in English."""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_date

_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_MONTH = re.compile(r"(\d{4})年(\d{1,2})月(?!\d)")
_YEAR = re.compile(r"(\d{4})年(?!\d)")
_OTHER = re.compile(r"[\u3400-\u9fff]")


def day_in_english(text: str) -> str:
    """``2026年10月1日 09:30`` as ``1 October 2026 09:30``; empty for what says more than days."""
    found = _DAY.sub(lambda said: _said(said, "d MMMM y"), text)
    found = _MONTH.sub(lambda said: _said(said, "MMMM y"), found)
    found = _YEAR.sub(r"\1", found).replace("至", "to")
    return "" if _OTHER.search(found) or found == text else found


def _said(said: re.Match[str], form: str) -> str:
    try:
        return format_date(date(*map(int, said.groups()), *([1] if form == "MMMM y" else [])), form, "en")
    except ValueError:
        return said[0]
