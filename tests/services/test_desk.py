"""The official's first page: what waits, in scope (R1)."""

from __future__ import annotations

from datetime import date

from flask import Flask

from app.domain.states import CertificateStatus
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import certificates, desk
from app.services.desk import Counts
from app.services.inbox import Load
from tests.support import cases, changes, people
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, MINES, QUJING, SCIENCE, WUHUA


def test_r1_counts_are_of_the_region_and_ones_own_of_the_department(app: Flask) -> None:
    at_kunming = people.department(CHEMICALS, KUNMING)
    cases.pending_case(people.expert(WUHUA), at_kunming)
    cases.pending_case(people.expert(WUHUA), people.department(MINES, KUNMING))
    cases.approved_case(cases.pending_case(people.expert(WUHUA), at_kunming))
    cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(WUHUA))))
    cases.pending_case(people.expert(people.QILIN), people.department(CHEMICALS, QUJING))
    everything = {"pending_review": 2, "pending_filing": 1, "experts": 2, "certificates": 1}
    head = people.actor(people.staff(REVIEWER, at=at_kunming))
    assert desk.counts(head) == Counts(Load(1), Load(), 0, **everything)
    filer = people.actor(people.staff(FILER, at=people.department(SCIENCE, KUNMING)))
    assert desk.counts(filer) == Counts(Load(), Load(1), 0, **everything)
    province = people.actor(people.staff())
    assert desk.counts(province) == Counts(
        Load(), Load(), 0, pending_review=3, pending_filing=1, experts=2, certificates=1
    )
    qujing = people.actor(people.staff(at=people.department(region=QUJING)))
    assert desk.counts(qujing) == Counts(
        Load(), Load(), 0, pending_review=1, pending_filing=0, experts=0, certificates=0
    )


def test_change_requests_are_counted_for_who_decides_them(app: Flask) -> None:
    request = changes.open_request()
    head, other = people.staff(REVIEWER), people.staff(REVIEWER, at=people.department(people.MINES))
    found = [desk.counts(people.actor(who)).to_change for who in (head, other, people.staff())]
    assert found == [1, 0, 0]
    changes.decided(request)
    assert desk.counts(people.actor(head)).to_change == 0


def test_r7_an_administrator_counts_nobodys_cases(app: Flask) -> None:
    cases.filed_certificate()
    assert desk.counts(people.actor(people.staff(ADMINISTRATOR))) == Counts(Load(), Load(), 0, 0, 0, 0, 0)


def test_r19_ended_certificates_are_not_counted_and_their_experts_still_are(app: Flask, clock: Clock) -> None:
    official = people.actor(people.staff())
    one, two = cases.filed_certificate(), cases.filed_certificate()
    assert (desk.counts(official).certificates, desk.counts(official).experts) == (2, 2)
    certificates.terminate(one.id, people.actor(cases.reviewer_of(one.application)), "调离。")
    assert one.status is CertificateStatus.TERMINATED
    assert desk.counts(official).certificates == 1
    assert two.valid_to is not None
    clock.on(two.valid_to, 23, 59)
    assert desk.counts(official).certificates == 1
    clock.on(date(2199, 1, 1))
    assert (desk.counts(official).certificates, desk.counts(official).experts) == (0, 2)
