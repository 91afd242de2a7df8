"""到期提醒: 90, 30 and 7 days before the end and on the day after, to each once, whatever happens meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.term import Term
from app.extensions import db
from app.models import Account, Certificate, CertificateReminder, NoticeChoice, Notification, SmsMessage
from app.policies.roles import REVIEWER
from app.services import certificates, notices, reminders, renewals
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.races import Meeting, at_once

FILED, LAST = date(2020, 10, 15), date(2030, 10, 14)
EXPERT, DEPARTMENT = ("ending", "ended"), "department_ending"


@pytest.fixture
def certificate(app: Flask, clock: Clock) -> Certificate:
    """Of the province's department for chemicals, whose head is there to be told."""
    clock.on(FILED)
    return cases.filed_certificate()


def days_before(count: int) -> date:
    return LAST - timedelta(days=count)


def told(*kinds: str) -> list[str]:
    db.session.rollback()
    found = select(Notification.text).where(Notification.kind.in_(kinds)).order_by(Notification.id)
    return list(db.session.scalars(found))


def messages(purpose: str = "聘书到期提醒") -> int:
    return db.session.scalar(select(func.count()).where(SmsMessage.purpose == purpose)) or 0


def test_each_threshold_is_told_of_once_and_the_end_on_the_day_after(certificate: Certificate, clock: Clock) -> None:
    came = []
    day = days_before(92)
    while day <= LAST + timedelta(days=3):
        clock.on(day)
        if reminders.send_due() + reminders.send_due():
            came.append((LAST - day).days)
        day += timedelta(days=1)
    assert came == [90, 30, 7, -1]
    number = certificate.number
    assert told(*EXPERT) == [
        *[f"您的聘书{number}将于2030年10月14日到期，需要继续受聘的，请申请续聘。"] * 3,
        f"您的聘书{number}已于2030年10月14日到期失效，需要继续受聘的，请申请续聘。",
    ]
    assert (messages(), messages("聘书到期")) == (3, 1)
    place = "云南省应急管理厅危险化学品安全监督管理处"
    assert told(DEPARTMENT) == [
        f"{place}有聘书快要到期：90日内1份。",
        f"{place}有聘书快要到期：90日内1份，其中30日内1份。",
        f"{place}有聘书快要到期：90日内1份，其中30日内1份、7日内1份。",
    ]


def test_the_day_is_shanghais(certificate: Certificate, clock: Clock) -> None:
    clock.on(days_before(91), 23, 59, 59)
    assert reminders.send_due() == 0
    clock.forward(seconds=1)
    assert reminders.send_due() == 1


@pytest.mark.parametrize(("left", "which"), [(90, 90), (31, 90), (25, 30), (8, 30), (3, 7), (0, 7)])
def test_whoever_missed_days_is_told_of_the_nearest_alone(
    certificate: Certificate, clock: Clock, left: int, which: int
) -> None:
    clock.on(days_before(left))
    assert (reminders.send_due(), reminders.send_due()) == (1, 0)
    assert db.session.scalars(select(CertificateReminder.days)).all() == [which]


@pytest.mark.parametrize(("since", "count"), [(1, 1), (30, 1), (31, 0), (900, 0)])
def test_an_end_long_ago_is_no_news(certificate: Certificate, clock: Clock, since: int, count: int) -> None:
    clock.on(LAST + timedelta(days=since))
    assert (reminders.send_due(), len(told(*EXPERT)), len(told(DEPARTMENT))) == (count, count, 0)


def test_the_settings_say_how_many_days_before(
    app: Flask, certificate: Certificate, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CERTIFICATE_REMINDERS", (60,))
    came = []
    for left in (90, 61, 60, 30, 7):
        clock.on(days_before(left))
        came.append(reminders.send_due())
    assert came == [0, 0, 1, 0, 0]


def test_what_lasts_was_ended_or_is_renewed_is_not_told_of(certificate: Certificate, clock: Clock) -> None:
    def another(term: Term | None = None) -> Certificate:
        case = cases.pending_case(people.expert())
        return cases.filed_certificate(cases.approved_case(case, cases.a_decision(case, term=term)))

    lasting, ended, waiting, renewed = another(Term()), another(), another(), another()
    clock.on(days_before(90))
    renewals.renew(people.actor(waiting.expert), waiting.id)
    follower = renewals.renew(people.actor(renewed.expert), renewed.id)
    cases.filed_certificate(cases.approved_case(follower))
    certificates.terminate(ended.id, people.actor(cases.reviewer_of(ended.application)), "调离。")
    assert reminders.send_due() == 2
    found = set(db.session.scalars(select(CertificateReminder.certificate_id)))
    assert found == {certificate.id, waiting.id}  # a renewal that is not filed yet may still come to nothing
    assert lasting.id not in found


def test_who_wants_no_sms_has_the_bell_alone(certificate: Certificate, clock: Clock) -> None:
    db.session.add(NoticeChoice(account_id=certificate.expert.user_id, kind="ending", by_sms=False))
    db.session.commit()
    clock.on(days_before(90))
    reminders.send_due()
    assert (len(told("ending")), messages()) == (1, 0)


def test_a_department_has_one_notice_a_day_for_its_reviewers_alone(certificate: Certificate, clock: Clock) -> None:
    here = certificate.department
    heads = [cases.reviewer_of(certificate.application) for _ in range(2)]
    for _ in range(2):
        cases.filed_certificate()
    elsewhere = people.staff(REVIEWER, at=people.department(people.MINES))
    people.staff(at=here)
    clock.on(days_before(30))
    assert reminders.send_due() == 3
    late = cases.filed_certificate()
    cases.end_on(late, days_before(25))
    assert (reminders.send_due(), reminders.send_due()) == (1, 0)  # the expert hears of it today
    mine = select(Notification.text).where(Notification.kind == DEPARTMENT, Notification.account_id == heads[0].id)
    assert db.session.scalars(mine).all() == [
        "云南省应急管理厅危险化学品安全监督管理处有聘书快要到期：90日内3份，其中30日内3份。"
    ]
    of = select(func.count()).where(Notification.kind == DEPARTMENT, Notification.account_id == elsewhere.id)
    assert db.session.scalar(of) == 0
    told_to = select(Account.department_id).join(Notification, Notification.account_id == Account.id)
    assert set(db.session.scalars(told_to.where(Notification.kind == DEPARTMENT))) == {here.id}


def test_the_newer_notice_of_a_department_takes_the_older_ones_place(certificate: Certificate, clock: Clock) -> None:
    for left in (90, 30):
        clock.on(days_before(left))
        reminders.send_due()
    read = select(Notification.read_at.is_not(None)).where(Notification.kind == DEPARTMENT).order_by(Notification.id)
    assert db.session.scalars(read).all() == [True, False]


def test_a_run_that_dies_is_taken_up_by_the_next(
    certificate: Certificate, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases.filed_certificate()
    clock.on(days_before(7))

    def dies(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(notices, "certificate_ending", dies)
        with pytest.raises(RuntimeError):
            reminders.send_due()
    assert told(*EXPERT, DEPARTMENT) == []
    with monkeypatch.context() as patch:
        patch.setattr(notices, "certificates_of_department_ending", dies)
        with pytest.raises(RuntimeError):
            reminders.send_due()
    assert (len(told(*EXPERT)), told(DEPARTMENT)) == (2, [])
    clock.forward(days=1)  # the department still hears of it
    assert reminders.send_due() == 0
    assert len({*told(DEPARTMENT)}) == 1


def test_two_at_once_tell_everybody_once(
    app: Flask, certificate: Certificate, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        cases.filed_certificate()
    clock.on(days_before(30))
    monkeypatch.setattr(reminders, "_due_after", Meeting().before(reminders._due_after))  # both find all five
    monkeypatch.setattr(reminders, "_departments_to_tell", Meeting().before(reminders._departments_to_tell))
    assert sum(at_once(app, [reminders.send_due] * 2)) == 5
    targets = db.session.scalars(select(Notification.target_id).where(Notification.kind == "ending")).all()
    assert len(targets) == len(set(targets)) == 5
    heads = select(func.count(), func.count(Notification.account_id.distinct())).where(Notification.kind == DEPARTMENT)
    sent, persons = db.session.execute(heads).one()
    assert sent == persons > 0
