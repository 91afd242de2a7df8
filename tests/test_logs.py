"""Logs and stored file names hold no ID number and no mobile."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from flask import Flask
from gunicorn.config import Config
from sqlalchemy import select

from app.domain.identity import hide_numbers
from app.extensions import db
from app.logs import keep_numbers_out
from app.models import Attachment, AttachmentKind
from app.services import attachments
from tests.support import people

ROOT = Path(__file__).resolve().parents[1]
ID_NUMBER, MOBILE = "53010219770707771X", "13977771771"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"张三{ID_NUMBER}.pdf", "张三530102********771X.pdf"),
        (f"/expert/{ID_NUMBER.lower()}?q={MOBILE}", "/expert/530102********771x?q=139****1771"),
        (f"Key (mobile)=({MOBILE})", "Key (mobile)=(139****1771)"),
        ("YNS20261124001, 0871-12345678, 20261124103000000001", "YNS20261124001, 0871-12345678, 20261124103000000001"),
    ],
)
def test_numbers_are_hidden_and_others_stay(text: str, hidden: str) -> None:
    assert hide_numbers(text) == hidden


def test_a_log_hides_numbers_in_words_and_in_faults() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    keep_numbers_out(handler)
    log = logging.Logger("trial")
    log.addHandler(handler)
    try:
        int(ID_NUMBER)
    except ValueError:
        log.exception("fault at /x/%s", MOBILE)
    written = out.getvalue()
    assert "139****1771" in written
    assert "ValueError: invalid literal" in written
    assert ID_NUMBER not in written


@pytest.mark.parametrize("folder", ["scripts", "deploy"])
def test_gunicorn_hides_them_too(folder: str) -> None:
    scope: dict[str, object] = {}
    exec((ROOT / folder / "gunicorn.conf.py").read_text(), scope)
    settings = Config()
    settings.set("accesslog", "-")
    logger = scope["logger_class"](settings)  # type: ignore[operator]
    record = logging.LogRecord("x", logging.DEBUG, "", 0, "GET /x/%s", (ID_NUMBER,), None)
    handlers = [*logger.error_log.handlers, *logger.access_log.handlers]
    assert len(handlers) >= 2
    assert [ID_NUMBER in handler.format(record) for handler in handlers] == [False] * len(handlers)


def test_a_file_named_by_an_id_number_is_kept_under_a_masked_name(app: Flask) -> None:
    expert = people.expert(complete=False)
    attachments.upload(people.actor(expert), AttachmentKind.PHOTO, people.picture(), f"{ID_NUMBER}.jpg")
    assert db.session.scalars(select(Attachment.filename)).all() == ["530102********771X.jpg"]
