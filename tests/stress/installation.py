"""An installation to be ill-treated: its own database, its own files, its limits in Redis."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import flask_migrate
from flask import Flask

from app import create_app
from app.adapters.sms import Sms, SmsSender
from app.extensions import db
from app.services import reference
from benchmarks import rotation
from config import load

REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379")
"""Where guesses are counted for all processes together."""


class NotedSms:
    """A provider that notes each message's key on disk: what it took outlives the worker that sent it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def send(self, message: Sms) -> None:
        """Takes the message, whatever becomes of the sender next."""
        line = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(line, f"{message.key}\n".encode())
        finally:
            os.close(line)

    def report(self, _message: object) -> None:
        """Nothing is known of any message."""

    def keys(self) -> list[str]:
        """The key of every message taken, in their order."""
        return self.path.read_text(encoding="ascii").split()


@contextmanager
def installation(kind: str) -> Iterator[Flask]:
    """An application on an empty, seeded database of a kind; taken away at the end."""
    with tempfile.TemporaryDirectory() as name, rotation.database(kind, Path(name)) as url:
        values = {
            "APP_ENV": "test",
            "SECRET_KEY": "not a secret: for tests",
            "DATABASE_URL": url,
            "INSTANCE_PATH": name,
            "RATELIMIT_STORAGE_URI": REDIS,
        }
        app = create_app(load(values))
        app.extensions["ports"] = replace(app.extensions["ports"], sms=_sender(Path(name) / "sent"))
        with app.app_context():
            flask_migrate.upgrade()
            reference.seed()
            db.session.remove()
        try:
            yield app
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


def _sender(path: Path) -> SmsSender:
    return NotedSms(path)  # type: ignore[return-value]
