"""委托: who may give what to whom, from when to when, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.domain.duties import LONGEST_DAYS, Duty
from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import Account, AuditEntry, Delegation
from app.policies.roles import ADMINISTRATOR, FILE, FILER, REVIEW, REVIEWER, STAFF
from app.services import actors, delegations, notice_targets, notifications
from tests.support import people
from tests.support.clock import Clock
from tests.support.lending import lend
from tests.support.races import at_once


@pytest.fixture
def head(app: Flask) -> Account:
    return people.staff(REVIEWER, name="王处长")


@pytest.fixture
def colleague(app: Flask) -> Account:
    return people.staff(name="李科员")


def may(person: Account, permission: Any = REVIEW) -> bool:
    db.session.expire_all()
    return actors.actor_of(person).may(permission)


def refused(principal: Account, delegate: Account, **days: int) -> DomainError:
    with pytest.raises(DomainError) as caught:
        lend(principal, delegate, **days)
    assert db.session.scalars(select(Delegation)).all() == []
    return caught.value


def test_what_is_lent_is_a_permission_and_says_whose(head: Account, colleague: Account) -> None:
    assert not may(colleague)
    made = lend(head, colleague)
    actor = people.actor(colleague)
    assert actor.may(REVIEW)
    assert not actor.owns(REVIEW)
    (loan,) = actor.loans
    assert (loan.delegation_id, loan.permission, loan.principal_id, loan.principal_name, loan.ends_on) == (
        made.id, REVIEW, head.id, "王处长", today_in_shanghai() + timedelta(days=6),
    )  # fmt: skip
    assert loan.principal_id_number == head.id_number
    assert head.id_number not in repr(actor)


def test_both_days_are_included_and_it_ends_by_itself(head: Account, colleague: Account, clock: Clock) -> None:
    made = lend(head, colleague, first=1, last=3)
    first, last = made.starts_on, made.ends_on
    seen = {}
    for day in (first - timedelta(days=1), first, last, last + timedelta(days=1)):
        clock.on(day)
        seen[day] = (may(colleague), delegations.one(made.id, people.actor(head)).status_now)
    assert list(seen.values()) == [(False, "未开始"), (True, "有效"), (True, "有效"), (False, "已到期")]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(-1, 3, "starts_on"), (3, 2, "ends_on"), (0, LONGEST_DAYS, "ends_on")],
)
def test_days_that_will_not_do_are_refused(
    head: Account, colleague: Account, first: int, last: int, field: str
) -> None:
    assert refused(head, colleague, first=first, last=last).field == field


def test_ninety_days_may_be(head: Account, colleague: Account) -> None:
    assert lend(head, colleague, last=LONGEST_DAYS - 1)


def test_nobody_gives_what_no_role_of_theirs_holds(head: Account, colleague: Account) -> None:
    other = people.staff()
    assert isinstance(refused(colleague, other), NotAllowed)
    lend(head, colleague)
    assert may(colleague)
    with pytest.raises(NotAllowed):
        lend(colleague, other)
    assert not may(other)
    with pytest.raises(NotAllowed):
        lend(head, other, Duty.FILE)


def test_an_administrator_gives_nothing(app: Flask, colleague: Account) -> None:
    assert isinstance(refused(people.staff(ADMINISTRATOR), colleague), NotAllowed)


def test_a_filer_gives_filing_to_the_same_department(app: Flask) -> None:
    science = people.department(people.SCIENCE)
    filer, near, far = people.staff(FILER, at=science), people.staff(at=science), people.staff()
    with pytest.raises(Invalid, match="受托人"):
        lend(filer, far, Duty.FILE)
    lend(filer, near, Duty.FILE)
    assert may(near, FILE)
    assert not may(near)


def test_only_a_colleague_who_can_decide_is_chosen(head: Account) -> None:
    for unfit in (
        people.staff(at=people.department(people.MINES)),
        people.staff(active=False),
        people.staff(id_number=None),
        people.expert().user,
        head,
    ):
        assert refused(head, unfit).field == "delegate"
    assert "没有查看申报的权限" in refused(head, people.staff(ADMINISTRATOR)).message
    assert "不需要委托" in refused(head, people.staff(REVIEWER)).message


def test_who_has_no_id_number_gives_nothing(app: Flask, colleague: Account) -> None:
    assert "身份证号" in refused(people.staff(REVIEWER, id_number=None), colleague).message


def test_one_duty_is_given_once_a_day(head: Account, colleague: Account) -> None:
    other = people.staff(name="赵科员")
    lend(head, colleague, first=5, last=9)
    for first, last in ((0, 5), (9, 12), (6, 7), (0, 20)):
        with pytest.raises(Conflict, match="李科员"):
            lend(head, other, first=first, last=last)
    lend(head, other, first=10, last=12)
    lend(head, other, first=0, last=4)


def test_two_at_once_give_one_day_once(app: Flask, head: Account, colleague: Account) -> None:
    other = people.staff()
    today, actor = today_in_shanghai(), people.actor(head)
    ids = [colleague.id, other.id]
    answers = at_once(app, [lambda n=n: delegations.give(actor, [Duty.REVIEW], n, today, today) for n in ids])
    assert sorted(type(answer) for answer in answers if answer) == [Conflict]
    assert len(db.session.scalars(select(Delegation)).all()) == 1


def test_the_database_refuses_an_overlap_too(head: Account, colleague: Account) -> None:
    made = lend(head, colleague, first=5, last=9)
    copy = text(
        "INSERT INTO delegation (department_id, principal_id, delegate_id, duty, starts_on, ends_on, made_at)"
        " SELECT department_id, principal_id, delegate_id, :duty, starts_on, ends_on, made_at FROM delegation"
        " WHERE id = :id"
    )
    with pytest.raises(DBAPIError, match=r"(?i)overlap|conflicting key"):
        db.session.execute(copy, {"id": made.id, "duty": Duty.REVIEW.value})
    db.session.rollback()
    db.session.execute(copy, {"id": made.id, "duty": Duty.FILE.value})
    db.session.commit()


def test_each_loss_of_a_condition_stops_it(head: Account, colleague: Account) -> None:
    made = lend(head, colleague)
    mines, chemicals, roles = people.department(people.MINES), people.department(), list(head.roles)

    def held(person: Account, **values: Any) -> bool:
        before = {name: getattr(person, name) for name in values}
        for values_now in (values, before):
            for name, value in values_now.items():
                setattr(person, name, value)
            db.session.commit()
            if values_now is values:
                found = may(colleague)
                assert found == delegations.one(made.id, people.actor(head)).holds
        return found

    for person in (head, colleague):
        assert not held(person, active=False)
        assert not held(person, department=mines)
        assert not held(person, id_number=None)
    assert not held(head, roles=people.roles(STAFF))
    assert may(colleague)
    assert (head.roles, head.department) == (roles, chemicals)


def test_who_got_the_role_meanwhile_acts_in_their_own_name(head: Account, colleague: Account) -> None:
    lend(head, colleague)
    colleague.roles = people.roles(REVIEWER)
    db.session.commit()
    assert people.actor(colleague).owns(REVIEW)
    assert people.actor(colleague).loans == ()


def test_it_is_ended_early_by_the_principal_or_an_administrator(head: Account, colleague: Account) -> None:
    administrator = people.staff(ADMINISTRATOR, name="钱管理")
    for by in (head, administrator):
        made = lend(head, colleague)
        for stranger in (colleague, people.staff(REVIEWER)):
            with pytest.raises(NotFound):
                delegations.end(made.id, people.actor(stranger), "不办了")
        with pytest.raises(Invalid):
            delegations.end(made.id, people.actor(by), "  ")
        assert may(colleague)
        delegations.end(made.id, people.actor(by), "提前返岗")
        assert not may(colleague)
        with pytest.raises(Conflict):
            delegations.end(made.id, people.actor(by), "再来一次")
        db.session.refresh(made)
        assert (made.ended_by, made.end_reason) == (by.name, "提前返岗")
    acts = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts == ["设立委托", "提前结束委托"] * 2


def test_what_is_over_cannot_be_ended(head: Account, colleague: Account, clock: Clock) -> None:
    made = lend(head, colleague, last=0)
    clock.on(made.ends_on + timedelta(days=1))
    with pytest.raises(Conflict):
        delegations.end(made.id, people.actor(head), "提前返岗")


def test_one_sees_what_one_gave_and_received(head: Account, colleague: Account) -> None:
    made = lend(head, colleague)
    stranger = people.staff(REVIEWER)
    assert [one.id for one in delegations.own(people.actor(head))] == [made.id]
    assert [one.id for one in delegations.own(people.actor(colleague))] == [made.id]
    assert delegations.own(people.actor(stranger)) == []
    with pytest.raises(NotFound):
        delegations.one(made.id, people.actor(stranger))


def test_nothing_personal_stands_in_the_log(head: Account, colleague: Account) -> None:
    lend(head, colleague)
    detail = db.session.scalars(select(AuditEntry.detail)).one()
    assert "李科员" in detail
    assert not any(person.id_number in detail for person in (head, colleague))


def test_the_colleague_hears_of_it_and_of_its_early_end(head: Account, colleague: Account) -> None:
    def told() -> list[tuple[str, str]]:
        found, _ = notifications.page(people.actor(colleague))
        return [(notice.kind, notice.text) for notice in found]

    lent = lend(head, colleague)
    place = lent.place
    days = f"自{chinese_date(lent.starts_on)}至{chinese_date(lent.ends_on)}"
    assert told() == [("lent", f"{head.name}把{place}的审核委托给您办理，{days}。")]
    assert notice_targets.in_reach(people.actor(colleague), notifications.page(people.actor(colleague))[0][0])
    delegations.end(lent.id, people.actor(head), "提前返岗")
    assert told()[0] == ("loan_ended", f"{head.name}委托您办理的{place}的审核已提前结束。")
