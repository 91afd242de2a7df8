"""Several people at once, each in a thread with a database session of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from flask import Flask

from app.domain.errors import DomainError
from app.extensions import db


def at_once(app: Flask, deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """Starts all deeds at the same moment. Gives what each returned, or the refusal that it met."""
    db.session.rollback()  # the test's own transaction must not stand in anybody's way
    start = threading.Barrier(len(deeds))
    results: list[Any] = [None] * len(deeds)

    def run(number: int, deed: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait()
            try:
                results[number] = deed()
            except Exception as error:
                results[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, DomainError):
            raise result
    return results


class Meeting:
    """A point in the program where ``size`` threads wait for one another, so that each has read before one writes.

    Where the database lets only one of them come so far (SQLite), it goes on alone after a moment.
    """

    def __init__(self, size: int = 2, patience: float = 0.3) -> None:
        self._barrier = threading.Barrier(size)
        self._patience = patience

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, entered together."""

        def met(*args: Any, **kwargs: Any) -> Any:
            with suppress(threading.BrokenBarrierError):
                self._barrier.wait(self._patience)
            return function(*args, **kwargs)

        return met
