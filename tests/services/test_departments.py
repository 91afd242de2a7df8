"""并入: what moves, what stays, what forbids it, and what happens to who acts at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from app.domain.states import Action, ApplicationStatus, CertificateStatus
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Application, AuditEntry, Certificate, Delegation, Department
from app.policies.roles import ADMINISTRATOR, REVIEWER, STAFF
from app.services import applications, certificates, corrections, departments, filings, reviews
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.lending import lend
from tests.support.races import at_once


@pytest.fixture
def source(app: Flask) -> Department:
    return people.department()


@pytest.fixture
def target(app: Flask) -> Department:
    return people.department(people.MINES)


@pytest.fixture
def administrator(app: Flask) -> Account:
    """Of another department than those that are merged."""
    return people.staff(ADMINISTRATOR, name="钱管理", at=people.department(people.SCIENCE))


def merge(by: Account, source: Department, target: Department, *, with_people: bool = False) -> None:
    actor = people.actor(by)
    seen = departments.plan(actor, source.id, target.id).seen
    departments.merge(actor, source.id, target.id, seen, with_people=with_people)
    db.session.expire_all()


def test_what_is_open_moves_and_what_is_decided_stays(
    source: Department, target: Department, administrator: Account
) -> None:
    head = people.actor(people.staff(REVIEWER))
    pending, returned, approved = cases.pending_case(), cases.pending_case(), cases.approved_case()
    corrections.give_back(returned.id, head, "地址不全", {"address": ""})
    rejected, valid, expired = cases.pending_case(), cases.filed_certificate(), cases.filed_certificate()
    reviews.reject(rejected.id, head, "材料不全")
    expired.valid_from = today_in_shanghai() - timedelta(days=9)
    cases.end_on(expired, today_in_shanghai() - timedelta(days=1))
    before = (valid.number, valid.body, valid.title, valid.digest, valid.issued_on)
    merge(administrator, source, target)
    for case in (pending, returned, approved, valid):
        assert case.department_id == target.id
    for case in (rejected, valid.application, expired, expired.application):
        assert case.department_id == source.id
    assert (valid.number, valid.body, valid.title, valid.digest, valid.issued_on) == before
    assert source.retired
    statuses = [case.status for case in (pending, returned, approved)]
    assert statuses == [ApplicationStatus.PENDING_REVIEW, ApplicationStatus.RETURNED, ApplicationStatus.PENDING_FILING]
    for case, status in ((pending, "pending_review"), (valid.application, "valid")):
        step = cases.history(case)[-1]
        assert (step.action, step.source, step.target) == (Action.MOVE, status, status)
        assert (step.actor_name, step.reason) == ("钱管理", f"{source.name}并入{target.name}。")
    assert len(cases.history(rejected)) == 2
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "部门并入")).one()
    assert entry.subject == f"部门#{source.id}"


def test_the_receiving_department_goes_on_with_what_moved(
    source: Department, target: Department, administrator: Account
) -> None:
    pending, approved, valid = cases.pending_case(), cases.approved_case(), cases.filed_certificate()
    returned = cases.pending_case()
    corrections.give_back(returned.id, people.actor(people.staff(REVIEWER)), "地址不全", {"address": ""})
    merge(administrator, source, target)
    old, new = people.actor(people.staff(REVIEWER, at=source)), people.actor(people.staff(REVIEWER, at=target))
    with pytest.raises(NotAllowed):
        reviews.reject(pending.id, old, "材料不全")
    with pytest.raises(NotAllowed):
        certificates.terminate(valid.id, old, "调离")
    reviews.reject(pending.id, new, "材料不全")
    certificates.terminate(valid.id, new, "调离")
    filings.file(approved.id, people.actor(cases.filer_of(approved)))
    corrections.resubmit(people.actor(returned.expert), returned.id)
    reviews.reject(returned.id, new, "材料不全")


def test_people_move_where_wanted_and_their_loans_end(
    source: Department, target: Department, administrator: Account
) -> None:
    head, colleague = people.staff(REVIEWER), people.staff(STAFF)
    lend(head, colleague)
    case = cases.pending_case()
    merge(administrator, source, target, with_people=True)
    assert {head.department_id, colleague.department_id} == {target.id}
    assert db.session.scalars(select(Delegation.end_reason)).all() == ["部门并入"]
    assert people.actor(colleague).loans == ()
    reviews.reject(case.id, people.actor(head), "材料不全")


def test_people_stay_where_not_wanted(source: Department, target: Department, administrator: Account) -> None:
    head = people.staff(REVIEWER)
    case = cases.pending_case()
    merge(administrator, source, target)
    assert head.department_id == source.id
    with pytest.raises(NotAllowed):
        reviews.reject(case.id, people.actor(head), "材料不全")


def test_a_retired_department_is_applied_to_no_more(
    source: Department, target: Department, administrator: Account
) -> None:
    valid = cases.filed_certificate()
    merge(administrator, source, target)
    with pytest.raises(Invalid, match="不受理申报"):
        cases.pending_case(at=source)
    with pytest.raises(Conflict, match="已有有效聘书"):
        cases.pending_case(valid.expert, at=target)


def test_an_expert_with_an_open_case_at_either_forbids_it(
    source: Department, target: Department, administrator: Account
) -> None:
    expert = people.expert()
    here, there = cases.pending_case(expert, at=source), cases.pending_case(expert, at=target)
    other = cases.pending_case()
    with pytest.raises(Conflict, match=here.number):
        merge(administrator, source, target)
    assert (db.session.get_one(Application, other.id).department_id, source.retired) == (source.id, False)
    reviews.reject(there.id, people.actor(people.staff(REVIEWER, at=target)), "材料不全")
    merge(administrator, source, target)
    assert here.department_id == target.id


def test_only_what_was_seen_is_merged(source: Department, target: Department, administrator: Account) -> None:
    actor = people.actor(administrator)
    seen = departments.plan(actor, source.id, target.id).seen
    case = cases.pending_case()
    with pytest.raises(Conflict, match="数目与您看到的不同"):
        departments.merge(actor, source.id, target.id, seen, with_people=False)
    assert db.session.get_one(Application, case.id).department_id == source.id


def test_where_it_cannot_go(source: Department, target: Department, administrator: Account) -> None:
    actor = people.actor(administrator)
    elsewhere, science = people.department(people.MINES, people.KUNMING), people.department(people.SCIENCE)
    science.receives = False
    target.retired = True
    db.session.commit()
    for unfit in (source, elsewhere, science, target):
        with pytest.raises(Invalid) as refused:
            departments.plan(actor, source.id, unfit.id)
        assert refused.value.field == "into"
    with pytest.raises(Conflict, match="已停用"):
        departments.plan(actor, target.id, source.id)
    with pytest.raises(NotFound):
        departments.plan(actor, 999_999, source.id)
    with pytest.raises(NotAllowed):
        departments.plan(people.actor(people.staff(REVIEWER)), source.id, science.id)


Deed = Callable[[], object]


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("deed", ["approve", "submit", "file", "terminate"])
def test_merging_and_acting_at_once_has_one_outcome(
    app: Flask, source: Department, target: Department, administrator: Account, deed: str, turn: int
) -> None:
    """Whoever comes second finds it moved, or moves what the first has done: nothing stays with the retired one."""
    case, approved, valid = cases.pending_case(), cases.approved_case(), cases.filed_certificate()
    head, filer = people.actor(people.staff(REVIEWER)), people.actor(cases.filer_of(approved))
    newcomer, decision, actor = people.actor(people.expert()), cases.a_decision(case), people.actor(administrator)
    ids = case.id, approved.id, valid.id, source.id, target.id
    deeds: dict[str, Deed] = {
        "approve": lambda: reviews.approve(ids[0], head, decision),
        "submit": lambda: applications.submit(newcomer, [ids[3]]) and None,
        "file": lambda: filings.file(ids[1], filer) and None,
        "terminate": lambda: certificates.terminate(ids[2], head, "调离"),
    }
    seen = departments.plan(actor, source.id, target.id).seen
    answers = at_once(
        app,
        [deeds[deed], lambda: departments.merge(actor, ids[3], ids[4], seen, with_people=False) and None],
    )
    assert all(answer is None or isinstance(answer, DomainError) for answer in answers), answers
    assert None in answers
    db.session.expire_all()
    retired = db.session.get_one(Department, ids[3]).retired
    assert retired == (answers[1] is None)
    if retired:
        left = select(Application.id).where(
            Application.department_id == ids[3],
            Application.status.in_(["pending_review", "returned", "pending_filing"]),
        )
        assert db.session.scalars(left).all() == []
        holding = select(Certificate.id).where(
            Certificate.department_id == ids[3], Certificate.status == CertificateStatus.VALID
        )
        assert db.session.scalars(holding).all() == []


def test_the_page_names_what_moves_before_it_is_done(
    source: Department, target: Department, administrator: Account, sign_in: Callable[..., Browser]
) -> None:
    cases.pending_case()
    cases.filed_certificate()
    browser = sign_in(administrator)
    assert f"/department/merge/{source.id}" in browser.get(f"/department/show/{source.id}").text
    first = browser.get(f"/department/merge/{source.id}").text
    assert target.name in first
    assert "二、核对" not in first
    page = browser.get(f"/department/merge/{source.id}?into={target.id}").text
    assert "移交未办结的申报 1 件、有效聘书 1 份" in page
    stale = browser.submit(f"/department/merge/{source.id}", {"into": str(target.id), "seen": "0-0-0-0-0"})
    assert stale.status_code == 422
    assert "数目与您看到的不同" in stale.text
    assert browser.get(f"/department/merge/{source.id}?into=x").status_code == 422
    people_there = departments.plan(people.actor(administrator), source.id, target.id).seen
    done = browser.submit(f"/department/merge/{source.id}", {"into": str(target.id), "seen": people_there})
    assert done.status_code == 302
    assert browser.get(f"/department/merge/{source.id}").status_code == 409
    assert browser.get("/department/merge/999999").status_code == 404


def test_history_keeps_who_they_were_when_people_move_and_departments_are_renamed(
    source: Department, target: Department
) -> None:
    head = people.staff(REVIEWER, name="王处长")
    case = cases.pending_case()
    place = f"{source.organization.name}{source.name}"
    reviews.approve(case.id, people.actor(head), cases.a_decision(case))
    second = cases.pending_case()
    head.department, source.name = target, "危化监管处"
    db.session.commit()
    db.session.expire_all()
    step = cases.history(case)[-1]
    assert (step.actor_name, step.actor_place) == ("王处长", place)
    assert second.department.name == "危化监管处"
    with pytest.raises(NotAllowed):
        reviews.reject(second.id, people.actor(head), "材料不全")
    reviews.reject(second.id, people.actor(people.staff(REVIEWER, at=source)), "材料不全")
    assert cases.history(second)[-1].actor_place.endswith("危化监管处")
