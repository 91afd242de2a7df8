"""A number for each process that lives, taken up again by another once it has died.

Whoever keeps a file for each process thus keeps as many as there are processes at once, not as there ever were.
"""

from __future__ import annotations

import fcntl
import os
from itertools import count
from pathlib import Path
from typing import IO

from app.adapters.turn import turn


class Slots:
    """The numbers handed out in ``folder``. A child that was forked gets one of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process, self._number = 0, 0
        self._held: IO[str] | None = None

    def own(self) -> int:
        """The number of this process, from 0 on."""
        if self._process != os.getpid():
            with turn(self._folder, "lock"):
                # What was inherited goes on being held by the parent.
                self._held, former = None, self._held
                if former is not None:
                    former.close()
                self._number, self._held = next(
                    (number, held) for number in count() if (held := self._try(number)) is not None
                )
                self._process = os.getpid()
        return self._number

    def _try(self, number: int) -> IO[str] | None:
        file = (self._folder / f"slot-{number}").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file
