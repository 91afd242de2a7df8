"""Who finds what in the bell, written with the step or not at all; and by SMS what they chose."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.states import Action
from app.extensions import db
from app.models import Account, Application, Expert, NoticeChoice, Notification, SmsMessage
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from app.services import (
    accounts,
    applications,
    certificates,
    closing,
    corrections,
    departments,
    feedback,
    filings,
    notifications,
    reviews,
)
from tests.support import cases, people
from tests.support.clock import Clock

TEXT = {
    Action.SUBMIT: ("已提交，等待审核", "张三向云南省应急管理厅危险化学品安全监督管理处申报，等待审核。"),
    Action.RETURN: ("请按要求补正后重新提交", ""),
    Action.RESUBMIT: ("已提交，等待审核", "张三已补正并重新提交"),
    Action.REJECT: ("未通过审核，请查看理由", ""),
    Action.APPROVE: ("已通过审核，等待备案", "审核通过，等待备案。"),
    Action.SEND_BACK: ("将重新审核", "请重新审核。"),
    Action.FILE: ("聘书编号YNS", ""),
    Action.TERMINATE: ("提前终止，请查看原因", ""),
    Action.REISSUE: ("已更正换发，新编号YNS", "已更正换发，新编号YNS"),
    Action.WITHDRAW: ("", "张三撤回了向"),
    Action.MOVE: (
        "改由云南省应急管理厅非煤矿山安全监督管理处办理",
        "张三向云南省应急管理厅非煤矿山安全监督管理处申报，等待审核。",
    ),
}
"""For each step what the expert and what an official reads; nothing where nobody of them is told."""


def told(person: Account | Expert) -> list[str]:
    """What somebody was told, the newest first."""
    found, _ = notifications.page(people.actor(person))
    return [notice.text for notice in found]


class Office:
    """One case, its expert, and the officials who have to do with it."""

    def __init__(self) -> None:
        self.case = cases.pending_case()
        self.head = cases.reviewer_of(self.case)
        self.filer = cases.filer_of(self.case)

    def merge(self) -> None:
        """Into the department for mines, whither the head has moved already."""
        target = people.department(people.MINES)
        self.head.department = target
        db.session.commit()
        keeper = people.actor(people.staff(ADMINISTRATOR, at=people.department(people.SCIENCE)))
        seen = departments.plan(keeper, self.case.department_id, target.id).seen
        departments.merge(keeper, self.case.department_id, target.id, seen, with_people=False)

    def steps(self) -> dict[Action, Callable[[], object]]:
        """What leads to the step's place, done; then the step itself."""
        case, owner = self.case, people.actor(self.case.expert)
        head, filer = people.actor(self.head), people.actor(self.filer)

        def give_back() -> None:
            corrections.give_back(case.id, head, "请写明门牌号。", {"address": ""})

        def approve() -> None:
            reviews.approve(case.id, head, cases.a_decision(case))

        def again() -> None:
            applications.withdraw(owner, case.id)
            applications.submit(owner, [case.department_id])

        return {
            Action.SUBMIT: again,
            Action.RETURN: give_back,
            Action.RESUBMIT: lambda: (give_back(), corrections.resubmit(owner, case.id)),
            Action.REJECT: lambda: reviews.reject(case.id, head, "材料不全。"),
            Action.APPROVE: approve,
            Action.SEND_BACK: lambda: (approve(), filings.send_back(case.id, filer, "聘用单位有误。")),
            Action.FILE: lambda: (approve(), filings.file(case.id, filer)),
            Action.TERMINATE: lambda: (
                approve(), certificates.terminate(filings.file(case.id, filer).id, head, "调离。")
            ),
            Action.REISSUE: lambda: (approve(), cases.reissued(filings.file(case.id, filer))),
            Action.WITHDRAW: lambda: applications.withdraw(owner, case.id),
            Action.MOVE: self.merge,
        }  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("action", Action)
def test_each_step_tells_whom_it_concerns(app: Flask, action: Action) -> None:
    office = Office()
    office.steps()[action]()
    expert, official = TEXT[action]
    assert expert in told(office.case.expert)[0]
    heads, filers = told(office.head), told(office.filer)
    assert any(official in text for text in (*heads, *filers)) or not official
    assert not any("等待备案" in text for text in heads)


def test_officials_elsewhere_and_without_the_permission_hear_nothing(app: Flask) -> None:
    strangers = [
        people.staff(REVIEWER, at=people.department(people.MINES)),
        people.staff(REVIEWER, at=people.department(people.CHEMICALS, people.KUNMING)),
        people.staff(FILER, at=people.department(people.SCIENCE, people.KUNMING)),
        people.staff(STAFF),
        people.staff(REVIEWER, active=False),
    ]
    cases.filed_certificate()
    assert [told(stranger) for stranger in strangers] == [[]] * len(strangers)


def test_r6_a_reviewer_is_not_asked_to_review_the_own_case(app: Flask) -> None:
    person = people.new_id_number()
    head = people.staff(REVIEWER, id_number=person)
    cases.pending_case(people.expert(id_number=person))
    assert told(head) == []


def test_a_step_that_is_undone_tells_nobody(app: Flask) -> None:
    case = cases.pending_case()
    head = people.actor(cases.reviewer_of(case))
    before = [len(told(case.expert)), len(db.session.scalars(select(SmsMessage)).all())]
    with pytest.raises(Invalid):
        corrections.give_back(case.id, head, "请补正。", {})
    with pytest.raises(Conflict):
        reviews.reject(case.id, head, "材料不全。", version=case.version + 1)
    assert [len(told(case.expert)), len(db.session.scalars(select(SmsMessage)).all())] == before


def test_a_reset_and_the_answers_to_questions_are_told(app: Flask) -> None:
    expert, administrator = people.expert(), people.staff(ADMINISTRATOR)
    accounts.reset_password(expert.id, people.actor(people.staff()), "Lingyige-2026-mima")
    assert "已由工作人员重置" in told(expert)[0]
    feedback.ask(people.actor(expert), "怎样申报？", "")
    assert told(administrator) == ["张三提交了意见反馈，等待答复。"]
    notice = db.session.scalars(select(Notification).where(Notification.account_id == administrator.id)).one()
    feedback.answer(notice.target_id, people.actor(administrator), "请看帮助。")
    assert told(expert)[0] == "您的意见反馈已有答复。"


def test_officials_get_an_sms_only_where_they_asked_for_it_and_have_a_mobile(app: Flask) -> None:
    quiet = people.staff(REVIEWER, mobile=people.new_mobile())
    wanting, without = people.staff(REVIEWER, mobile=people.new_mobile()), people.staff(REVIEWER)
    for head in (wanting, without):
        notifications.choose(people.actor(head), ["arrived"])
    cases.pending_case()
    assert all(len(told(head)) == 1 for head in (quiet, wanting, without))
    assert db.session.scalars(select(SmsMessage.mobile)).all() == [wanting.mobile]


def test_what_an_expert_does_not_want_is_not_sent_but_appointment_and_end_are(app: Flask) -> None:
    expert = people.expert()
    notifications.choose(people.actor(expert), [])
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    head = people.actor(cases.reviewer_of(certificate.application))
    certificates.terminate(certificate.id, head, "调离。")
    assert db.session.scalars(select(SmsMessage.purpose).order_by(SmsMessage.id)).all() == ["聘书生成", "聘书终止"]
    assert len(told(expert)) == 4


def test_a_kind_that_is_not_ones_own_cannot_be_chosen(app: Flask) -> None:
    with pytest.raises(Invalid, match="没有这种通知"):
        notifications.choose(people.actor(people.expert()), ["arrived"])
    assert db.session.scalars(select(NoticeChoice)).all() == []


def test_r5_anothers_notice_is_not_there_and_stays_unread(app: Flask) -> None:
    case = cases.pending_case()
    notice = db.session.scalars(select(Notification).where(Notification.account_id == case.expert.user_id)).one()
    with pytest.raises(NotFound):
        notifications.read(people.actor(people.expert()), notice.id)
    assert notifications.read_all(people.actor(people.expert()), notice.id) == 0
    db.session.refresh(notice)
    assert notice.read_at is None


def test_what_was_asked_of_officials_is_done_with_when_one_of_them_has_done_it(app: Flask) -> None:
    office = Office()
    steps, other = office.steps(), people.staff(REVIEWER)
    steps[Action.SUBMIT]()
    waiting = cases.pending_case()

    def unread(person: Account) -> list[str]:
        own = select(Notification).where(Notification.account_id == person.id, Notification.read_at.is_(None))
        return [notice.kind for notice in db.session.scalars(own.order_by(Notification.id))]

    assert unread(office.head) == unread(other) == ["withdrawn", "arrived", "arrived"]
    office.case = db.session.scalars(select(Application).order_by(Application.id)).all()[1]
    reviews.approve(office.case.id, people.actor(office.head), cases.a_decision(office.case))
    assert unread(office.head) == unread(other) == ["withdrawn", "arrived"]
    assert unread(office.filer) == ["to_file"]
    filings.file(office.case.id, people.actor(office.filer))
    assert unread(office.filer) == []
    applications.withdraw(people.actor(waiting.expert), waiting.id)
    assert unread(other) == ["withdrawn", "withdrawn"]


def test_ticking_all_leaves_what_came_since(app: Flask) -> None:
    case = cases.pending_case()
    owner = people.actor(case.expert)
    (shown,), _ = notifications.page(owner)
    reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "材料不全。")
    assert notifications.read_all(owner, shown.id) == 1
    assert [notice.read_at is None for notice in notifications.page(owner)[0]] == [True, False]


def test_old_notices_are_swept(app: Flask, clock: Clock) -> None:
    case = cases.pending_case()
    clock.forward(days=179)
    assert notifications.sweep() == 0
    clock.forward(days=2)
    assert notifications.sweep() == 1
    assert told(case.expert) == []


def test_erasure_takes_the_notices_of_and_about_the_expert(app: Flask, clock: Clock) -> None:
    head = people.staff(REVIEWER)
    expert, other = people.expert(name="段誉"), people.expert(name="木婉清")
    notifications.choose(people.actor(expert), [])
    case = cases.pending_case(expert)
    cases.pending_case(other)
    applications.withdraw(people.actor(expert), case.id)
    closing.close(people.actor(expert), people.PASSWORD)
    clock.forward(days=31)
    assert closing.erase_due() == 1
    texts = db.session.scalars(select(Notification.text).where(Notification.account_id.in_([head.id, expert.user_id])))
    assert texts.all() == ["木婉清向云南省应急管理厅危险化学品安全监督管理处申报，等待审核。"]
    assert db.session.scalars(select(NoticeChoice)).all() == []
