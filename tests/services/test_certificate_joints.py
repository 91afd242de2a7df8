"""Where the lives of a certificate meet: reissued while it is renewed, signed, designed, exported, checked, listed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from app.adapters.signing import FakeSigner
from app.adapters.storage import MemoryStorage
from app.domain.design import DEFAULT
from app.domain.exports import ExportKind
from app.domain.standing import Standing
from app.domain.term import Term
from app.extensions import db
from app.models import Certificate, Notification
from app.policies.roles import ADMINISTRATOR
from app.services import (
    certificate_check,
    certificates,
    design_versions,
    export_orders,
    exports,
    ledger,
    reissues,
    reminders,
    renewals,
)
from app.services.ports import ports
from tests.support import cases, people
from tests.support.clock import Clock

FILED = date(2020, 10, 15)


@pytest.fixture
def certificate(app: Flask, clock: Clock) -> Certificate:
    """Of ten years."""
    clock.on(FILED)
    case = cases.pending_case()
    return cases.filed_certificate(cases.approved_case(case, cases.a_decision(case, term=Term(years=10))))


def reissued(old: Certificate, **words: object) -> Certificate:
    filer = people.actor(cases.filer_of(old.application))
    corrected = replace(reissues.as_filed(old), **words)  # type: ignore[arg-type]
    return reissues.reissue(old.id, filer, corrected, "聘任名称有误。", old.version)


def test_what_is_renewed_is_the_certificate_that_counts(certificate: Certificate, clock: Clock) -> None:
    clock.on(date(2030, 8, 1))
    case = renewals.renew(people.actor(certificate.expert), certificate.id)
    bodies = cases.bodies_of(certificate.organization)
    new = reissued(certificate, title="省化工-消防", body=bodies[1].name)
    db.session.refresh(case)
    assert case.renews_id == new.id
    proposal = renewals.proposed(case)
    assert proposal is not None
    assert (proposal.title, proposal.appointing_body_id) == ("省化工-消防", bodies[1].id)
    assert proposal.starts_on == date(2030, 10, 15)


def test_only_the_certificate_that_counts_is_said_to_end(certificate: Certificate, clock: Clock) -> None:
    clock.on(date(2030, 10, 10))
    new = reissued(certificate, title="省化工-消防")
    assert reminders.send_due() == 1
    told = db.session.query(Notification).filter_by(kind="ending").one()
    assert told.target_id == new.id


def test_r20_each_keeps_its_design_and_a_reissue_has_the_one_in_force(certificate: Certificate) -> None:
    keeper = people.actor(people.staff(ADMINISTRATOR, at=people.department(people.SCIENCE)))
    made = design_versions.save(keeper, certificate.organization_id, replace(DEFAULT, heading="聘任书"), "", 0)
    new = reissued(certificate, title="省化工-消防")
    assert (certificate.design_id, new.design_id) == (None, made.id)


def test_a_signed_certificate_is_known_by_its_file_and_exported_as_it_is(
    app: Flask, certificate: Certificate, storage: MemoryStorage
) -> None:
    app.extensions["ports"] = replace(ports(), signers={"YNS": FakeSigner()})
    new = reissued(certificate, title="省化工-消防")
    found = certificate_check.by_file(certificates.pdf(new))
    assert found is not None
    assert found.standing is Standing.VALID
    filer = people.actor(cases.filer_of(certificate.application))
    job_id = export_orders.order(filer, "A" * 22, ExportKind.ZIP, [certificate.id, new.id])
    assert exports.run_next()
    data = b"".join(export_orders.download(filer, job_id).pieces)
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        signed = [name for name in bundle.namelist() if bundle.read(name).endswith(b"% signed\n")]
    assert signed == [f"聘书_{new.number}.pdf"]


def test_r16_the_register_has_both_and_no_gap(certificate: Certificate, clock: Clock) -> None:
    clock.forward(days=1)
    new = reissued(certificate, title="省化工-消防")
    actor = people.actor(cases.filer_of(certificate.application))
    found = ledger.read(actor, ledger.organization(actor), 2020)
    assert [(line.number, line.state, line.reason) for line in found.lines] == [
        (certificate.number, "已换发", "聘任名称有误。"), (new.number, "有效", ""),
    ]  # fmt: skip
    assert not found.gaps
