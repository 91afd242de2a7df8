"""How a process tells the worker that there is something to do: a word in a queue of Huey's, which may get lost.

What is to be done stands in the database, and the worker looks there each second anyway. The word only spares people
the rest of that second, so the queue holds no data, needs no backup, and nobody waits for it when it is away.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.adapters.wake_queue import WakeQueue

ENOUGH = 4
"""Words that wait unheard: whoever hears one looks for everything. A worker that is off must not find thousands."""


class Waker(Protocol):
    """Wakes the worker."""

    def ring(self) -> None:
        """Says that there is something to do. Never fails: what it is about is committed already."""
        ...

    def answers(self) -> bool:
        """Whether the queue can be reached."""
        ...


class SilentWaker:
    """Wakes nobody; the worker looks each second. For tests and for tools."""

    def ring(self) -> None:
        """Says nothing."""

    def answers(self) -> bool:
        """There is nothing that could be away."""
        return True


class QueueWaker:
    """Wakes the worker by a word in its queue."""

    def __init__(self, uri: str, folder: Path) -> None:
        self._uri, self._folder = uri, folder
        self._queue: WakeQueue | None = None
        self._process = 0

    def ring(self) -> None:
        """Puts a word into the queue, unless there are enough."""
        queues = _queues()
        try:
            queue = self._own_queue(queues)
            if queue.huey.storage.queue_size() < ENOUGH:
                queue.word()
        except queues.AWAY as fault:
            logging.getLogger("app").warning("the worker was not woken: %s", type(fault).__name__)

    def answers(self) -> bool:
        """Whether the queue can be reached."""
        queues = _queues()
        try:
            self._own_queue(queues).huey.storage.queue_size()
        except queues.AWAY:
            return False
        return True

    def _own_queue(self, queues: ModuleType) -> WakeQueue:
        # A server forks its processes: a connection must not be carried from one into another.
        if self._queue is None or self._process != os.getpid():
            self._queue, self._process = queues.queue_at(self._uri, self._folder), os.getpid()
        return self._queue


def _queues() -> ModuleType:
    """Huey brings the driver of every database that it finds: 17 MB that who rings nobody does without."""
    return import_module("app.adapters.wake_queue")
