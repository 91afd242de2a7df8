"""Who has a case open is named to colleagues who may decide it, for two minutes, and nobody is held up."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.errors import Conflict, NotAllowed, NotFound
from app.extensions import db
from app.models import CaseVisit
from app.policies.roles import FILER, REVIEWER, STAFF
from app.services import case_visits, reviews
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.people import MINES, QUJING, SCIENCE
from tests.support.plans import statements

DAY = date(2026, 11, 2)


def test_a_colleague_is_named_while_the_page_is_open(app: Flask, clock: Clock) -> None:
    clock.on(DAY, 9)
    case = cases.pending_case()
    one, two = (people.actor(people.staff(REVIEWER, name=name)) for name in ("张三", "李四"))
    assert case_visits.seen(one, case.id) == []
    clock.forward(seconds=30)
    assert [visitor.words for visitor in case_visits.seen(two, case.id)] == ["张三 刚刚打开了这件申报。"]
    clock.forward(seconds=60)
    case_visits.seen(one, case.id)
    clock.forward(seconds=59)
    assert [visitor.words for visitor in case_visits.others(two, case.id)] == ["张三 2 分钟前打开了这件申报。"]
    assert [visitor.name for visitor in case_visits.others(one, case.id)] == ["李四"]
    # Forgotten after two minutes of silence; who comes back has opened it anew.
    clock.forward(seconds=61)
    assert case_visits.others(two, case.id) == []
    case_visits.seen(one, case.id)
    assert [visitor.minutes for visitor in case_visits.others(two, case.id)] == [0]
    with statements() as ran:
        case_visits.others(two, case.id)
    assert len(ran) == 1


def test_a_visit_holds_up_nobody(app: Flask, clock: Clock) -> None:
    case = cases.pending_case()
    one, two = (people.actor(people.staff(REVIEWER)) for _ in range(2))
    case_visits.seen(one, case.id)
    case_visits.seen(two, case.id)
    reviews.reject(case.id, two, "材料不全。", case.version)
    with pytest.raises(Conflict, match="已驳回"):
        case_visits.seen(one, case.id)


def test_it_is_for_who_may_decide(app: Flask) -> None:
    pending, approved = cases.pending_case(), cases.approved_case()
    filer = people.actor(people.staff(FILER, at=people.department(SCIENCE)))
    assert case_visits.seen(filer, approved.id) == []
    for actor, case in (
        (people.actor(people.staff(STAFF)), pending),
        (people.actor(people.staff(REVIEWER, at=people.department(MINES))), pending),
        (filer, pending),
        (people.actor(people.staff(REVIEWER)), approved),
    ):
        with pytest.raises(NotAllowed):
            case_visits.seen(actor, case.id)
    for actor in (
        people.actor(people.staff(REVIEWER, at=people.department(region=QUJING))),
        people.actor(pending.expert),
    ):
        with pytest.raises(NotFound):
            case_visits.seen(actor, pending.id)
    assert db.session.scalar(select(func.count()).select_from(CaseVisit)) == 1


def test_who_has_left_is_swept(app: Flask, clock: Clock) -> None:
    clock.on(DAY, 9)
    case = cases.pending_case()
    one, two = (people.actor(people.staff(REVIEWER)) for _ in range(2))
    case_visits.seen(one, case.id)
    clock.forward(minutes=1)
    case_visits.seen(two, case.id)
    clock.forward(minutes=1)
    assert (case_visits.sweep(), case_visits.sweep()) == (1, 0)
    assert db.session.scalars(select(CaseVisit.account_id)).all() == [two.user_id]
