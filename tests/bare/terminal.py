"""What an administrator sits at: one shell, whose folder and variables stay, and programs that ask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect

READY = re.compile(r"@@(\d+)@@\r?\n")
SECONDS = 300
Answers = Sequence[tuple[str, str]]
"""What a program asks, as a pattern, and what is typed then; in this order."""


class Failed(Exception):
    """A command that ended with another status than it should; what it said."""


class Terminal:
    """``enter`` is the command that brings a shell there. ``home``: its folder, seen from here; ``log``: what is said."""

    def __init__(self, enter: Sequence[str], home: Path, log: Path) -> None:
        self._home = home
        self._log = log.open("w", encoding="utf-8")
        shell = [*enter, "bash", "--noprofile", "--norc", "--noediting"]
        self._child = pexpect.spawn(
            shell[0], shell[1:], encoding="utf-8", codec_errors="replace", echo=False, dimensions=(50, 200)
        )
        self._child.logfile_read = self._log
        # The first line that fails ends what is read from a file, as it would make people stop.
        self._child.sendline("PS1= PS2=; cd; set -o pipefail; trap 'return $? 2>/dev/null' ERR; echo '@@'0'@@'")
        self._child.expect(READY, timeout=SECONDS)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves the shell."""
        self._child.close(force=True)
        self._log.close()

    def run(self, lines: str, answers: Answers = (), status: int = 0, seconds: float = SECONDS) -> str:
        """Types ``lines``, answers what is asked, and returns what was said.

        Raises Failed for another ``status`` than this, for a question that does not come, or after so many ``seconds``.
        """
        (self._home / "typed").write_text(f"{lines.rstrip()}\n", encoding="utf-8")
        self._log.write(f"\n$ {lines.rstrip()}\n")
        self._child.sendline(". /root/typed; echo '@@'$?'@@'")
        said = ""
        try:
            for question, reply in answers:
                found = self._child.expect([question, READY], timeout=seconds)
                said += self._child.before + self._child.after
                if found == 1:
                    raise Failed(f"{lines}\nhas not asked {question!r}:\n{said}")
                self._child.sendline(reply)
            self._child.expect(READY, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF) as fault:
            raise Failed(
                f"{lines}\nhas not ended in {seconds} s:\n{said}{(self._child.before or '')[-2000:]}"
            ) from fault
        said += self._child.before
        if int(self._child.match[1]) != status:
            raise Failed(f"{lines}\nended with {self._child.match[1]}, not {status}:\n{said[-3000:]}")
        return said
