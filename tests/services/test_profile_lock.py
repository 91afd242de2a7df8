"""From the first approval until every certificate has ended the profile is shut (R10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from app.domain.errors import Conflict
from app.domain.states import Action
from app.extensions import db
from app.models import Application, AttachmentKind, Expert
from app.services import applications, attachments, certificates, profiles, reviews, workflow
from app.services.unit_of_work import transactional
from tests.support import cases, people
from tests.support.clock import Clock


def try_edit(expert: Expert) -> None:
    profiles.save(people.actor(expert), {"address": "新地址"}, {}, version=expert.version, draft=True)


def shut(expert: Expert) -> bool:
    """Whether every door to the profile is shut; fails where only some are."""
    who = people.actor(expert)
    photo = profiles.photo_of(expert.id)
    assert photo is not None
    doors: list[Callable[[], Any]] = [
        lambda: try_edit(expert),
        lambda: attachments.upload(who, AttachmentKind.PHOTO, people.picture(), "照片.jpg"),
        lambda: attachments.remove(who, photo.id),
    ]
    refusals = []
    for door in doors:
        try:
            door()
        except Conflict as refusal:
            refusals.append(refusal.message)
    assert len(refusals) in (0, len(doors))
    assert set(refusals) <= {profiles.LOCKED}
    assert bool(refusals) == profiles.is_locked(expert.id)
    return bool(refusals)


def two_cases() -> tuple[Application, Application]:
    first, second = applications.submit(
        people.actor(people.expert()), [people.department(people.CHEMICALS).id, people.department(people.MINES).id]
    )
    return first, second


def test_r10_until_a_department_approves_the_expert_may_edit(app: Flask) -> None:
    case = cases.pending_case()
    assert not shut(case.expert)
    reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "材料不全。")
    assert not shut(case.expert)


def test_r10_the_first_approval_shuts_it_though_other_departments_still_review(app: Flask) -> None:
    first, second = two_cases()
    assert not shut(first.expert)
    cases.approved_case(first)
    assert shut(first.expert)
    reviews.reject(second.id, people.actor(cases.reviewer_of(second)), "材料不全。")
    assert shut(first.expert)


def test_r10_it_stays_shut_until_every_certificate_has_ended(app: Flask, clock: Clock) -> None:
    first, second = two_cases()
    expert = first.expert
    one, two = (cases.filed_certificate(cases.approved_case(case)) for case in (first, second))
    assert shut(expert)
    certificates.terminate(one.id, people.actor(cases.reviewer_of(first)), "调离。")
    assert shut(expert)
    assert two.valid_to is not None
    clock.on(two.valid_to, 23, 59, 59)
    assert shut(expert)
    clock.forward(seconds=1)
    assert not shut(expert)


def test_r10_a_certificate_without_end_keeps_it_shut(app: Flask, clock: Clock) -> None:
    certificate = cases.filed_certificate()
    cases.end_on(certificate, None)
    clock.on(people.date(2199, 1, 1))
    assert shut(certificate.expert)


def test_r10_a_certificate_that_begins_later_shuts_it_now(app: Flask) -> None:
    certificate = cases.filed_certificate()
    certificate.valid_from = people.date(2036, 1, 1)
    db.session.commit()
    assert shut(certificate.expert)


def test_r10_sent_back_from_filing_it_opens_again(app: Flask) -> None:
    case = cases.approved_case()
    filer = people.actor(cases.filer_of(case))

    @transactional
    def send_back() -> None:
        workflow.advance(case, Action.SEND_BACK, filer, reason="聘用单位有误。")

    send_back()
    assert not shut(case.expert)


def test_r10_another_experts_certificate_shuts_nothing(app: Flask) -> None:
    cases.filed_certificate()
    assert not shut(people.expert(name="李四"))
