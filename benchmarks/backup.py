"""How long a backup takes, what people feel of it, and whether what comes back is what was there.

``python -m benchmarks.backup --size 100000 --database postgresql`` fills an installation, has twenty writes a second go
on, makes a backup with ``flask backup``, makes another when the writes have ended, restores that into an empty
installation, and compares every row and every file. Beside it stands what ``pg_dump`` or the copy of a file takes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import delete, func, insert, inspect, select, text

from app import create_app
from app.adapters import sqlite_copy
from app.extensions import db
from app.models import Attachment, AttachmentKind, Certificate, LoginSession
from app.models.grams import is_search_index
from app.models.types import now
from app.services import attachments
from app.services.ports import ports
from benchmarks.beside import beside
from benchmarks.population import filled
from benchmarks.rotation import ROOT, database, environment, save
from config import load

WRITES_A_SECOND = 20
FILE_BYTES = 60_000
TABLES = "audit_entry", "background_job", "login_session"
"""What a restore itself writes to."""


class Writer:
    """Somebody who saves and uploads, so many times a second; the milliseconds of each."""

    def __init__(self, app: Flask, size: int) -> None:
        self._app, self._size = app, size
        self.spent: list[float] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the block runs."""
        self.spent = []
        with beside(self._work):
            yield

    def _work(self, over: threading.Event) -> None:
        number = 0
        with self._app.app_context():
            while not over.wait(max(0.0, 1 / WRITES_A_SECOND - (self.spent[-1] / 1000 if self.spent else 0))):
                number += 1
                began = time.perf_counter()
                if number % 2:
                    save(number * 104_729 % self._size + 1)
                else:
                    add_files(1)
                self.spent.append((time.perf_counter() - began) * 1000)

    def times(self) -> dict[str, float]:
        """Of the last block."""
        return {
            "writes": len(self.spent),
            "median_ms": round(statistics.median(self.spent), 1),
            "p95_ms": round(statistics.quantiles(self.spent, n=20)[-1], 1),
            "longest_ms": round(max(self.spent), 1),
        }


def add_files(count: int) -> None:
    """Files of an expert's, each like no other."""
    for _ in range(count):
        digest = ports().storage.put(os.urandom(FILE_BYTES))
        row = {"expert_id": 1, "kind": AttachmentKind.OTHER, "filename": "证明.pdf", "digest": digest}
        db.session.execute(
            insert(Attachment), [{**row, "content_type": "application/pdf", "size": FILE_BYTES, "uploaded_at": now()}]
        )
        db.session.commit()


def flask(values: dict[str, str], *arguments: str) -> float:
    """The seconds of a ``flask`` command. Raises RuntimeError where it fails."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "run", *arguments],
        cwd=ROOT, env={**os.environ, **values}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"flask {arguments[0]}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return time.perf_counter() - began


def everything() -> dict[str, str]:
    """A digest of the rows of each table, and of the files that they name."""
    found = {}
    with db.engine.connect() as connection:
        seen = inspect(connection)
        for name in seen.get_table_names():
            if name in TABLES or is_search_index(name):
                continue
            key = ", ".join(f'"{column}"' for column in seen.get_pk_constraint(name)["constrained_columns"])
            held, rows = text(f'SELECT * FROM "{name}" ORDER BY {key}'), hashlib.sha256()
            for row in connection.execute(held, execution_options={"yield_per": 1000}):
                rows.update(repr([bytes(value) if isinstance(value, memoryview) else value for value in row]).encode())
            found[name] = rows.hexdigest()
    digests = sorted(set(db.session.scalars(attachments.named())))
    found["files"] = hashlib.sha256(b"".join(ports().storage.read(digest) for digest in digests)).hexdigest()
    db.session.remove()
    return found


def bare(url: str, folder: Path) -> float:
    """The seconds that a plain copy of the same takes, unsealed and unchecked."""
    began = time.perf_counter()
    if url.startswith("sqlite"):
        sqlite_copy.copy(Path(url.removeprefix("sqlite:///")), folder / "bare", lambda *_: None)
    else:
        subprocess.run(["pg_dump", "-Fc", "-Z1", "--file", folder / "bare", url], check=True)
    shutil.copytree(folder / "one" / "files", folder / "bare-files")
    return time.perf_counter() - began


def run(size: int, kind: str, files: int) -> dict[str, Any]:
    """The whole measurement. Raises RuntimeError where what comes back is not what was there."""
    with (
        tempfile.TemporaryDirectory() as name,
        database(kind, Path(name)) as url,
        database(kind, Path(name), "restored") as empty,
    ):
        folder = Path(name)
        one, two = folder / "one", folder / "two"
        values, others = environment(url, one, 1), environment(empty, two, 1)
        one.mkdir()
        app = filled(size, url, one)
        with app.app_context():
            # Of what the filling says are certificates no file was ever drawn.
            db.session.execute(delete(LoginSession))
            db.session.execute(text("UPDATE certificate SET digest = :one"), {"one": ports().storage.put(b"%PDF-1.4")})
            db.session.commit()
            add_files(files)
        people = Writer(app, size)
        with people.at_work():
            time.sleep(5)
        quiet = people.times()
        with people.at_work():
            while_writing = flask(values, "backup")
        busy = people.times()
        alone = flask(values, "backup")
        newest = sorted((one / "backups").glob("*.backup"))[-1]
        two.mkdir()
        for key in ("backup_key", "index_key", "audit_key"):
            shutil.copy(one / key, two)
        check = flask(others, "backup-check", str(newest))
        restoring = flask(others, "restore", str(newest))
        with app.app_context():
            before, certificates = everything(), db.session.scalar(select(func.count(Certificate.id)))
            db.engine.dispose()
        with create_app(load(others)).app_context():
            after = everything()
            db.session.remove()
            db.engine.dispose()
        wrong = [table for table in before.keys() | after.keys() if before.get(table) != after.get(table)]
        if wrong:
            raise RuntimeError(f"not the same: {wrong}")
        plain = bare(url, folder)
        return {
            "experts": size,
            "certificates": certificates,
            "files": files,
            "database": kind,
            "archive_mb": round(newest.stat().st_size / 1e6, 1),
            "backup_seconds": round(alone, 2),
            "backup_seconds_while_writing": round(while_writing, 2),
            "check_seconds": round(check, 2),
            "restore_seconds": round(restoring, 2),
            "bare_copy_seconds": round(plain, 2),
            "times_the_bare_copy": round(alone / plain, 2),
            "writes_quiet": quiet,
            "writes_during_backup": busy,
        }


def main() -> None:
    """Runs, prints, and keeps the result beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = parser.parse_args()
    result = run(chosen.size, chosen.database, chosen.files)
    shown = json.dumps(result, indent=2)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"backup-{chosen.database}-{chosen.size}.json").write_text(shown + "\n", encoding="utf-8")
    print(shown)


if __name__ == "__main__":
    main()
