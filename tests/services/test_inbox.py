"""What waits, since when, and what is overdue: by working days and the department's own number of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.domain.duties import Duty
from app.domain.states import Action, ApplicationStatus
from app.domain.validity import today_in_shanghai
from app.domain.workdays import Wait
from app.extensions import db
from app.models import Application, Holiday, Organization
from app.policies import permissions
from app.policies.roles import FILER, REVIEWER, STAFF
from app.policies.scope import decidable
from app.services import corrections, filings, inbox
from app.services.inbox import Load
from tests.support import cases, lending, people
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, MINES, SCIENCE

ARRIVED = date(2026, 11, 2)
"""A Monday with no holiday for weeks before and after."""
REVIEW, FILING = ApplicationStatus.PENDING_REVIEW, ApplicationStatus.PENDING_FILING


def wait(case: Application) -> Wait | None:
    db.session.expire_all()
    db.session.scalars(select(Organization).options(undefer(Organization.filing_days))).all()
    return inbox.wait_of(case, inbox.calendar(), today_in_shanghai())


def listed(clause: str, status: ApplicationStatus) -> int:
    asked = getattr(inbox, clause)(status, inbox.calendar(), today_in_shanghai())
    return len(db.session.scalars(select(Application.id).where(Application.status == status, asked)).all())


def test_a_wait_begins_anew_with_each_step(app: Flask, clock: Clock) -> None:
    clock.on(ARRIVED)
    case = cases.pending_case()
    head, filer = people.actor(cases.reviewer_of(case)), people.actor(cases.filer_of(case))
    clock.on(ARRIVED + timedelta(days=7))
    assert wait(case) == Wait(5, 15)
    corrections.give_back(case.id, head, "地址不全", {"address": ""})
    assert wait(case) is None
    clock.on(ARRIVED + timedelta(days=14))
    corrections.resubmit(people.actor(case.expert), case.id)
    assert wait(case) == Wait(0, 15)
    clock.on(ARRIVED + timedelta(days=21))
    cases.approved_case(case)
    assert wait(case) == Wait(0, 15)
    clock.on(ARRIVED + timedelta(days=22))
    filings.send_back(case.id, filer, "聘用单位有误")
    clock.on(ARRIVED + timedelta(days=23))
    assert wait(case) == Wait(1, 15)


@pytest.mark.parametrize("status", [REVIEW, FILING])
def test_what_the_list_finds_overdue_is_what_each_row_says(app: Flask, clock: Clock, status: ApplicationStatus) -> None:
    clock.on(ARRIVED, 23, 59)
    case = cases.pending_case() if status is REVIEW else cases.approved_case()
    department = case.department if status is REVIEW else people.department(SCIENCE)
    department.handling_days = 5
    db.session.add(Holiday(day=ARRIVED + timedelta(days=2), name="假", kind="放假"))
    db.session.add(Holiday(day=ARRIVED + timedelta(days=5), name="班", kind="调休上班"))
    db.session.add(Holiday(day=ARRIVED + timedelta(days=8), name="停用", kind="放假", retired=True))
    db.session.commit()
    seen = []
    for days in range(12):
        clock.on(ARRIVED + timedelta(days=days))
        found = wait(case)
        assert found is not None
        assert listed("overdue", status) == bool(found.late)
        assert listed("overdue_soon", status) == found.is_soon
        seen.append((found.days, found.late, found.is_soon))
    # Wednesday is off, Saturday is worked, the retired row counts for nothing.
    assert [days for days, *_ in seen] == [0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9]
    assert [days for days, late, _ in seen if late] == [6, 7, 8, 9]


def test_loads_are_of_what_one_may_decide_oneself(app: Flask, clock: Clock) -> None:
    clock.on(ARRIVED)
    first, second = cases.pending_case(), cases.approved_case()
    cases.pending_case(at=people.department(MINES))
    clock.on(ARRIVED + timedelta(days=30))
    cases.pending_case()
    head, filer = people.actor(cases.reviewer_of(first)), people.actor(cases.filer_of(second))
    assert inbox.loads(head) == {REVIEW: Load(2, 1)}
    assert inbox.loads(filer) == {FILING: Load(1, 1)}
    assert inbox.loads(people.actor(people.staff())) == {}
    assert inbox.next_for(head, REVIEW) == first.id
    assert inbox.next_for(filer, FILING) == second.id
    assert inbox.next_for(filer, REVIEW) is None


@pytest.mark.parametrize("action", [Action.APPROVE, Action.FILE])
def test_r2_r6_the_clause_finds_what_the_rule_allows(app: Flask, action: Action) -> None:
    expert = people.expert()
    found = [cases.pending_case(expert), cases.pending_case(at=people.department(MINES))]
    found += [cases.pending_case(at=people.department(CHEMICALS, KUNMING))]
    officials = [
        people.staff(role, at=place, **fields)
        for role in (STAFF, REVIEWER, FILER)
        for place in (people.department(), people.department(SCIENCE), people.department(SCIENCE, KUNMING))
        for fields in ({}, {"id_number": None})
    ]
    themselves, other = people.staff(REVIEWER, FILER, id_number=expert.id_number), people.staff(REVIEWER, FILER)
    deputy, of_two = people.staff(), people.staff()
    for duty in Duty:
        lending.lend(themselves, deputy, duty)
        lending.lend(themselves, of_two, duty, first=10, last=16)
        lending.lend(other, of_two, duty)
    officials += [themselves, deputy, of_two]
    for official in officials:
        actor = people.actor(official)
        allowed = {case.id for case in found if permissions.may(actor, action, case)}
        assert set(db.session.scalars(select(Application.id).where(decidable(actor, action)))) == allowed
