"""Backed up while twenty writes a second go on, and restored: one moment of the registry, whole, with every file."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from app.adapters import postgresql_dump, sqlite_copy
from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Application, Attachment, AttachmentKind, AuditEntry, Certificate, NumberCounter
from app.policies.actor import Actor
from app.services import attachments, filings
from app.services.backups import making
from app.services.ports import ports
from benchmarks.beside import beside
from tests.services.backups.conftest import Blank
from tests.support import many, people
from tests.support.backups import command, on

A_SECOND = 20
FILINGS = 60
ALREADY, AT_LEAST = 6, 12
"""Writes before the backup, and those that fall into it, however quick it is."""


@dataclass
class Writer:
    """Files cases and uploads photos, turn by turn; ``done`` are the filings and uploads that were committed."""

    app: Flask
    case_ids: list[int]
    filer: Actor
    owner: Actor
    done: list[int] = field(default_factory=lambda: [0, 0])
    fault: Exception | None = None

    def run(self, until: threading.Event) -> None:
        """Until told to stop, or until there is nothing more to file."""
        with self.app.app_context():
            try:
                for number, case_id in enumerate(self.case_ids):
                    began = time.monotonic()
                    filings.file(case_id, self.filer)
                    self.done[0] += 1
                    attachments.upload(self.owner, AttachmentKind.PHOTO, portrait(number), f"第{number}张.png")
                    self.done[1] += 1
                    if until.wait(max(0.0, 2 / A_SECOND - (time.monotonic() - began))):
                        return
            except Exception as fault:
                self.fault = fault
            finally:
                db.session.remove()

    def wait_for_more(self) -> int:
        """Until one more is written; gives how many are."""
        seen = sum(self.done)
        for _ in range(1000):
            if sum(self.done) > seen:
                return sum(self.done)
            time.sleep(0.02)
        raise AssertionError(f"nothing is written any more: {self.fault}")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the block runs."""
        with beside(self.run):
            yield
        assert self.fault is None


def portrait(number: int) -> bytes:
    """A photo like no other."""
    out = io.BytesIO()
    Image.new("RGB", (300, 400), (number % 256, 80, 90)).save(out, "PNG")
    return out.getvalue()


def count(column: object, *where: object) -> int:
    return db.session.scalar(select(func.count(column)).where(*where)) or 0  # type: ignore[arg-type]


def facts() -> dict[str, int]:
    """What must agree within one moment. Every file that a row names is there and is what its name says."""
    digests = set(db.session.scalars(attachments.named()))
    assert {len(ports().storage.read(digest)) > 0 for digest in digests} == {True}
    found = {
        "certificates": count(Certificate.id),
        "filed": count(Application.id, Application.status == ApplicationStatus.FILED),
        "numbers": db.session.scalar(select(func.sum(NumberCounter.serial))) or 0,
        "photos": count(Attachment.id, Attachment.filename.like("第%张.jpg")),
        "uploads": count(AuditEntry.id, AuditEntry.action == "上传附件"),
    }
    db.session.remove()
    return found


def test_a_backup_made_while_people_work_is_one_moment(
    live: Flask, blank: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, small in ((sqlite_copy, "PAGES", 40), (postgresql_dump, "CHUNK", 100_000), (making, "EVERY", 1)):
        monkeypatch.setattr(module, name, small)
    writer = Writer(
        live,
        many.approved_cases(FILINGS),
        people.actor(people.staff("政府用户（科信）", at=people.department(people.SCIENCE))),
        people.actor(people.expert()),
    )
    db.session.remove()
    waited: set[int] = set()

    def held_up(*_: object) -> None:
        """Goes on when somebody has written meanwhile, so that writes fall into each part of the backup."""
        if len(waited) < AT_LEAST:
            waited.add(writer.wait_for_more())

    with writer.at_work():
        while (before := writer.wait_for_more()) < ALREADY:
            pass
        made = making.make(held_up)
        after = sum(writer.done)
    assert after - before >= AT_LEAST
    assert made.said.lacking == []
    with blank("moment") as machine:
        assert command(machine, "restore", str(made.path)).exit_code == 0
        found = on(machine, facts)
    filed, uploaded = found["certificates"], found["photos"]
    assert (found["filed"], found["numbers"], found["uploads"]) == (filed, filed, uploaded)
    assert 0 <= filed - uploaded <= 1
    assert before <= filed + uploaded < after
