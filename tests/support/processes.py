"""Other processes: which ones a server has started, one that stands still, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 60
"""A busy machine is slow, not wrong."""


def children(pid: int) -> set[int]:
    """The processes which that one has started and which live."""
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()}


@contextmanager
def halted(pid: int) -> Iterator[None]:
    """While it stands still another one does the work."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def wait_until(done: Callable[[], bool]) -> None:
    """Fails where it takes too long."""
    until = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)
