"""Values that mean the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Application, SmsMessage, SmsStatus
from app.models.types import Choice
from tests.support import cases

EAST = timezone(timedelta(hours=8))


def message(**fields: object) -> SmsMessage:
    made = SmsMessage(key="k" * 32, mobile="13900000001", purpose="测试", text="您好", **fields)
    db.session.add(made)
    db.session.commit()
    return made


def test_an_instant_is_read_as_the_instant_that_was_written(app: Flask) -> None:
    moment = datetime(2026, 11, 24, 0, 30, 15, 123456, tzinfo=EAST)
    made = message(created_at=moment)
    db.session.expire_all()
    assert made.created_at == moment
    assert made.created_at.tzinfo is UTC
    stored = str(db.session.scalar(text("SELECT created_at FROM sms_message")))
    assert stored.startswith("2026-11-23 16:30:15.123456")


def test_an_instant_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="ambiguous"):
        message(created_at=datetime(2026, 11, 24))  # noqa: DTZ001  (the mistake in question)


def test_instants_are_compared_as_instants(app: Flask) -> None:
    moment = datetime(2026, 11, 24, 8, 0, tzinfo=EAST)
    message(created_at=moment)
    same_elsewhere = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert db.session.scalar(select(SmsMessage.id).where(SmsMessage.created_at == same_elsewhere)) is not None


def test_a_status_is_stored_as_its_word_and_read_as_its_member(app: Flask) -> None:
    made = message()
    db.session.expire_all()
    assert made.status is SmsStatus.QUEUED
    assert db.session.scalar(text("SELECT status FROM sms_message")) == "queued"


def test_a_word_that_is_no_status_is_refused_by_the_type(app: Flask) -> None:
    with pytest.raises(StatementError, match="wrong"):
        message(status="wrong")


def test_a_word_that_is_no_status_is_refused_by_the_database(app: Flask) -> None:
    case = cases.pending_case()
    db.session.execute(text("UPDATE application SET version = version WHERE id = :id"), {"id": case.id})
    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE application SET status = 'wrong' WHERE id = :id"), {"id": case.id})
    db.session.rollback()
    assert db.session.get_one(Application, case.id).status is ApplicationStatus.PENDING_REVIEW


def test_a_choice_is_as_wide_as_its_longest_member() -> None:
    assert Choice(ApplicationStatus).impl.length == len("pending_review")
