"""A peer as the comparison sees it: a process that is asked for pages one by one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.pages import DJANGO, DJANGO_INDEXED, SQLADMIN
from benchmarks.peers.asking import Facts
from benchmarks.rotation import ROOT

OTHERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
"""Django and SQLAdmin live apart: SQLAdmin holds WTForms back to a version that the product has left behind."""
APART = (DJANGO, DJANGO_INDEXED, SQLADMIN)


def is_installed(name: str) -> bool:
    """Whether this peer can be asked at all."""
    return name not in APART or OTHERS_PYTHON.exists()


@dataclass
class PeerProcess:
    """``pages`` are those that it has."""

    name: str
    process: subprocess.Popen[str]
    pages: frozenset[str] = frozenset()

    def ask(self, page: str, words: str = "") -> dict[str, Any]:
        """The page, once. Raises RuntimeError for another status than 200."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"page": page, "words": words}) + "\n")
        self.process.stdin.flush()
        given = self.read()
        if given["status"] != 200:
            raise RuntimeError(f"{self.name} answers {page} with {given['status']}: {given['begins']}")
        return given

    def read(self) -> dict[str, Any]:
        """The next line that it says. Raises RuntimeError where it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def started(name: str, facts: Facts, log: Path) -> Iterator[PeerProcess]:
    """The peer, logged in; ``log`` takes what it prints."""
    python = str(OTHERS_PYTHON) if name in APART else sys.executable
    command = [python, "-m", "benchmarks.peers.serve", name, json.dumps(asdict(facts))]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        try:
            peer = PeerProcess(name, process)
            try:
                peer.pages = frozenset(peer.read()["pages"])
            except RuntimeError:
                raise RuntimeError(f"{name} does not start:\n{log.read_text(encoding='utf-8')[-3000:]}") from None
            yield peer
        finally:
            process.kill()
            process.wait()


@contextmanager
def all_started(facts: dict[str, Facts], folder: Path) -> Iterator[list[PeerProcess]]:
    """Every peer that is installed, in the order given."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(started(name, own, folder / f"{name}.log"))
            for name, own in facts.items()
            if is_installed(name)
        ]
