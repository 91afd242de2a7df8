"""A dump of the database, as a thief of backups would have it, holds no number in clear."""

from __future__ import annotations

import sqlite3
import subprocess

from flask import Flask

from app.extensions import db
from app.models import AttachmentKind, grams
from app.services import accounts, attachments, closing, disclosure, refusals
from tests.journeys.traces import found_in
from tests.support import cases, changes, people
from tests.support.databases import POSTGRESQL

ID_NUMBER, MOBILE = people.new_id_number(), "13977771771"


def _dump() -> str:
    """The whole database as text."""
    url = db.engine.url
    if db.engine.dialect.name == POSTGRESQL:
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return subprocess.run(["pg_dump", address], capture_output=True, check=True, text=True).stdout
    assert url.database is not None
    with sqlite3.connect(url.database) as connection, sqlite3.connect(":memory:") as copy:
        connection.backup(copy)
        # Python's dump cannot read them; they hold pairs of characters of names.
        for table in grams.SEARCHED:
            copy.execute(f"DROP TABLE {table}_grams")
        return "\n".join(copy.iterdump())


def test_a_dump_holds_no_number_in_clear(app: Flask) -> None:
    expert = people.expert(name="段誉", id_number=ID_NUMBER, mobile=MOBILE)
    attachments.upload(people.actor(expert), AttachmentKind.PHOTO, people.picture(), f"{ID_NUMBER}.jpg")
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    reviewer = cases.reviewer_of(certificate.application)
    words = f"身份证号{ID_NUMBER}，手机{MOBILE}。"
    request = changes.open_request(expert, {"address": words}, reason=words)
    changes.decided(request, address=changes.declined(words))
    disclosure.reveal_expert(people.actor(reviewer), expert.id, "核对聘书上的身份信息")
    refusals.login_failed(refusals.WRONG_PASSWORD, ID_NUMBER, None)
    refusals.login_failed(refusals.WRONG_PASSWORD, MOBILE, expert.user)
    accounts.send_recovery_code(MOBILE)
    accounts.reset_password(expert.id, people.actor(reviewer), "Lingyige-2026-mima")
    leaving = people.expert(id_number=people.new_id_number(), mobile="13988881883")
    gone = leaving.id_number
    closing.close(people.actor(leaving), people.PASSWORD)

    db.session.commit()
    dump = _dump()
    assert "段誉" in dump
    assert found_in([("dump", dump.encode())], [ID_NUMBER, MOBILE, gone, "13988881883"]) == []
