"""What is costly to make, kept for a while in the memory of this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from threading import Condition
from typing import Any, TypeVar

from cachetools import TTLCache, cached

T = TypeVar("T")

SECONDS = 60.0
MOST = 64


class Shelf:
    """Keeps each thing for ``seconds``, and at most so many. Safe for threads.

    Of several that ask for the same at once one makes it, while the others wait for it.
    """

    def __init__(self, seconds: float = SECONDS, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        kept: TTLCache[Hashable, Any] = TTLCache(most, seconds, clock)

        @cached(kept, key=lambda key, _make: key, condition=Condition())
        def get(_key: Hashable, make: Callable[[], Any]) -> Any:
            return make()

        self._get = get

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under ``key``, made anew where there is none or its time is over.

        Whatever tells two things apart belongs into ``key``: who may see the one may not see the other.
        """
        found: T = self._get(key, make)
        return found
