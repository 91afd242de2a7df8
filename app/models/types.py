"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator

TotpSecret = Text
"""Of the secret from which one-time passwords are made: whoever reads it makes them too."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Stored as UTC without a zone, read as an aware ``datetime`` in UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone is ambiguous")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Choice(TypeDecorator[Any]):
    """A string enum stored as its value; a CHECK in the table guards it, so no database enum is needed."""

    impl = String
    cache_ok = True

    def __init__(self, members: type[Enum]) -> None:
        self.members = members
        super().__init__(max(len(m.value) for m in members))

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(self.members(value).value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.members(value)


def check_members(column: str, members: type[Enum]) -> str:
    """The SQL of a CHECK that holds ``column`` to the members' values."""
    return f"{column} IN ({', '.join(repr(m.value) for m in members)})"


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)
