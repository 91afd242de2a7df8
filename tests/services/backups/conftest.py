"""A registry whose files lie on a disk and whose backups have a shelf, and blank machines to restore to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from app.adapters.storage import DiskStorage
from app.extensions import db
from app.models import AttachmentKind, ExportPart, ImportPart
from app.models.encrypted import key_ring
from app.services import audit, audit_seals, last_backup
from app.services.backups import making
from app.services.backups.making import Made
from tests.support import backups, databases, filled, people
from tests.support.parts import left_out

Blank = Callable[[str], AbstractContextManager[Flask]]


@pytest.fixture
def live(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application, its files on a disk, nothing in it."""
    if db.engine.dialect.name == databases.POSTGRESQL and not backups.has_programs():
        left_out("pg_dump, pg_restore or psql lacks")
    monkeypatch.setitem(app.config, "BACKUP_PATH", str(tmp_path / "shelf"))
    storage = DiskStorage(tmp_path / "live-files", key_ring())
    monkeypatch.setitem(app.extensions, "ports", replace(app.extensions["ports"], storage=storage))
    (Path(app.instance_path) / last_backup.NAME).unlink(missing_ok=True)
    return app


@pytest.fixture
def filled_in(live: Flask) -> Flask:
    """A row in every table, a file for each row that names one, and the log sealed."""
    audit.add("登录", "账号#1", name="张三")
    db.session.commit()
    audit_seals.seal()
    filled.fill()
    storage = live.extensions["ports"].storage
    for model in (ExportPart, ImportPart):
        db.session.execute(update(model).values(digest=storage.put(model.__name__.encode())))
    people.attach(people.expert(), AttachmentKind.OTHER, "证明.pdf", b"%PDF-1.4 one", "application/pdf")
    db.session.commit()
    return live


@pytest.fixture
def made(filled_in: Flask) -> Made:
    """Its backup."""
    return making.make(backups.quiet)


@pytest.fixture
def blank(live: Flask, tmp_path: Path, empty_database: Callable[[str, str], str]) -> Blank:
    """``with blank("name") as machine``: a machine with the keys of ``live`` and an empty database of the same kind."""

    @contextmanager
    def another(name: str) -> Iterator[Flask]:
        url = empty_database(db.engine.dialect.name, name)
        with backups.machine(url, tmp_path / name, live) as machine:
            yield machine

    return another
