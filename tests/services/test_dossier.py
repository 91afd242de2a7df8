"""An expert's page in one statement: the same rows, and none that were not asked for."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select, true
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import DetachedInstanceError

from app.extensions import db
from app.models import Application, Certificate, ChangeItem, Expert, Transition
from app.services import (
    case_history,
    certificates,
    change_requests,
    dossier,
    profile_document,
    profile_values,
    profiles,
    rows,
)
from tests.support import cases, changes, people
from tests.support.plans import statements, whole_tables


def columns(row: Any) -> dict[str, Any]:
    return {key: getattr(row, key) for key in inspect(type(row)).columns.keys() if key in type(row).__table__.columns}  # noqa: SIM118


def alike(found: list[Any], expected: list[Any]) -> bool:
    return [*map(columns, found)] == [*map(columns, expected)]


def test_it_holds_what_the_tables_do_in_one_statement(app: Flask) -> None:
    request = changes.open_request()
    changes.decided(request)
    cases.pending_case(people.expert())
    expert = rows.one(Expert, request.expert_id, true(), joinedload(Expert.region))
    with statements() as ran:
        found = dossier.of(expert)
        lines = case_history.entries(found)
        parts = profile_document.parts_of(expert, lists=found.lists)
    assert len(ran) == 1
    assert parts == profile_document.parts_of(expert)
    assert len(lines) == len(found.steps) + len(found.changes) + 2 * len(found.requests)
    assert alike(found.certificates, certificates.of_expert(expert.id))
    assert alike(found.attachments, profiles.living_attachments(expert.id))
    assert alike([found.photo], [profiles.photo_of(expert.id)])
    assert alike(found.requests, change_requests.of_expert(expert.id))
    items = select(ChangeItem).where(ChangeItem.request_id == request.id).order_by(ChangeItem.id)
    assert alike(found.requests[0].items, [*db.session.scalars(items)])
    steps = select(Transition).join(Application).where(Application.expert_id == expert.id).order_by(Transition.id)
    assert alike(found.steps, [*db.session.scalars(steps)])
    for name, listed in profile_values.listed_rows(expert.id).items():
        assert alike(found.lists[name], listed)


def test_it_is_found_by_indexes_alone(app: Flask) -> None:
    expert = cases.filed_certificate().expert
    with statements() as ran:
        dossier.of(expert)
    assert [whole_tables(*one) for one in ran] == [[]]


def test_what_was_not_gathered_cannot_be_asked_for(app: Flask) -> None:
    found: Certificate = dossier.of(cases.filed_certificate().expert).certificates[0]
    with pytest.raises(DetachedInstanceError):
        _ = found.expert
