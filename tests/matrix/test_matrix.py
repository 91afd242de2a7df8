"""Who may move a case, by which way in (R1-R7): tried cell by cell, and equal to the table of docs/security.md."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain import transitions
from app.domain.states import Action, ChangeAction
from app.extensions import db
from app.models import Transition
from app.policies.permissions import Verb
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from tests.matrix import page
from tests.matrix.measure import ACTS, LOGIN, MISSING, Outcomes, measure, measure_reading
from tests.matrix.office import (
    ABOVE,
    BELOW,
    DEPARTMENT,
    DEPUTY,
    ELSEWHERE,
    EXPERT,
    ORGANIZATION,
    OWN,
    PLACES,
    PRINCIPALS,
    VISITOR,
)
from tests.matrix.ways import WAYS, Way
from tests.support import form_world
from tests.support.form_table import FORMS
from tests.support.frozen import Frozen

pytestmark = pytest.mark.one_file

REVIEWS = {Action.APPROVE, Action.REJECT, Action.RETURN, Action.TERMINATE, ChangeAction.DECIDE}
FILINGS = {Action.FILE, Action.SEND_BACK, Action.REISSUE}
MAY: dict[tuple[str, str], set[Verb]] = {
    (EXPERT, OWN): {Action.WITHDRAW, Action.RESUBMIT, Action.SUBMIT, ChangeAction.TAKE_BACK},
    (REVIEWER, DEPARTMENT): REVIEWS,
    (FILER, DEPARTMENT): FILINGS,
    (FILER, ORGANIZATION): FILINGS,
    (DEPUTY, DEPARTMENT): REVIEWS | FILINGS,
    (DEPUTY, ORGANIZATION): FILINGS,
    **{(ADMINISTRATOR, relation): {Action.MOVE} for relation in (*PLACES, OWN, BELOW)},
}
"""Whom R3 to R7 name: who keeps departments moves cases with them, and decides none. All others must be refused."""


WATCHING, OVER = (STAFF, REVIEWER, FILER, DEPUTY), (OWN, PRINCIPALS, DEPARTMENT, ORGANIZATION, ABOVE, BELOW)
"""Who sees, and from where."""

KEPT: dict[str, Any] = {}
"""The cells, measured by the first test that asks."""


@pytest.fixture
def measured(app: Flask) -> dict[Way, Outcomes]:
    """Who may move a case."""
    if "acting" not in KEPT:
        KEPT["acting"] = measure(app)
    return KEPT["acting"]


@pytest.fixture
def reading(app: Flask) -> dict[str, Outcomes]:
    """Who may read."""
    if "reading" not in KEPT:
        KEPT["reading"] = measure_reading(app)
    return KEPT["reading"]


def test_each_way_lets_act_whom_the_rules_name_and_nobody_else(measured: dict[Way, Outcomes]) -> None:
    acting = {way: {cell for cell, came in cells.items() if came == ACTS} for way, cells in measured.items()}
    assert acting == {way: {cell for cell, actions in MAY.items() if way.action in actions} for way in WAYS}


def test_who_does_not_see_a_case_is_told_what_a_missing_one_tells(measured: dict[Way, Outcomes]) -> None:
    for way, cells in measured.items():
        assert cells[VISITOR, ELSEWHERE] == LOGIN
        if way.action in REVIEWS:
            assert cells[REVIEWER, ELSEWHERE] == MISSING
            assert cells[REVIEWER, BELOW] != MISSING


def test_reading_is_for_who_stands_over_the_expert_and_the_expert(reading: dict[str, Outcomes]) -> None:
    """R1: the province, the prefecture and the county, whatever their department; nobody of another prefecture."""
    for endpoint, came in reading.items():
        readers = {cell for cell, outcome in came.items() if outcome == ACTS}
        own = {(EXPERT, OWN)} if endpoint.startswith("Documents.") else set()
        assert readers == {(role, relation) for role in _readers(endpoint) for relation in OVER} & came.keys() | own, (
            endpoint
        )
        assert came[VISITOR, ELSEWHERE] == LOGIN, endpoint


def _readers(endpoint: str) -> set[str]:
    """政府用户 of any kind, but 完整信息 for whose role reviews or files, and a file with it for nobody at first."""
    if endpoint == "ExpertView.full_word":
        return set()
    if endpoint in ("ReviewView.proposed_title", "ReissueDesk.reissue"):
        return {REVIEWER if endpoint == "ReviewView.proposed_title" else FILER, DEPUTY}
    return {REVIEWER, FILER} if endpoint.endswith(".reveal") else set(WATCHING)


def test_the_guide_prints_what_was_measured(
    app: Flask, measured: dict[Way, Outcomes], reading: dict[str, Outcomes], pytestconfig: pytest.Config
) -> None:
    """``pytest tests/matrix --reprint`` writes the tables anew."""
    text = page.tables(measured, reading, app)
    if pytestconfig.getoption("--reprint"):
        page.reprint(text)
    assert page.printed() == text


def test_every_action_has_a_way_in() -> None:
    assert {way.action for way in WAYS} == {step.action for step in transitions.TABLE} | {*ChangeAction} - {
        ChangeAction.PROPOSE
    }


def test_no_other_form_moves_a_case(app: Flask) -> None:
    """Every form of the product is sent; those that wrote 审核历史 are the table's, and 申报."""
    known = {(way.endpoint, way.action) for way in WAYS} | {("ExpertDesk.apply", Action.SUBMIT)}
    world, moved = form_world.build(app), set()
    frozen, before = Frozen(), db.session.scalar(select(func.max(Transition.id))) or 0
    for form in FORMS.values():
        with world.undone(form, frozen):
            world.submit(form, world.right(form))
            steps = db.session.scalars(select(Transition.action).where(Transition.id > before))
            moved |= {(form.endpoint, action) for action in steps}
    frozen.close()
    assert moved <= known
    assert {action for _, action in moved} >= (REVIEWS & {*Action}) | FILINGS | {Action.SUBMIT}
