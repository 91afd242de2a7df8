"""What goes on beside what is measured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beside(*work: Callable[[threading.Event], None]) -> Iterator[None]:
    """While the block runs, each of ``work`` in a thread of its own, which ends when the event it is given is set."""
    over = threading.Event()
    threads = [threading.Thread(target=one, args=(over,)) for one in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
