"""How long a rotation of keys takes, and what people notice of it who work meanwhile.

``python -m benchmarks.rotation --size 100000 --database sqlite``: fills a database of its own with that many
experts, sealed under key 1; measures people at work (two look somebody up by mobile, one saves an address); then
the same while ``flask rotate-keys`` brings everything under key 2 and is killed once on the way.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
from flask import Flask
from sqlalchemy import insert, select

from app import create_app
from app.extensions import db
from app.models import Account, Expert
from app.services import key_rotation
from app.services.unit_of_work import transactional
from benchmarks.beside import beside
from config import load

ROOT = Path(__file__).resolve().parents[1]
SERVER = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
PAUSE_SECONDS = 0.02
KEYS = {number: base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2)}


@contextmanager
def database(kind: str, folder: Path, called: str = "registry") -> Iterator[str]:
    """The address of an empty database of this run's own; ``called`` tells several of one run apart."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / called}.db"
        return
    name = f"{called}_bench_{os.getpid()}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{SERVER}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def environment(url: str, folder: Path, *keys: int) -> dict[str, str]:
    """Of an installation with these keys."""
    return {
        "APP_ENV": "test",
        "DATABASE_URL": url,
        "INSTANCE_PATH": str(folder),
        "ENCRYPTION_KEYS": ",".join(f"{number}:{KEYS[number]}" for number in keys),
        # On a machine that is kept busy on purpose a slow statement is no news.
        "SLOW_STATEMENT_MS": "60000",
    }


def fill(app: Flask, size: int) -> None:
    """``size`` experts, each with an ID number and a mobile."""
    moment = datetime.now(UTC)
    with app.app_context():
        flask_migrate.upgrade()
        for start in range(1, size + 1, 5000):
            numbers = range(start, min(start + 5000, size + 1))
            db.session.execute(
                insert(Account),
                [{"id": n, "first_name": f"专家{n}", "last_name": "", "username": f"bench{n}", "active": True,
                  "must_change_password": False, "session_epoch": 0} for n in numbers],
            )  # fmt: skip
            db.session.execute(
                insert(Expert),
                [{"id": n, "user_id": n, "name": f"专家{n}", "sex": "男", "birth_date": date(1970, 1, 1), "version": 1,
                  "created_at": moment, "updated_at": moment, "id_number": number(n), "id_number_index": number(n),
                  "mobile": mobile(n), "mobile_index": mobile(n)} for n in numbers],
            )  # fmt: skip
            db.session.commit()


def number(n: int) -> str:
    """What stands for the ID number of the expert ``n``."""
    return f"B{n:017d}"


def mobile(n: int) -> str:
    """The mobile of the expert ``n``."""
    return f"139{n:08d}"


def look_up(n: int) -> None:
    """Somebody is found by mobile, as at a login."""
    found = db.session.scalars(select(Expert).where(Expert.mobile == mobile(n))).one()
    if found.id_number != number(n):
        raise RuntimeError("the wrong person was found")
    db.session.rollback()


@transactional
def save(n: int) -> None:
    """Somebody saves an address."""
    db.session.get_one(Expert, n).address = f"青年路{time.monotonic_ns()}号"


class People:
    """Three people at work until told to stop; each act's milliseconds."""

    def __init__(self, app: Flask, size: int) -> None:
        self._app, self._size = app, size
        self.spent: dict[str, list[float]] = {"look_up": [], "save": []}
        self.failures: list[str] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the block runs, they work; times are those of this block alone."""
        self.spent = {name: [] for name in self.spent}
        acts: tuple[tuple[str, Callable[[int], None]], ...] = (
            ("look_up", look_up), ("look_up", look_up), ("save", save),
        )  # fmt: skip
        with beside(*(partial(self._work, *act, seed) for seed, act in enumerate(acts))):
            yield

    def _work(self, name: str, act: Callable[[int], None], seed: int, over: threading.Event) -> None:
        turn = 0
        with self._app.app_context():
            while not over.wait(PAUSE_SECONDS):
                turn += 1
                began = time.perf_counter()
                try:
                    act((seed * 7919 + turn * 104_729) % self._size + 1)
                except Exception as error:
                    self.failures.append(f"{name}: {type(error).__name__}")
                self.spent[name].append((time.perf_counter() - began) * 1000)

    def times(self) -> dict[str, dict[str, float]]:
        """Median and 95th percentile of each act, in milliseconds."""
        return {
            name: {
                "median_ms": round(statistics.median(spent), 2),
                "p95_ms": round(statistics.quantiles(spent, n=20)[-1], 2),
                "acts": len(spent),
            }
            for name, spent in self.spent.items()
            if len(spent) > 1
        }


def rotation(values: dict[str, str]) -> subprocess.Popen[str]:
    """``flask rotate-keys`` as an administrator runs it."""
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "run", "rotate-keys"],
        cwd=ROOT, env={**os.environ, **values, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(size: int, kind: str, quiet_seconds: float = 5.0) -> dict[str, Any]:
    """The whole measurement. Raises RuntimeError where anything is lost, wrong or left under the old key."""
    with tempfile.TemporaryDirectory() as name, database(kind, Path(name)) as url:
        folder = Path(name)
        fill(create_app(load(environment(url, folder, 1))), size)
        both = environment(url, folder, 1, 2)
        app = create_app(load(both))
        people = People(app, size)
        with people.at_work():
            time.sleep(quiet_seconds)
        quiet = people.times()
        with people.at_work():
            first = rotation(both)
            assert first.stdout is not None
            first.stdout.readline()  # the first progress: it is under way
            first.kill()
            first.wait()
            with app.app_context():
                left = key_rotation.stale_values()
            began = time.perf_counter()
            second = rotation(both)
            _told, _ = second.communicate()
            seconds = time.perf_counter() - began
        with app.app_context():
            stale = key_rotation.stale_values()
        new = create_app(load(environment(url, folder, 2)))
        with new.app_context():
            for n in {1, size // 2 + 1, size}:
                look_up(n)
            db.session.remove()
            db.engine.dispose()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        if second.returncode or stale or people.failures:
            raise RuntimeError(f"exit {second.returncode}, {stale} left, {people.failures[:3]}")
        return {
            "experts": size,
            "database": kind,
            "values": 2 * size,
            "left_after_kill": left,
            "seconds": round(seconds, 2),
            "values_per_second": round(left / seconds),
            "quiet": quiet,
            "while_rotating": people.times(),
        }


def main() -> None:
    """Runs, prints, and keeps the result beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = parser.parse_args()
    result = run(chosen.size, chosen.database)
    text = json.dumps(result, indent=2)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"rotation-{chosen.database}-{chosen.size}.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
