"""How a line of the log looks: with the number of its request, as text or as JSON, and never with a person's number.

No ID number and no mobile stands in a log, whoever wrote it there: an address, a fault's own words, a library.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.logging import default_handler

from app.domain.identity import hide_numbers
from app.trail import present_id

JSON = "json"
"""``LOG_FORMAT``: one object a line."""
ACCESS = logging.getLogger("app.access")
"""One line for each request that was answered."""


class WithoutNumbers(logging.Formatter):
    """What another formatter makes, with ID numbers and mobiles masked; its stack traces too."""

    def __init__(self, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines for a record."""
        return hide_numbers(self._inner.format(record))


class Readable(logging.Formatter):
    """For people: time, level, where, the request's number if there is one, what."""

    def __init__(self) -> None:
        super().__init__("[%(asctime)s] %(levelname)s in %(module)s%(request)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines for a record."""
        found = present_id()
        record.request = f" ({found})" if found else ""
        return super().format(record)


class JsonLines(logging.Formatter):
    """For programs: an object a line, its time in UTC by ISO 8601; ``fields`` of a record stand beside its message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record, a stack trace within it."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if found := present_id():
            said["request"] = found
        said |= getattr(record, "fields", {})
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def keep_numbers_out(handler: logging.Handler, inner: logging.Formatter | None = None) -> None:
    """From now on ``handler`` writes no ID number and no mobile; else as ``inner`` does, or as it did before."""
    if inner is not None or not isinstance(handler.formatter, WithoutNumbers):
        handler.setFormatter(WithoutNumbers(inner or handler.formatter))


def init_app(app: Flask) -> None:
    """Binds to what ``app`` writes its log with."""
    inner = JsonLines() if app.config["LOG_FORMAT"] == JSON else Readable()
    for handler in {default_handler, *app.logger.handlers}:
        keep_numbers_out(handler, inner)
    ACCESS.setLevel(logging.INFO if app.config["ACCESS_LOG"] else logging.WARNING)
