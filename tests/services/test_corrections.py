"""退回补正 and 重新提交: marks, snapshots, refusals, and one outcome for two at once (R3, R8, R10, R11)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.sms import FakeSms
from app.domain import transitions
from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from app.domain.states import Action, ApplicationStatus
from app.extensions import db
from app.models import Application, Correction, SmsMessage, Snapshot, Submission
from app.policies.actor import Actor
from app.policies.roles import REVIEWER
from app.services import applications, corrections, messages, profiles, reviews
from tests.support import cases, people
from tests.support.races import Meeting, at_once

WHY = "通信地址与身份证不一致。"


def give_back(case: Application, marks: dict[str, str] | None = None, **how: Any) -> None:
    corrections.give_back(
        case.id,
        people.actor(cases.reviewer_of(case)),
        WHY,
        {"address": "写到门牌号"} if marks is None else marks,
        **how,
    )


def correct(case: Application, **values: Any) -> None:
    expert = case.expert
    db.session.refresh(expert)
    profiles.save(people.actor(expert), values, {}, version=expert.version, draft=False)


def test_a_return_is_kept_with_its_marks_and_told(app: Flask, sms: FakeSms) -> None:
    case = cases.pending_case()
    consent = next(file for file in case.expert.attachments if file.filename == "单位同意.pdf")
    give_back(case, {f"file:{consent.id}": "", "education": " 缺起止时间 ", "address": "写到门牌号"})
    assert case.status is ApplicationStatus.RETURNED
    step = cases.history(case)[-1]
    assert (step.action, step.reason) == (Action.RETURN, WHY)
    assert [(mark.item, mark.words) for mark in step.corrections] == [
        ("address", "通信地址（写到门牌号）"),
        ("education", "教育经历（缺起止时间）"),
        (f"file:{consent.id}", "单位同意申报材料"),
    ]
    messages.deliver()
    text = sms.last_to(case.expert.mobile).text
    assert text == (
        "【应急管理专家库】张三同志，您向云南省应急管理厅危险化学品安全监督管理处的申报需要补正，"
        "请登录系统查看需要补正的内容，修改后重新提交。"
    )


def test_the_expert_sees_the_marks_of_the_last_return(app: Flask) -> None:
    case = cases.pending_case()
    who = people.actor(case.expert)
    assert corrections.returned(who) == []
    give_back(case)
    corrections.resubmit(who, case.id)
    assert corrections.returned(who) == []
    give_back(case, {"duty": ""})
    (found,) = corrections.returned(who)
    assert (found.application.id, found.step.reason) == (case.id, WHY)
    assert corrections.marked([found]) == {"duty": ""}
    assert corrections.returned(people.actor(people.expert())) == []


@pytest.mark.parametrize(
    ("reason", "marks", "words"),
    [
        ("  \n", {"address": ""}, "请填写退回补正的理由"),
        ("长" * 501, {"address": ""}, "不能超过500个字"),
        (WHY, {}, "请至少勾选一项"),
        (WHY, {"no_such_field": ""}, "勾选的项目不存在"),
        (WHY, {"id_number": ""}, "勾选的项目不存在"),
        (WHY, {"file:2000000000": ""}, "勾选的项目不存在"),
        (WHY, {"address": "长" * 101}, "“通信地址”的说明不能超过100个字"),
    ],
)
def test_a_bad_return_is_told_what_is_wrong_and_writes_nothing(
    app: Flask, reason: str, marks: dict[str, str], words: str
) -> None:
    case = cases.pending_case()
    with pytest.raises(Invalid, match=words):
        corrections.give_back(case.id, people.actor(cases.reviewer_of(case)), reason, marks)
    db.session.refresh(case)
    assert (case.status, len(cases.history(case))) == (ApplicationStatus.PENDING_REVIEW, 1)
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 0


def test_a_file_of_another_expert_cannot_be_marked(app: Flask) -> None:
    case, other = cases.pending_case(), people.expert()
    with pytest.raises(Invalid, match="不存在"):
        give_back(case, {f"file:{other.attachments[0].id}": ""})


def test_r3_only_a_reviewer_of_the_department_returns(app: Flask) -> None:
    case = cases.pending_case()
    neighbour = people.staff(REVIEWER, at=people.department(people.MINES))
    for who in (people.staff(), neighbour):
        with pytest.raises(NotAllowed):
            corrections.give_back(case.id, people.actor(who), WHY, {"address": ""})
    elsewhere = people.staff(REVIEWER, at=people.department(people.CHEMICALS, people.QUJING))
    with pytest.raises(NotFound):
        corrections.give_back(case.id, people.actor(elsewhere), WHY, {"address": ""})


def test_a_stale_version_names_what_happened_and_by_whom(app: Flask) -> None:
    case = cases.pending_case()
    seen = case.version
    reviews.reject(case.id, people.actor(cases.reviewer_of(case, "王处长")), "材料不全。")
    with pytest.raises(Conflict) as refused:
        give_back(case, version=seen)
    assert refused.value.message == (
        "该事项已被他人处理：云南省应急管理厅危险化学品安全监督管理处 王处长已驳回，当前状态为“已驳回”。请查看最新情况后再决定。"
    )


def test_a_returned_case_is_neither_approved_nor_rejected(app: Flask) -> None:
    case = cases.pending_case()
    give_back(case)
    head = people.actor(cases.reviewer_of(case))
    with pytest.raises(Conflict, match="当前状态为“退回补正”，不能审核通过"):
        reviews.approve(case.id, head, cases.a_decision(case))
    with pytest.raises(Conflict, match="当前状态为“退回补正”，不能驳回"):
        reviews.reject(case.id, head, "材料不全。")


def test_r10_the_profile_is_edited_while_returned_and_the_case_can_be_withdrawn(app: Flask) -> None:
    case = cases.pending_case()
    give_back(case)
    correct(case, address="昆明市青年路2号")
    applications.withdraw(people.actor(case.expert), case.id)
    assert db.session.get_one(Application, case.id).status is ApplicationStatus.WITHDRAWN


def test_r11_a_resubmission_takes_a_new_snapshot_and_keeps_the_first(app: Flask) -> None:
    case = cases.pending_case()
    first = case.snapshot_id
    kept = dict(case.snapshot.content)
    give_back(case)
    correct(case, address="昆明市青年路2号")
    corrections.resubmit(people.actor(case.expert), case.id, case.version)
    db.session.expire_all()
    assert case.status is ApplicationStatus.PENDING_REVIEW
    assert [made.snapshot_id for made in corrections.submissions(case)] == [first, case.snapshot_id]
    assert first != case.snapshot_id
    assert db.session.get_one(Snapshot, first).content == kept
    assert [step.action for step in cases.history(case)] == [Action.SUBMIT, Action.RETURN, Action.RESUBMIT]


def test_r8_an_incomplete_profile_is_not_resubmitted(app: Flask) -> None:
    case = cases.pending_case()
    give_back(case)
    case.expert.address = None
    db.session.commit()
    with pytest.raises(Invalid, match="请先填写：通信地址"):
        corrections.resubmit(people.actor(case.expert), case.id)
    db.session.refresh(case)
    assert case.status is ApplicationStatus.RETURNED
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1


def test_r5_only_the_owner_resubmits_and_only_what_is_returned(app: Flask) -> None:
    case = cases.pending_case()
    with pytest.raises(Conflict, match="不能重新提交"):
        corrections.resubmit(people.actor(case.expert), case.id)
    give_back(case)
    with pytest.raises(NotFound):
        corrections.resubmit(people.actor(people.expert()), case.id)
    with pytest.raises(Conflict, match="已被他人处理"):
        corrections.resubmit(people.actor(case.expert), case.id, case.version - 1)
    assert db.session.scalar(select(func.count()).select_from(Snapshot)) == 1


def race(app: Flask, monkeypatch: pytest.MonkeyPatch, case: Application, deeds: list[Any]) -> list[Any]:
    monkeypatch.setattr(transitions, "check", Meeting().before(transitions.check))
    outcomes = at_once(app, deeds)
    assert [isinstance(outcome, DomainError) for outcome in outcomes].count(True) == 1
    assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
    db.session.refresh(case)
    assert len(cases.history(case)) == 2
    assert bool(db.session.scalars(select(Correction)).all()) == (case.status is ApplicationStatus.RETURNED)
    return outcomes


def returning(case_id: int, who: Actor) -> Any:
    return lambda: corrections.give_back(case_id, who, WHY, {"address": ""})


def test_a_return_and_an_approval_at_once_make_one_outcome(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.pending_case()
    case_id, decision = case.id, cases.a_decision(case)
    one, two = (people.actor(cases.reviewer_of(case, name)) for name in ("甲处长", "乙处长"))
    deeds = [returning(case_id, one), lambda: reviews.approve(case_id, two, decision)]
    outcomes = race(app, monkeypatch, case, deeds)
    expected = ApplicationStatus.RETURNED if outcomes[0] is None else ApplicationStatus.PENDING_FILING
    assert case.status is expected


def test_two_returns_at_once_mark_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.pending_case()
    deeds = [returning(case.id, people.actor(cases.reviewer_of(case, name))) for name in ("甲处长", "乙处长")]
    race(app, monkeypatch, case, deeds)
    assert case.status is ApplicationStatus.RETURNED
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 1


def test_a_return_and_a_withdrawal_at_once_make_one_outcome(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.pending_case()
    case_id, seen, owner = case.id, case.version, people.actor(case.expert)
    deeds = [
        returning(case_id, people.actor(cases.reviewer_of(case))),
        lambda: applications.withdraw(owner, case_id, seen),
    ]
    outcomes = race(app, monkeypatch, case, deeds)
    assert case.status is (ApplicationStatus.RETURNED if outcomes[0] is None else ApplicationStatus.WITHDRAWN)
