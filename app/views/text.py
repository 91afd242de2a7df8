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


def size_of(count: int) -> str:
    """Bytes as a person reads them: 字节, then KB, MB and GB of 1,024."""
    if count < 1024:
        return f"{count} 字节"
    if count < 1024**2:
        return f"{count / 1024:.0f} KB"
    return f"{count / 1024**2:.1f} MB" if count < 1024**3 else f"{count / 1024**3:.1f} GB"
