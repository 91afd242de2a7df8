"""The official's first page: what waits, in scope (R1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from app.domain.states import CertificateStatus
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import certificates, desk, rows
from app.services.desk import Counts
from app.services.inbox import Load
from tests.support import cases, changes, people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, MINES, QUJING, SCIENCE, WUHUA
from tests.support.plans import statements, whole_tables


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


def test_nothing_is_counted_further_than_people_count(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        cases.pending_case(people.expert())
    monkeypatch.setattr(rows, "COUNT_CAP", 1)
    found = desk.counts(people.actor(people.staff(REVIEWER)))
    assert (found.to_review, found.pending_review, found.pending_filing) == (Load(2), 2, 0)


def test_a_desk_says_that_there_are_more(
    app: Flask, sign_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        cases.pending_case(people.expert())
    monkeypatch.setattr(rows, "COUNT_CAP", 2)
    page = sign_in(people.staff(REVIEWER)).get("/desk/").get_data(as_text=True)
    assert page.count('<span class="stat-value">2+</span>') == 2


@pytest.mark.parametrize("region", [people.PROVINCE, KUNMING])
def test_a_desk_reads_no_table_whole(app: Flask, region: str) -> None:
    cases.filed_certificate()
    official = people.actor(people.staff(REVIEWER, at=people.department(region=region)))
    with statements() as ran:
        desk.counts(official)
    assert {statement: found for statement, given in ran if (found := whole_tables(statement, given))} == {}
