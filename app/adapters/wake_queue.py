"""The queue that wakes the worker, by Huey: in a Redis or in a file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from redis import ConnectionPool, RedisError

NAME, FILE = "registry", "queue.db"
CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 2
"""Of a Redis. The worker's own wait for a word is a second long, and must fit in."""

AWAY = (RedisError, sqlite3.Error, OSError)
"""What a queue raises that cannot be reached."""


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
