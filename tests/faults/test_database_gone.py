"""PostgreSQL restarts in the middle of a decision: the official is told, nothing is done by halves or twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.storage import MemoryStorage
from app.database import Trouble
from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Application, Certificate, SmsMessage, Transition
from app.views.errors import TROUBLES
from tests.support import cases
from tests.support.browser import Browser
from tests.support.databases import KINDS, POSTGRESQL, SERVER

pytestmark = pytest.mark.parametrize("registry", [kind for kind in KINDS if kind == POSTGRESQL], indirect=True)


def restart(app: Flask) -> None:
    """Every connection to the database ends, as by a restart of the server."""
    name = app.config["SQLALCHEMY_DATABASE_URI"].rpartition("/")[2]
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


def test_a_filing_in_flight_is_not_done_and_can_be_done_again(
    app: Flask,
    sign_in: Callable[..., Browser],
    storage: MemoryStorage,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = cases.approved_case()
    db.session.refresh(case)
    browser, form = sign_in(cases.filer_of(case)), {"version": str(case.version)}
    case_id = case.id

    def counted() -> list[Any]:
        counts: list[Any] = [db.session.get_one(Application, case_id, populate_existing=True).status]
        for model in (Transition, Certificate, SmsMessage):
            counts.append(db.session.scalar(select(func.count()).select_from(model)))
        return counts

    before = counted()
    db.session.rollback()
    put = storage.put

    def put_and_lose(data: Any) -> str:
        # The number is taken and the certificate drawn; nothing of it is committed.
        digest = put(data)
        restart(app)
        return digest

    monkeypatch.setattr(storage, "put", put_and_lose)
    answer = browser.submit(f"/filing/action/file/{case_id}", form)
    monkeypatch.undo()
    assert (answer.status_code, TROUBLES[Trouble.AWAY] in answer.text) == (503, True)
    assert "the database is away at POST /filing/action/<string:name>/" in caplog.text
    assert "Traceback" not in caplog.text
    assert counted() == before
    again = browser.submit(f"/filing/action/file/{case_id}", form)
    assert again.status_code == 302
    after = counted()
    assert after[0] is ApplicationStatus.FILED
    assert after[2] == 1
    assert db.session.scalars(select(Certificate.number)).one().endswith("001")


def test_a_page_that_was_being_read_is_asked_for_again(
    app: Flask, sign_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = cases.pending_case()
    browser = sign_in(cases.reviewer_of(case))
    db.session.rollback()  # the test's own connection is none of the server's
    endpoint = app.url_map.bind("localhost").match("/review/list/")[0]
    view = app.view_functions[endpoint]

    def interrupted(**given: Any) -> Any:
        restart(app)
        return view(**given)

    with monkeypatch.context() as patch:
        patch.setitem(app.view_functions, endpoint, interrupted)
        answer = browser.get("/review/list/")
    assert (answer.status_code, TROUBLES[Trouble.AWAY] in answer.text) == (503, True)
    assert browser.get("/review/list/").status_code == 200
