"""The worker as it runs: how soon a code goes out, how many messages a second, and what it weighs after many.

``python -m benchmarks.worker --database sqlite``: starts ``flask worker`` on a database of its own, and hands it
messages as the server does; the provider is the console, so what goes out is read from the worker's output. ``deaf``
is the same with a queue that nobody can reach: the worker looks each second.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import flask_migrate
from flask import Flask
from sqlalchemy import insert, select

from app import create_app
from app.extensions import db
from app.models import SmsMessage
from app.services import codes, reference
from benchmarks.rotation import ROOT, database, environment, mobile
from config import load

NOBODY = "redis://127.0.0.1:1"
"""No Redis answers here."""
PATIENCE = 120
CODES, DEAF_CODES, BACKLOG = 50, 15, 10_000


class Outbox:
    """What a worker says, as it says it: each message's key and when it went out; its log besides."""

    def __init__(self, said: IO[str], log: IO[str]) -> None:
        self.at: dict[str, float] = {}
        self.times: Counter[str] = Counter()
        self.log: list[str] = []
        for stream, hear in ((said, self._hear), (log, self.log.append)):
            threading.Thread(target=lambda s=stream, h=hear: [h(line) for line in s], daemon=True).start()

    def _hear(self, line: str) -> None:
        if line.startswith("[SMS]"):
            key = line.rstrip().rpartition("(")[2].removesuffix(")")
            self.times[key] += 1
            self.at.setdefault(key, time.monotonic())

    def wait_for(self, keys: set[str]) -> None:
        """Until all of them went out. Raises ``TimeoutError``."""
        wait(lambda: keys <= self.at.keys(), lambda: f"{len(keys - self.at.keys())} messages did not go out")

    def wait_for_words(self, words: str) -> None:
        """Until the log says so. Raises ``TimeoutError``."""
        wait(lambda: any(words in line for line in self.log), lambda: f"the log does not say {words!r}: {self.log}")


def wait(done: Any, lack: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(lack())
        time.sleep(0.005)


def _await_handler(pid: int) -> None:
    """Until the process catches SIGTERM (proc(5), SigCgt): before that it has not begun, and cannot end well."""
    status, until = Path(f"/proc/{pid}/status"), time.monotonic() + 30
    while not int(status.read_text().partition("SigCgt:")[2].split()[0], 16) >> (signal.SIGTERM - 1) & 1:
        if time.monotonic() > until:
            raise RuntimeError("the worker has not begun")
        time.sleep(0.05)


@contextmanager
def worker(env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], Outbox]]:
    """A worker's process, told to stop at the end. Raises RuntimeError where it does not end in good order."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "run", "worker"],
        cwd=ROOT, env={**os.environ, **env}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    outbox = Outbox(process.stdout, process.stderr)
    try:
        yield process, outbox
        _await_handler(process.pid)
        process.send_signal(signal.SIGTERM)
        if process.wait(30) != 0:
            raise RuntimeError("".join(outbox.log))
    finally:
        process.kill()
        process.wait()


@contextmanager
def installation(kind: str, folder: Path, url: str, queue: str) -> Iterator[tuple[Flask, dict[str, str]]]:
    """A server's side of an installation, its context pushed, and the environment of its worker."""
    env = environment(url, folder, 1) | {"WORKER_QUEUE_URI": queue, "RATELIMIT_STORAGE_URI": "memory://"}
    app = create_app(load(env))
    with app.app_context():
        flask_migrate.upgrade()
        reference.seed()
        db.session.remove()
        try:
            yield app, env
        finally:
            db.session.remove()
            db.engine.dispose()


def send_code(n: int, outbox: Outbox, purpose: str = codes.REGISTER) -> float:
    """Seconds from somebody's asking for a code to its handing over."""
    began = time.monotonic()
    codes.send(mobile(n), purpose)
    key = newest_key()
    outbox.wait_for({key})
    return outbox.at[key] - began


def newest_key() -> str:
    """Of the message that was queued last."""
    key = db.session.scalars(select(SmsMessage.key).order_by(SmsMessage.id.desc()).limit(1)).one()
    db.session.rollback()
    return key


def queue_many(count: int) -> set[str]:
    """That many notices; gives their keys."""
    rows = [
        {"key": f"bench{n}", "mobile": mobile(n), "mobile_index": mobile(n), "purpose": "聘书生成", "text": "试"}
        for n in range(count)
    ]
    db.session.execute(insert(SmsMessage), rows)
    db.session.commit()
    return {str(row["key"]) for row in rows}


def resident_mb(process: subprocess.Popen[str]) -> int:
    """Of a process, in megabytes."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def _spread(seconds: list[float]) -> dict[str, int]:
    ordered = sorted(round(second * 1000) for second in seconds)
    return {
        "median_ms": round(statistics.median(ordered)),
        "p95_ms": ordered[-(len(ordered) // 20) - 1],
        "worst_ms": ordered[-1],
    }


def run(kind: str, queue: str, *, backlog: int = BACKLOG, asked: int = CODES, deaf: int = DEAF_CODES) -> dict[str, Any]:
    """The whole measurement, with the queue at ``queue`` ("": a file)."""
    figures: dict[str, Any] = {"database": kind, "queue": "Redis" if queue else "file"}
    with tempfile.TemporaryDirectory() as name, database(kind, Path(name)) as url:
        with installation(kind, Path(name), url, queue) as (_, env):
            began = time.monotonic()
            with worker(env) as (process, outbox):
                send_code(0, outbox)
                figures["first_message_after_start_s"] = round(time.monotonic() - began, 2)
                figures["woken"] = _spread([_after_a_pause(n, outbox) for n in range(1, asked + 1)])
                before, began = resident_mb(process), time.monotonic()
                keys = queue_many(backlog)
                outbox.wait_for(keys)
                figures |= {
                    "messages": backlog,
                    "messages_per_second": round(backlog / (time.monotonic() - began), 1),
                    "sent_twice": sum(times > 1 for times in outbox.times.values()),
                    "resident_mb_before": before,
                    "resident_mb_after": resident_mb(process),
                }
        with installation(kind, Path(name), url, NOBODY) as (_, env), worker(env) as (_, outbox):
            send_code(0, outbox, codes.LOGIN)
            figures["deaf"] = _spread([_after_a_pause(n, outbox, codes.LOGIN) for n in range(1, deaf + 1)])
    return figures


def _after_a_pause(n: int, outbox: Outbox, purpose: str = codes.RECOVER) -> float:
    # Not in step with the worker's looks.
    time.sleep(0.1 + n * 0.37 % 1)
    return send_code(100_000 + n if purpose == codes.LOGIN else 50_000 + n, outbox, purpose)


def main() -> None:
    """Runs, prints, and keeps the result beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--queue", default="", help="address of a Redis; without it the queue is a file")
    chosen = parser.parse_args()
    result = run(chosen.database, chosen.queue)
    path = Path(__file__).parent / "results" / f"worker-{chosen.database}-{result['queue'].lower()}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
