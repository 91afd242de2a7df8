"""聘书: what it reads, how long it holds, how it ends, and that nothing changes it (R17-R20)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.sms import FakeSms
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.states import Action, CertificateStatus
from app.domain.term import Term
from app.extensions import db
from app.models import Certificate, Expert, SmsMessage
from app.policies.roles import FILER, REVIEWER
from app.services import certificates, messages
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, MINES, QUJING, SCIENCE, WUHUA

FILED = date(2020, 10, 15)
Lines = Callable[[bytes], list[str]]


def filed_on(clock: Clock, day: date = FILED, term: Term | None = None, **who: object) -> Certificate:
    clock.on(day)
    case = cases.pending_case(people.expert(**{"name": "XXX", **who}))  # type: ignore[arg-type]  # any field of a profile
    cases.approved_case(case, cases.a_decision(case, title="省化工-防爆", term=term))
    return cases.filed_certificate(case)


def test_r17_the_manuals_own_example(app: Flask, clock: Clock, lines: Lines) -> None:
    certificate = filed_on(clock, term=Term(years=10))
    assert lines(certificates.pdf(certificate)) == [
        "聘书",
        "XXX同志：",
        "经云南省应急管理厅审核批准，聘请你为省化工-防爆专家。",
        "证书编号：YNS20201015001",
        "证书有效期限：2020年10月15日 至 2030年10月14日",
        "云南省应急管理厅",
        "2020年10月15日",
        "扫码查验",
    ]


def test_r17_without_an_end_it_reads_so(app: Flask, clock: Clock, lines: Lines) -> None:
    assert "证书有效期限：2020年10月15日 至 长期" in lines(certificates.pdf(filed_on(clock, term=Term())))


def test_r18_the_term_ends_the_day_before_its_anniversary(app: Flask, clock: Clock) -> None:
    ends = {
        (start, years): filed_on(clock, term=Term(start=start, years=years)).valid_to
        for start, years in ((date(2020, 10, 15), 10), (date(2024, 2, 29), 1), (date(2021, 3, 1), 3))
    }
    assert list(ends.values()) == [date(2030, 10, 14), date(2025, 2, 28), date(2024, 2, 29)]


def test_r19_a_termination_counts_from_its_moment(app: Flask, clock: Clock, lines: Lines, sms: FakeSms) -> None:
    certificate = filed_on(clock)
    clock.on(date(2021, 3, 4), 9, 30)
    assert certificate.is_valid_on(date(2021, 3, 4))
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), " 调离本省。 ")
    assert certificate.status is CertificateStatus.TERMINATED
    assert not certificate.is_valid_on(date(2021, 3, 4))
    assert (certificate.terminated_at, certificate.termination_reason) == (clock.now(), "调离本省。")
    assert certificate.status_now == "已终止"
    step = cases.history(certificate.application)[-1]
    assert (step.action, step.reason, step.source, step.target) == (
        Action.TERMINATE, "调离本省。", "valid", "terminated",
    )  # fmt: skip
    shown = lines(certificates.pdf(certificate))
    assert "XXX同志：" in shown
    assert "已终止2021年3月4日" in "".join(shown).replace(" ", "")
    messages.deliver()
    assert sms.last_to(certificate.expert.mobile).text.endswith(
        f"您的聘书{certificate.number}已于2021年3月4日提前终止，请登录系统查看原因。"
    )


def test_r19_it_holds_through_the_last_day_and_expires_at_midnight_in_shanghai(
    app: Flask, clock: Clock, lines: Lines
) -> None:
    certificate = filed_on(clock)
    assert certificate.valid_to == date(2030, 10, 14)
    clock.on(date(2030, 10, 14), 23, 59, 59)
    issued = certificates.pdf(certificate)
    assert certificates.stamp_of(certificate) is None
    clock.forward(seconds=1)
    assert certificates.stamp_of(certificate) == "已失效"
    shown = lines(certificates.pdf(certificate))
    assert "已失效" in "".join(shown)
    assert "已失效" not in "".join(lines(issued))
    db.session.expire_all()
    assert certificate.status is CertificateStatus.VALID  # expired is never stored


def test_r19_what_has_expired_is_not_terminated(app: Flask, clock: Clock) -> None:
    certificate = filed_on(clock)
    clock.on(date(2030, 10, 15))
    head = people.actor(cases.reviewer_of(certificate.application))
    with pytest.raises(Conflict, match="已过有效期"):
        certificates.terminate(certificate.id, head, "调离。")
    clock.on(date(2030, 10, 14))
    certificates.terminate(certificate.id, head, "调离。")


def test_r19_a_certificate_ends_once_and_for_a_reason(app: Flask) -> None:
    certificate = cases.filed_certificate()
    head = people.actor(cases.reviewer_of(certificate.application))
    with pytest.raises(Invalid, match="请填写提前终止的理由"):
        certificates.terminate(certificate.id, head, "  ")
    certificates.terminate(certificate.id, head, "调离。")
    with pytest.raises(Conflict, match="已终止"):
        certificates.terminate(certificate.id, head, "再来一次。")
    told = select(func.count()).where(SmsMessage.purpose == "聘书终止")
    assert db.session.scalar(told) == 1


def test_r3_only_the_department_that_reviewed_terminates(app: Flask) -> None:
    certificate = cases.filed_certificate()
    for official in (
        people.staff(REVIEWER, at=people.department(MINES)),
        people.staff(at=certificate.department),
        people.staff(FILER, at=people.department(SCIENCE)),
        certificate.expert.user,
    ):
        with pytest.raises(NotAllowed):
            certificates.terminate(certificate.id, people.actor(official), "理由")
    stranger = people.staff(REVIEWER, at=people.department(CHEMICALS, QUJING))
    with pytest.raises(NotFound):
        certificates.terminate(certificate.id, people.actor(stranger), "理由")
    assert certificate.status is CertificateStatus.VALID


def test_a_stale_version_of_a_certificate_is_a_conflict(app: Flask) -> None:
    certificate = cases.filed_certificate()
    head = people.actor(cases.reviewer_of(certificate.application))
    with pytest.raises(Conflict):
        certificates.terminate(certificate.id, head, "理由", version=certificate.version + 1)


def test_r1_r5_a_certificate_is_seen_in_scope_and_by_its_expert(app: Flask) -> None:
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(WUHUA))))
    here = people.staff(at=people.department(region=KUNMING))
    for person in (here, certificate.expert):
        assert certificates.seen(certificate.id, people.actor(person)).number == certificate.number
    elsewhere = people.staff(at=people.department(region=QUJING))
    for person in (elsewhere, people.expert(name="李四")):
        with pytest.raises(NotFound):
            certificates.seen(certificate.id, people.actor(person))
    assert certificates.of_expert(certificate.expert_id) == [certificate]
    assert certificates.of_application(certificate.application_id) is certificate


def test_r20_renaming_everything_changes_nothing_that_was_filed(app: Flask, clock: Clock) -> None:
    certificate = filed_on(clock)
    case = certificate.application
    pdf = certificates.pdf(certificate)
    text = [getattr(certificate, name) for name in ("name", "body", "title", "number", "valid_from", "valid_to")]
    assert case.speciality is not None
    assert case.appointing_body is not None
    db.session.get_one(Expert, certificate.expert_id).name = "改了名"
    case.appointing_body.name = "改了名的厅"
    case.department.name, case.organization.name, case.organization.prefix = "改了名的处", "改了名的机构", "GLM"
    case.speciality.name = case.speciality.field.name = case.speciality.field.industry.name = "改了名的行业"
    case.speciality.field.industry.short_name = "改"
    case.speciality.retired = case.appointing_body.retired = case.department.retired = True
    db.session.commit()
    db.session.expire_all()
    kept = db.session.get_one(Certificate, certificate.id)
    assert [getattr(kept, n) for n in ("name", "body", "title", "number", "valid_from", "valid_to")] == text
    assert certificates.pdf(kept) == pdf


def test_r20_an_ended_one_is_drawn_from_what_was_filed(app: Flask, clock: Clock, lines: Lines) -> None:
    certificate = filed_on(clock)
    assert certificate.application.appointing_body is not None
    certificate.application.appointing_body.name = "改了名的厅"
    certificate.expert.name = "改了名"
    db.session.commit()
    assert certificate.valid_to is not None
    clock.on(certificate.valid_to + timedelta(days=1))
    shown = "".join(lines(certificates.pdf(certificate)))
    assert "改了名" not in shown
    assert "云南省应急管理厅" in shown
