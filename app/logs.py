"""No ID number and no mobile in a log, whoever wrote it there: an address, a fault's own words, a library."""

from __future__ import annotations

import logging

from flask import Flask
from flask.logging import default_handler

from app.domain.identity import hide_numbers


class WithoutNumbers(logging.Formatter):
    """What another formatter makes, with ID numbers and mobiles masked; its stack traces too."""

    def __init__(self, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines for a record."""
        return hide_numbers(self._inner.format(record))


def keep_numbers_out(handler: logging.Handler) -> None:
    """From now on ``handler`` writes no ID number and no mobile."""
    if not isinstance(handler.formatter, WithoutNumbers):
        handler.setFormatter(WithoutNumbers(handler.formatter))


def init_app(app: Flask) -> None:
    """Binds to what ``app`` writes its log with."""
    for handler in {default_handler, *app.logger.handlers}:
        keep_numbers_out(handler)
