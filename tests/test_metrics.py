"""What is counted in several processes is one sum, through their replacement too; where it is kept, and for whom."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import metrics
from tests.support.processes import children, halted, wait_until
from tests.support.source import ROOT

REQUESTS, EACH = 40, 12
"""Sent in all, and answered by a process before it is replaced."""


@dataclass(frozen=True)
class Server:
    """Gunicorn at work: where it answers, where it keeps its files, and the number of its first process."""

    port: int
    instance: Path
    pid: int


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Gunicorn as ``make run`` starts it: two processes, each replaced after a few requests."""
    instance = tmp_path_factory.mktemp("metrics")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["--config", "scripts/gunicorn.conf.py", "--max-requests", str(EACH), "--max-requests-jitter", "0"]
    environment = {**os.environ, "INSTANCE_PATH": str(instance), "PORT": str(port), "RATELIMIT_ENABLED": "0"}
    log = (instance / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *command, "run:app"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    try:
        wait_until(lambda: len(children(process.pid)) == 2)
        yield Server(port, instance, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        log.close()


def get(port: int, path: str) -> tuple[int, str]:
    """Each on a connection of its own; asked again where the process ended at that very moment."""
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (ConnectionError, http.client.RemoteDisconnected):
            time.sleep(0.2)
        finally:
            connection.close()
    raise AssertionError("no answer")


def counted(port: int, name: str) -> float:
    """The sum of the series of that name which are of the page that was asked for."""
    _, text = get(port, "/metrics")
    found = re.findall(rf'^{name}\{{[^}}]*rule="/help/<chapter>"[^}}]*\}} (\S+)$', text, re.MULTILINE)
    return sum(map(float, found))


def test_two_processes_and_those_after_them_are_one_sum(server: Server) -> None:
    port, folder = server.port, server.instance / "metrics"
    first = children(server.pid)
    answers = []
    # Left to themselves, one of the two might answer everything.
    for number, process in enumerate(first, start=1):
        with halted(process):
            answers.append(get(port, "/help/check")[0])
            wait_until(lambda many=number: len(list(folder.glob("counter_*.db"))) == many)
    with ThreadPoolExecutor(8) as pool:
        answers += pool.map(lambda _: get(port, "/help/check")[0], range(REQUESTS - len(answers)))
    assert answers == [200] * REQUESTS
    wait_until(lambda: counted(port, "registry_requests_total") >= REQUESTS)
    assert counted(port, "registry_requests_total") == REQUESTS
    assert counted(port, "registry_request_seconds_count") == REQUESTS
    # Two processes answer no more than twice EACH: by then others had taken over, and there are files for as many
    # as there were at once.
    assert children(server.pid) != first
    slots = len(list(folder.glob("slot-*")))
    assert 2 <= slots <= 4
    assert len(list(folder.glob("counter_*.db"))) <= slots


def test_in_use_the_files_lie_in_memory(tmp_path: Path) -> None:
    def place(environment: str, name: str) -> Path:
        app: Any = SimpleNamespace(config={"APP_ENV": environment}, instance_path=str(tmp_path / name))
        return metrics._folder(app)

    assert place("development", "a") == tmp_path / "a" / "metrics"
    assert place("production", "a").parent == Path("/dev/shm")
    assert len({place("production", name) for name in ("a", "b")}) == 2


@pytest.mark.parametrize(("token", "proxies", "counts"), [("", 0, True), ("x" * 16, 1, True), ("", 1, False)])
def test_nothing_is_counted_that_nobody_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, proxies: int, counts: bool
) -> None:
    monkeypatch.setattr(metrics, "_place", metrics._Place())
    config = {"METRICS_TOKEN": token, "PROXIES": proxies, "APP_ENV": "test"}
    app: Any = SimpleNamespace(config=config, instance_path=str(tmp_path))
    metrics.init_app(app)
    assert (metrics._place.folder is not None) is counts


def test_a_folder_that_is_somebody_elses_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").symlink_to(tmp_path / "theirs")
    monkeypatch.setattr(metrics, "_place", metrics._Place(tmp_path / "ours"))
    metrics.count("/x", "GET", 200, 0.1, 1)
    assert list((tmp_path / "theirs").iterdir()) == []
    assert b"registry_requests_total" not in metrics.rendered([])


def test_a_file_that_is_damaged_stops_the_counting_and_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(metrics, "_place", metrics._Place(tmp_path, is_open=True))
    damaged = tmp_path / "counter_7.db"
    damaged.write_bytes(b"\xff\x00\x00\x00" + bytes(4) + b"\xff\xff\x00\x00" + bytes(250))
    assert b"registry_requests_total" not in metrics.rendered([])
    assert "nothing is counted from now on" in caplog.text
    metrics.count("/x", "GET", 200, 0.1, 1)
    assert list(tmp_path.iterdir()) == []
