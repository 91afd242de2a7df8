"""Whose turn it is, among the processes of one machine."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn_at_once(folder: Path, what: str) -> Iterator[bool]:
    """As ``turn``, without waiting: gives whether it is one's own."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / what).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def turn(folder: Path, what: str) -> Iterator[None]:
    """Waits until nobody else is at ``what`` (a word that will do for a file's name), and keeps others from it.

    The kernel takes the lock from whoever dies. The file stays: taken away, two could each lock their own.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / what).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
