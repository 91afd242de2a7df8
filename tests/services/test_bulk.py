"""批量办理: each row for itself, the form once, and nothing on what was not seen (R1-R6, R13, R15)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.states import Action, ApplicationStatus
from app.domain.term import Term
from app.extensions import db
from app.models import Application, AuditEntry, BulkResult, BulkRun, Certificate, SmsMessage, Transition
from app.policies.actor import Actor
from app.policies.roles import FILER, REVIEWER
from app.services import applications, bulk, bulk_plan, filings, reviews
from app.services.bulk_plan import Order, Pick
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, MINES, QUJING
from tests.support.races import at_once

KEY, OTHER = "A" * 22, "B" * 22
Status = ApplicationStatus


def pick(case: Application) -> Pick:
    db.session.refresh(case)
    return Pick(case.id, case.version)


def approval(*picked: Pick) -> Order:
    body = cases.bodies_of(people.organization())[0].id
    chosen = {one.application_id: people.speciality().id for one in picked}
    return Order(Action.APPROVE, picked, appointing_body_id=body, term=Term(years=5), specialities=chosen)


def send(actor: Actor, order: Order, key: str = KEY) -> list[tuple[bool, str]]:
    bulk.run(actor, key, lambda: order)
    return [(line.result.done, line.result.text) for line in bulk.outcome(actor, key).lines if line.result]


def statuses(*found: Application) -> list[Status]:
    db.session.expire_all()
    return [case.status for case in found]


@pytest.fixture
def head(app: Flask) -> Actor:
    return people.actor(people.staff(REVIEWER))


@pytest.fixture
def filer(app: Flask) -> Actor:
    return people.actor(people.staff(FILER, at=people.department(people.SCIENCE)))


def test_each_row_is_decided_for_itself_and_what_cannot_be_says_why(head: Actor) -> None:
    good, stale, elsewhere = cases.pending_case(), cases.pending_case(), cases.pending_case(at=people.department(MINES))
    own = cases.pending_case(people.expert(id_number=head.id_number))
    gone = cases.pending_case(people.expert(people.QILIN), people.department(CHEMICALS, QUJING))
    order = approval(*map(pick, (good, stale, elsewhere, own, gone)), Pick(999_999, 1))
    applications.withdraw(people.actor(stale.expert), stale.id)
    found = send(head, order)
    assert [done for done, _ in found] == [True, False, False, False, False, False]
    texts = [text for _, text in found]
    assert "已被他人处理" in texts[1]
    assert "已撤回" in texts[1]
    assert "申报部门" in texts[2]
    assert "本人的申报" in texts[3]
    assert "申报部门" in texts[4]
    assert texts[5] == "没有找到该记录，或者您无权查看。"
    assert statuses(good, elsewhere, own) == [Status.PENDING_FILING, Status.PENDING_REVIEW, Status.PENDING_REVIEW]
    assert (good.title, good.term_years) == ("省化工-防火防爆", 5)
    acts = db.session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "审核通过")).all()
    refused = select(AuditEntry.subject).where(AuditEntry.action == "拒绝（没有权限）").order_by(AuditEntry.id)
    assert db.session.scalars(refused).all() == [f"申报#{case.id}" for case in (elsewhere, own, gone)]
    assert acts == [f"申报#{good.id}"]


def test_r1_a_row_out_of_scope_is_a_row_that_does_not_exist(app: Flask) -> None:
    kunming = people.actor(people.staff(REVIEWER, at=people.department(CHEMICALS, KUNMING)))
    mine = cases.pending_case(people.expert(people.WUHUA), people.department(CHEMICALS, KUNMING))
    far = cases.pending_case(people.expert(people.QILIN), people.department(CHEMICALS, QUJING))
    lines = bulk_plan.prepare(kunming, Action.REJECT, [pick(mine), pick(far), Pick(999_999, 1)])
    assert [(line.application, line.reasons) for line in lines[1:]] == [(None, lines[1].reasons)] * 2
    order = Order(Action.REJECT, tuple(line.pick for line in lines), "材料不全。")
    found = send(kunming, order)
    assert found[0] == (True, "")
    assert found[1] == found[2] == (False, "没有找到该记录，或者您无权查看。")
    assert bulk.outcome(kunming, KEY).lines[1].application is None
    assert statuses(far) == [Status.PENDING_REVIEW]
    with pytest.raises(NotFound):
        bulk_plan.prepare(kunming, Action.REJECT, [pick(far)])


def test_the_page_beforehand_names_what_will_change_by_the_same_rules(head: Actor) -> None:
    good, stale, retired = (cases.pending_case() for _ in range(3))
    own = cases.pending_case(people.expert(id_number=head.id_number))
    seen = [pick(one) for one in (good, stale, own, retired)]
    reviews.reject(stale.id, people.actor(cases.reviewer_of(stale)), "材料不全。")
    for one in retired.expert.specialities:
        one.retired = True
    db.session.commit()
    lines = bulk_plan.prepare(head, Action.APPROVE, seen)
    assert [bool(line.reasons) for line in lines] == [True, True, True, True]
    for one in retired.expert.specialities:
        one.retired = False
    db.session.commit()
    lines = bulk_plan.prepare(head, Action.APPROVE, seen)
    assert [bool(line.reasons) for line in lines] == [False, True, True, False]
    assert "已被他人处理" in lines[1].reasons[0]
    assert [title for _, title in lines[0].claimed] == [
        reviews.title_for(good, one) for one in good.expert.specialities
    ]
    assert db.session.scalar(select(func.count()).select_from(BulkRun)) == 0


def test_what_is_wrong_with_the_form_is_said_before_any_row(head: Actor, filer: Actor, clock: Clock) -> None:
    case = cases.pending_case()
    one = pick(case)
    past = Term(end=date(2020, 1, 1))
    wrong: list[tuple[Order, str]] = [
        (Order(Action.REJECT, (one,), " \n"), "理由"),
        (Order(Action.REJECT, (one,), "长" * 501), "500"),
        (Order(Action.APPROVE, (one,), appointing_body_id=cases.bodies_of(people.organization(KUNMING))[0].id), "聘用单位"),
        (Order(Action.APPROVE, (one,), appointing_body_id=cases.bodies_of(case.organization)[0].id, term=past), "早于今天"),
        (Order(Action.REJECT, ()), "勾选"),
        (Order(Action.REJECT, tuple(Pick(n, 1) for n in range(101)), "不全"), "最多驳回100件，您勾选了101件"),
    ]  # fmt: skip
    for order, words in wrong:
        with pytest.raises(Invalid, match=words):
            send(head, order)
    with pytest.raises(Invalid, match="最多备案50件，您勾选了51件"):
        bulk_plan.prepare(filer, Action.FILE, [Pick(n, 1) for n in range(51)])
    with pytest.raises(NotAllowed):
        bulk_plan.prepare(filer, Action.APPROVE, [one])
    assert db.session.scalar(select(func.count()).select_from(BulkRun)) == 0
    assert statuses(case) == [Status.PENDING_REVIEW]


def test_a_row_without_a_speciality_is_named(head: Actor) -> None:
    case = cases.pending_case()
    order = approval(pick(case))
    assert send(head, Order(order.action, order.picks, "", order.appointing_body_id, order.term)) == [
        (False, "没有选择行业领域。")
    ]


def test_filing_gives_each_row_its_number(filer: Actor, clock: Clock) -> None:
    clock.on(date(2020, 10, 15))
    good, back, last = (cases.approved_case() for _ in range(3))
    order = Order(Action.FILE, tuple(map(pick, (good, back, last))))
    filings.send_back(back.id, people.actor(cases.filer_of(back)), "有误")
    found = send(filer, order)
    assert [done for done, _ in found] == [True, False, True]
    assert [found[0][1], found[2][1]] == ["YNS20201015001", "YNS20201015002"]


def test_the_same_form_again_shows_the_first_result_and_does_nothing(head: Actor) -> None:
    one, other = cases.pending_case(), cases.pending_case()
    first = send(head, Order(Action.REJECT, (pick(one),), "材料不全。"))
    again = send(head, Order(Action.REJECT, (pick(other),), "另一个理由。"))
    assert first == again == [(True, "")]
    assert statuses(one, other) == [Status.REJECTED, Status.PENDING_REVIEW]
    with pytest.raises(Conflict, match="页面已失效"):
        send(people.actor(people.staff(REVIEWER)), Order(Action.REJECT, (pick(other),), "材料不全。"))
    with pytest.raises(NotFound):
        bulk.outcome(people.actor(people.staff(REVIEWER)), KEY)


def test_a_run_that_was_cut_off_goes_on_and_counts_what_it_had_done(
    filer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the act and its note, and between two rows."""
    found = [cases.approved_case() for _ in range(3)]
    order = Order(Action.FILE, tuple(map(pick, found)))
    note, noted = bulk._note, 0

    def cut(*args: Any) -> None:
        nonlocal noted
        noted += 1
        if noted == 2:
            raise KeyboardInterrupt
        note(*args)

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "_note", cut)
        with pytest.raises(KeyboardInterrupt):
            send(filer, order)
    db.session.rollback()
    assert not bulk.outcome(filer, KEY).is_finished
    assert statuses(*found) == [Status.FILED, Status.FILED, Status.PENDING_FILING]
    answers = send(filer, order)
    assert [done for done, _ in answers] == [True, True, True]
    numbers = db.session.scalars(select(Certificate.number).order_by(Certificate.application_id)).all()
    assert [text for _, text in answers] == numbers
    told = select(func.count()).where(SmsMessage.purpose == "聘书生成")
    assert db.session.scalar(told) == 3


def test_one_form_sent_twice_at_once_acts_once_on_each_row(app: Flask, filer: Actor) -> None:
    found = [cases.approved_case() for _ in range(4)]
    order = Order(Action.FILE, tuple(map(pick, found)))
    at_once(app, [partial(bulk.run, filer, KEY, lambda: order) for _ in range(2)])
    lines = bulk.outcome(filer, KEY).lines
    assert [line.result is not None and line.result.done for line in lines] == [True] * 4
    assert db.session.scalar(select(func.count()).where(Transition.action == Action.FILE)) == 4
    assert db.session.scalar(select(func.count()).select_from(BulkRun)) == 1


def test_two_officials_over_the_same_rows_decide_each_once(app: Flask, head: Actor) -> None:
    other = people.actor(people.staff(REVIEWER, name="乙处长"))
    found = [cases.pending_case() for _ in range(6)]
    picked = tuple(map(pick, found))
    deeds: list[Callable[[], Any]] = [
        partial(bulk.run, head, KEY, lambda: Order(Action.REJECT, picked, "甲驳回。")),
        partial(bulk.run, other, OTHER, lambda: Order(Action.REJECT, picked[::-1], "乙驳回。")),
    ]
    at_once(app, deeds)
    assert statuses(*found) == [Status.REJECTED] * 6
    results = db.session.scalars(select(BulkResult)).all()
    for case in found:
        mine = [row for row in results if row.application_id == case.id]
        assert sorted(row.done for row in mine) == [False, True]
        steps = [step for step in cases.history(case) if step.action is Action.REJECT]
        assert len(steps) == 1
        winner = next(row for row in mine if row.done)
        run = db.session.get_one(BulkRun, winner.run_id)
        assert run.user_id == steps[0].actor_id
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 6


def test_old_runs_are_swept_with_their_results(head: Actor, clock: Clock) -> None:
    clock.on(date(2026, 11, 2))
    send(head, Order(Action.REJECT, (pick(cases.pending_case()),), "材料不全。"))
    clock.on(date(2026, 11, 2) + timedelta(days=bulk.KEPT_DAYS))
    assert bulk.sweep() == 0
    clock.on(date(2026, 11, 3) + timedelta(days=bulk.KEPT_DAYS))
    assert bulk.sweep() == 1
    assert db.session.scalar(select(func.count()).select_from(BulkResult)) == 0
