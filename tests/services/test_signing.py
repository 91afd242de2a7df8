"""电子签名 at filing: where there is a key, a certificate is signed or not issued; where there is none, nothing claims it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from app.adapters.signing import FakeSigner, SigningFailed
from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Account, Certificate, NumberCounter, SmsMessage
from app.services import certificates, deploy_check, filings
from app.services.ports import ports
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.people import KUNMING, MINES

SUBJECT = "云南省应急管理厅（测试）"


@pytest.fixture
def signer(app: Flask) -> FakeSigner:
    """The province's."""
    made = FakeSigner(SUBJECT)
    app.extensions["ports"] = replace(ports(), signers={"YNS": made})
    return made


def test_what_is_issued_is_signed_and_says_by_whom(app: Flask, signer: FakeSigner) -> None:
    certificate = cases.filed_certificate(cases.approved_case())
    assert certificate.signer == SUBJECT
    assert certificates.pdf(certificate).endswith(b"% signed\n")


def test_an_organization_without_a_key_signs_nothing_and_claims_nothing(app: Flask, signer: FakeSigner) -> None:
    case = cases.approved_case(cases.pending_case(at=people.department(MINES, KUNMING)))
    certificate = cases.filed_certificate(case)
    assert certificate.signer is None
    assert not certificates.pdf(certificate).endswith(b"% signed\n")


def test_r15_without_the_signature_nothing_is_filed(
    app: Flask, signer: FakeSigner, caplog: pytest.LogCaptureFixture
) -> None:
    case = cases.approved_case()
    filer = people.actor(cases.filer_of(case))
    told = db.session.query(SmsMessage).count()
    signer.error = SigningFailed("TokenNotPresent: slot 1")
    with pytest.raises(SigningFailed, match="TokenNotPresent"):
        filings.file(case.id, filer)
    assert "was not signed: TokenNotPresent" in caplog.text
    db.session.refresh(case)
    assert case.status is ApplicationStatus.PENDING_FILING
    assert db.session.query(Certificate).count() == db.session.query(NumberCounter).count() == 0
    assert db.session.query(SmsMessage).count() == told
    signer.error = None
    assert filings.file(case.id, filer).number.endswith("001")


def test_r19_the_copy_with_a_stamp_is_not_signed(app: Flask, signer: FakeSigner) -> None:
    certificate = cases.filed_certificate(cases.approved_case())
    reviewer = people.actor(cases.reviewer_of(certificate.application))
    certificates.terminate(certificate.id, reviewer, "调离")
    assert not certificates.pdf(certificates.seen(certificate.id, reviewer)).endswith(b"% signed\n")


@pytest.mark.one_database
def test_the_page_names_the_signer_and_a_refusal_is_told_in_words(
    app: Flask, signer: FakeSigner, sign_in: Callable[[Account], Browser]
) -> None:
    case = cases.approved_case()
    filer = cases.filer_of(case)
    browser = sign_in(filer)
    signer.error = SigningFailed("TokenNotPresent: slot 1")
    page = browser.submit(f"/filing/action/file/{case.id}", {"version": str(case.version)}, follow_redirects=True)
    assert "电子签名没有完成，聘书没有生成" in page.get_data(as_text=True)
    assert "TokenNotPresent" not in page.get_data(as_text=True)
    signer.error = None
    certificate = filings.file(case.id, people.actor(filer))
    assert SUBJECT in browser.get(f"/certificate/{certificate.id}").get_data(as_text=True)


@pytest.mark.one_database
def test_a_certificate_of_a_signer_that_ends_soon_is_said_beforehand(
    app: Flask, signer: FakeSigner, clock: Clock
) -> None:
    def said() -> list[str]:
        return [fault for fault in deploy_check.faults() if "签名证书" in fault]

    signer.not_after = datetime(2027, 1, 31, 12, tzinfo=UTC)
    clock.at(datetime(2027, 1, 1, 11, tzinfo=UTC))
    assert said() == []
    clock.at(datetime(2027, 1, 1, 13, tzinfo=UTC))
    assert said() == [f"YNS 的签名证书（{SUBJECT}）到 2027年1月31日 为止，到期后该机构的聘书会备案不成，请及时更换。"]
