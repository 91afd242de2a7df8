"""Another machine to restore to: blank, with a database of its own, and the keys of the one that was backed up."""

from __future__ import annotations

import contextvars
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from click.testing import Result
from flask import Flask

from app import create_app
from app.extensions import db
from app.services import attachments
from app.services.ports import ports
from config import load
from tests.support import filled

T = TypeVar("T")
Everything = dict[str, Any]
KEYS = ("backup_key", "encryption_key", "index_key", "audit_key")


@contextmanager
def machine(url: str, folder: Path, like: Flask) -> Iterator[Flask]:
    """An application on the database ``url`` with the keys of ``like``, its files in ``folder``; nothing is built."""
    folder.mkdir()
    for name in KEYS:
        shutil.copy(Path(like.instance_path) / name, folder)
    environment = {
        "APP_ENV": "test",
        "SECRET_KEY": "not a secret: for tests",
        "DATABASE_URL": url,
        "INSTANCE_PATH": str(folder),
    }
    made = create_app({**load(environment), "TESTING": True})
    try:
        yield made
    finally:
        on(made, lambda: db.engine.dispose())


def on(app: Flask, act: Callable[[], T]) -> T:
    """What ``act`` gives in a context of ``app`` alone, whatever other application the test has at hand."""

    def alone() -> T:
        with app.app_context():
            return act()

    return contextvars.Context().run(alone)


def command(app: Flask, *arguments: str, typed: str = "") -> Result:
    """A ``flask`` command as an administrator of that machine runs it."""
    result: Result = contextvars.Context().run(
        lambda: app.test_cli_runner().invoke(args=list(arguments), input=typed)  # type: ignore[arg-type, return-value]
    )
    on(app, lambda: db.engine.dispose())
    return result


def has_programs() -> bool:
    """Whether PostgreSQL's own programs are installed."""
    return all(map(shutil.which, ("pg_dump", "pg_restore", "psql")))


def quiet(*_: object) -> None:
    """Whoever asks how far it is."""


def everything() -> Everything:
    """Every row but sessions, and every file that a row needs."""
    held: Everything = filled.held()
    del held["login_session"]
    files = {digest: ports().storage.read(digest) for digest in db.session.scalars(attachments.named())}
    db.session.remove()
    return {**held, "files": files}
