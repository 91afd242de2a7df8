"""How a process tells the worker that there is something to do: a word in a queue of Huey's, which may get lost.

What is to be done stands in the database, and the worker looks there each second anyway. The word only spares people
the rest of that second, so the queue holds no data, needs no backup, and nobody waits for it when it is away.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from redis import ConnectionPool, RedisError

NAME, FILE = "registry", "queue.db"
"""Where two installations share a Redis one may hear the other's word: that costs a code the second of a look."""
ENOUGH = 4
"""Words that wait unheard: whoever hears one looks for everything. A worker that is off must not find thousands."""
CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 2
"""Of a Redis. The worker's own wait for a word is a second long, and must fit in."""

AWAY = (RedisError, sqlite3.Error, OSError)
"""What a queue raises that cannot be reached."""


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
        try:
            queue = self._own_queue()
            if queue.huey.storage.queue_size() < ENOUGH:
                queue.word()
        except AWAY as fault:
            logging.getLogger("app").warning("the worker was not woken: %s", type(fault).__name__)

    def answers(self) -> bool:
        """Whether the queue can be reached."""
        try:
            self._own_queue().huey.storage.queue_size()
        except AWAY:
            return False
        return True

    def _own_queue(self) -> WakeQueue:
        # A server forks its processes: a connection must not be carried from one into another.
        if self._queue is None or self._process != os.getpid():
            self._queue, self._process = queue_at(self._uri, self._folder), os.getpid()
        return self._queue


@dataclass(frozen=True)
class WakeQueue:
    """The queue, and ``word()``, which puts into it what has its reader ``act``."""

    huey: Huey
    word: Callable[[], Any]


class PlainWords:
    """Huey's messages as JSON. It pickles them: who can write into the queue could then run code in the worker."""

    def serialize(self, data: Any) -> bytes:
        """The bytes of a message."""
        return json.dumps(data).encode()

    def deserialize(self, data: bytes) -> Any:
        """The message of the bytes. Raises ValueError or TypeError for what is none."""
        return Message(*json.loads(data))


def queue_at(uri: str, folder: Path, act: Callable[[], Any] = lambda: None) -> WakeQueue:
    """The queue in the Redis at ``uri`` or, without one, in a file in ``folder``. ``act`` is what its reader does.

    Raises what ``AWAY`` names.
    """
    options: dict[str, Any] = {"results": False, "serializer": PlainWords()}
    if uri:
        pool = ConnectionPool.from_url(
            uri, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS, health_check_interval=30
        )
        huey = RedisHuey(NAME, connection_pool=pool, **options)
    else:
        # Not to disk before it answers: a power cut may take the word.
        huey = SqliteHuey(NAME, filename=str(folder / FILE), fsync=False, timeout=1, **options)

    @huey.task()
    def look() -> None:
        act()

    return WakeQueue(huey, look)
