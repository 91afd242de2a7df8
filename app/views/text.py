"""A value for a reader."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from app.domain.validity import SHANGHAI, chinese_date


def text_of(value: Any) -> Any:
    """Chinese dates, instants as Shanghai reads them, labels for statuses, 是 and 否, nothing for nothing."""
    if type(value) is str:  # the most of what a list shows
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        # FAB's own columns hold UTC without saying so.
        local = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(SHANGHAI)
        return f"{chinese_date(local)} {local:%H:%M}"
    if isinstance(value, date):
        return chinese_date(value)
    if isinstance(value, list):
        return "；".join(map(str, value))
    return getattr(value, "label", value)
