"""What is costly to make, kept for a while in the memory of this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

SECONDS = 60.0
MOST = 64


@dataclass
class _Slot:
    until: float = float("-inf")
    value: Any = None
    lock: Lock = field(default_factory=Lock)


class Shelf:
    """Keeps each thing for ``seconds``, and at most so many. Safe for threads.

    Of several that ask for the same at once one makes it, while the others wait for it.
    """

    def __init__(self, seconds: float = SECONDS, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._lock = Lock()
        self._slots: dict[Hashable, _Slot] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under ``key``, made anew where there is none or its time is over.

        Whatever tells two things apart belongs into ``key``: who may see the one may not see the other.
        """
        slot = self._slot(key)
        with slot.lock:
            if self._clock() >= slot.until:
                slot.value = make()
                slot.until = self._clock() + self._seconds
            found: T = slot.value
            return found

    def _slot(self, key: Hashable) -> _Slot:
        with self._lock:
            slot = self._slots.pop(key, None) or _Slot()
            # The one that was asked for last stands last; the first goes.
            self._slots[key] = slot
            while len(self._slots) > self._most:
                del self._slots[next(iter(self._slots))]
            return slot
