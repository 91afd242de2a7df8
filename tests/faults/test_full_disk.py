"""A disk that is full takes nothing by halves: people are told in words, the log says why, and with room it goes on."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import event, func, select

from app.adapters.storage import FULL, DiskStorage
from app.database import Trouble
from app.extensions import db
from app.models import Attachment, AttachmentKind, Feedback
from app.models.encrypted import key_ring
from app.services.ports import ports
from app.views.errors import TROUBLES
from tests.support import people
from tests.support.browser import Browser
from tests.support.databases import SQLITE, Registry
from tests.support.parts import left_out

SignIn = Callable[..., Browser]
pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("registry", [SQLITE], indirect=True)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    at = tmp_path / "disk"
    at.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(at)], capture_output=True, check=False
    )
    if made.returncode:
        left_out("no file system can be mounted here: a full disk is not tried")
    yield at
    subprocess.run(["umount", "--lazy", str(at)], check=True)


def scan() -> tuple[io.BytesIO, str]:
    """A picture of about 190 kB, which no compression makes smaller."""
    out = io.BytesIO()
    Image.frombytes("RGB", (250, 250), os.urandom(250 * 250 * 3)).save(out, "PNG")
    out.seek(0)
    return out, "证书.png"


def test_an_upload_onto_a_full_disk_leaves_nothing_and_can_be_sent_again(
    app: Flask, small_disk: Path, sign_in: SignIn, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = DiskStorage(small_disk / "files", key_ring())
    monkeypatch.setitem(app.extensions, "ports", replace(ports(), storage=disk))
    filling = small_disk / "other"
    browser = sign_in(people.expert())
    before = db.session.scalar(select(func.count()).select_from(Attachment))
    kept = list(disk.digests())
    filling.write_bytes(bytes(150_000))
    refused = browser.submit("/my/files", {"kind": AttachmentKind.OTHER.value, "file": scan()})
    assert refused.status_code == 422
    assert FULL in refused.text
    assert "the disk is full: ENOSPC" in caplog.text
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == before
    assert list(disk.digests()) == kept
    assert list((small_disk / "files" / "incoming").iterdir()) == []
    filling.unlink()
    assert browser.submit("/my/files", {"kind": AttachmentKind.OTHER.value, "file": scan()}).status_code == 302
    newest = select(Attachment).order_by(Attachment.id.desc()).limit(1)
    assert browser.get(f"/file/{db.session.scalars(newest).one().id}").status_code == 200


def test_another_fault_of_the_disk_is_none_of_its_size(app: Flask, tmp_path: Path) -> None:
    disk = DiskStorage(tmp_path / "files", key_ring())
    (tmp_path / "files" / "incoming").rmdir()
    with pytest.raises(FileNotFoundError):
        disk.put(b"abc")


def test_a_database_that_may_not_grow_saves_nothing_and_goes_on_with_room(
    app: Flask, registry: Registry, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite's own limit of pages gives what a full disk gives: SQLITE_FULL."""
    browser = sign_in(people.expert())
    long = "这一条很长。" * 160

    def asked() -> int:
        return db.session.scalar(select(func.count()).select_from(Feedback)) or 0

    db.session.remove()
    registry.engine.dispose()

    def limit(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # no more than there are

    event.listen(registry.engine, "connect", limit)
    try:
        answers = [browser.submit("/feedback/", {"question": f"{number}{long}"}) for number in range(12)]
    finally:
        event.remove(registry.engine, "connect", limit)
        db.session.remove()
        registry.engine.dispose()
    refused = answers[-1]
    assert refused.status_code == 503
    assert TROUBLES[Trouble.FULL] in refused.text
    assert "the database is out of disk space at POST /feedback/" in caplog.text
    assert asked() == [answer.status_code for answer in answers].count(302) < 12
    assert browser.get("/feedback/").status_code == 200
    assert browser.submit("/feedback/", {"question": long}).status_code == 302
