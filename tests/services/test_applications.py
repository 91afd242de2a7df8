"""申报: what it needs, where it may go, and what the expert may do with it afterwards."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.states import Action, ApplicationStatus
from app.extensions import db
from app.models import Application, AttachmentKind, Certificate, Snapshot
from app.services import applications, certificates, profiles, reviews
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, MINES, SCIENCE
from tests.support.races import Meeting, at_once


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_r8_a_submission_names_every_missing_field(app: Flask) -> None:
    expert = people.expert(complete=False)
    with pytest.raises(Invalid) as refused:
        applications.submit(people.actor(expert), [people.department().id])
    assert refused.value.message == (
        "资料还不完整，请先填写：民族、通信地址、所在地区、毕业院校、所学专业、学历、参加工作时间、职称、从事专业、"
        "从事专业年限、申报类别、专业特长、照片、单位同意申报材料（加盖公章的扫描件），无工作单位的上传情况说明。"
    )
    assert count(Application) == count(Snapshot) == 0


def test_r8_a_submission_names_the_one_field_that_lacks(app: Flask) -> None:
    expert = people.expert(strengths="  ")
    with pytest.raises(Invalid, match=r"^资料还不完整，请先填写：专业特长。$"):
        applications.submit(people.actor(expert), [people.department().id])


@pytest.mark.parametrize(("kind", "enough"), [
    (AttachmentKind.STATEMENT, True), (AttachmentKind.TITLE, False), (AttachmentKind.OTHER, False),
])  # fmt: skip
def test_r9_consent_or_a_statement_is_required(app: Flask, kind: AttachmentKind, enough: bool) -> None:
    expert = people.expert(employer=None)
    consent = next(file for file in expert.attachments if file.kind is AttachmentKind.CONSENT)
    consent.removed_at = consent.uploaded_at
    people.attach(expert, kind, "材料.pdf", b"%PDF-1.4", "application/pdf")
    db.session.commit()
    if enough:
        assert cases.pending_case(expert).status is ApplicationStatus.PENDING_REVIEW
    else:
        with pytest.raises(Invalid, match="情况说明"):
            cases.pending_case(expert)


def test_three_departments_make_three_cases_with_one_snapshot(app: Flask) -> None:
    expert = people.expert()
    where = [people.department(CHEMICALS), people.department(MINES), people.department(CHEMICALS, KUNMING)]
    opened = applications.submit(people.actor(expert), [department.id for department in where])
    assert {case.department_id for case in opened} == {department.id for department in where}
    assert {case.region_code for case in opened} == {"530000", KUNMING}
    assert {case.organization_id for case in opened} == {department.organization_id for department in where}
    assert count(Snapshot) == 1
    assert [len(cases.history(case)) for case in opened] == [1, 1, 1]


def test_a_department_chosen_twice_is_one_case(app: Flask) -> None:
    at = people.department()
    assert len(applications.submit(people.actor(people.expert()), [at.id, at.id])) == 1


def test_a_second_submission_while_one_is_open_is_refused_whole(app: Flask) -> None:
    case = cases.pending_case()
    with pytest.raises(Conflict, match=r"危险化学品安全监督管理处：已申报，待审核，不能重复申报。$"):
        applications.submit(people.actor(case.expert), [people.department(MINES).id, case.department_id])
    assert count(Application) == count(Snapshot) == 1


def test_a_double_submit_makes_one_case(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    who, where = people.actor(people.expert()), [people.department().id]
    both = Meeting().before(applications.closed_departments)
    monkeypatch.setattr(applications, "closed_departments", both)
    outcomes = at_once(app, [lambda: applications.submit(who, where)] * 2)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "list"]
    assert count(Application) == 1


def test_nothing_chosen_is_said(app: Flask) -> None:
    with pytest.raises(Invalid, match="请至少选择一个申报部门"):
        applications.submit(people.actor(people.expert()), [])


def test_only_living_receiving_departments_of_province_and_prefectures_take_applications(app: Flask) -> None:
    files, retired, county = people.department(SCIENCE), people.department(MINES), people.county_department()
    of_retired = people.department(CHEMICALS, KUNMING)
    retired.retired = True
    of_retired.organization.retired = True
    db.session.commit()
    offered = {department.id for department in applications.receiving_departments()}
    who = people.actor(people.expert())
    for closed in (files.id, retired.id, county.id, of_retired.id, 10**9, -1):
        assert closed not in offered
        with pytest.raises(Invalid, match="不受理申报") as refused:
            applications.submit(who, [people.department().id, closed])
        assert refused.value.field == "departments"
    assert count(Application) == 0


def test_the_province_is_offered_first_and_then_each_prefecture(app: Flask) -> None:
    regions = [department.organization.region_code for department in applications.receiving_departments()]
    assert regions == sorted(regions)
    assert (regions[0], len(set(regions)), len(regions)) == ("530000", 17, 17 * 12)


def test_withdrawal_is_the_experts_while_no_department_has_decided(app: Flask) -> None:
    case = cases.pending_case()
    applications.withdraw(people.actor(case.expert), case.id)
    assert case.status is ApplicationStatus.WITHDRAWN
    with pytest.raises(Conflict):
        applications.withdraw(people.actor(case.expert), case.id)
    approved = cases.approved_case()
    with pytest.raises(Conflict, match="待备案"):
        applications.withdraw(people.actor(approved.expert), approved.id)


def test_r5_another_experts_case_is_not_there(app: Flask) -> None:
    case = cases.pending_case()
    stranger = people.actor(people.expert(name="李四"))
    for attempt in (applications.withdraw, applications.own_case):
        with pytest.raises(NotFound):
            attempt(stranger, case.id)
    with pytest.raises(NotFound):
        applications.own_case(people.actor(case.expert), case.id + 1)
    assert applications.own_cases(stranger) == []
    assert applications.own_cases(people.actor(case.expert)) == [case]


def test_r5_staff_do_not_submit_for_anybody(app: Flask) -> None:
    with pytest.raises(NotFound):
        applications.submit(people.actor(people.staff()), [people.department().id])


@pytest.mark.parametrize("end", ["rejected", "withdrawn", "terminated", "expired"])
def test_r12_after_its_end_the_expert_may_apply_again(app: Flask, clock: Clock, end: str) -> None:
    case = cases.pending_case()
    who = people.actor(case.expert)
    if end == "rejected":
        reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "材料不全。")
    elif end == "withdrawn":
        applications.withdraw(who, case.id)
    else:
        certificate = cases.filed_certificate(cases.approved_case(case))
        with pytest.raises(Conflict, match="已有有效聘书"):
            applications.submit(who, [case.department_id])
        if end == "terminated":
            certificates.terminate(certificate.id, people.actor(cases.reviewer_of(case)), "调离。")
        else:
            assert certificate.valid_to is not None
            clock.on(certificate.valid_to, 23, 59, 59)
            with pytest.raises(Conflict, match="已有有效聘书"):
                applications.submit(who, [case.department_id])
            clock.forward(seconds=1)
    (again,) = applications.submit(who, [case.department_id])
    assert again.id != case.id
    assert again.status is ApplicationStatus.PENDING_REVIEW


def test_a_certificate_closes_its_own_department_and_no_other(app: Flask) -> None:
    certificate = cases.filed_certificate()
    assert applications.closed_departments(certificate.expert_id) == {certificate.department_id: "已有有效聘书"}
    profiles_locked = profiles.is_locked(certificate.expert_id)
    (second,) = applications.submit(people.actor(certificate.expert), [people.department(MINES).id])
    assert profiles_locked
    assert second.status is ApplicationStatus.PENDING_REVIEW
    assert count(Certificate) == 1


def test_histories_are_read_for_many_cases_at_once(app: Flask) -> None:
    case = cases.approved_case()
    (other,) = applications.submit(people.actor(case.expert), [people.department(MINES).id])
    found = applications.histories([case.id, other.id])
    assert [step.action for step in found[case.id]] == [Action.SUBMIT, Action.APPROVE]
    assert [step.action for step in found[other.id]] == [Action.SUBMIT]
    assert applications.histories([]) == {}
