"""The trials in short. Each runs in a process of its own: limits counted in Redis are the process's, not the test's."""

from __future__ import annotations

import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.stress.__main__ import TRIALS
from tests.stress.installation import REDIS
from tests.support import databases
from tests.support.parts import left_out
from tests.support.source import ROOT


def redis_answers() -> bool:
    place = urlsplit(REDIS)
    try:
        socket.create_connection((place.hostname or "", place.port or 6379), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("kind", databases.KINDS)
def test_many_hands_at_once_and_hands_that_die(kind: str) -> None:
    if not redis_answers():
        left_out(f"Redis does not answer at {REDIS}")
    done = subprocess.run(
        [sys.executable, "-m", "tests.stress", "--short", "--database", kind],
        cwd=ROOT, capture_output=True, text=True, timeout=570,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    figures = {tuple(line.split()[1:3]): line.split()[3] for line in done.stdout.splitlines()}
    assert {name for name, _ in figures} == set(TRIALS)
    assert figures["filing", "filings"] == "32"
    assert int(figures["killing", "kills"]) > 10
    assert int(figures["reminding", "kills"]) > 1
    assert int(figures["backing", "kills_backup"]) > 0
    assert int(figures["backing", "kills_restore"]) > 0
    assert int(figures["racing", "won_by_terminate"]) > 0
    assert figures["once", "served_totp_code"] == "1"
