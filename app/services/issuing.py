"""One certificate: its number, its PDF and its row, for a filing and for a reissue alike (R15, R16, R20)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from flask import current_app

from app.adapters.signing import SigningFailed
from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.domain.states import CertificateStatus
from app.domain.titles import certificate_number
from app.extensions import db
from app.models import Application, Certificate, NumberCounter
from app.services import rows
from app.services.ports import ports


@dataclass(frozen=True)
class Words:
    """What somebody is appointed as, by whom and for how long; ``valid_to`` of ``None`` is 长期."""

    name: str
    body: str
    title: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Drawn:
    """A certificate that lies in the storage: what is printed on it, its digest, and who signed it."""

    data: CertificateData
    digest: str
    signer: str | None


def new_check_code() -> str:
    """128 random bits as 22 characters of base64url: what the QR code of one certificate says of it."""
    return secrets.token_urlsafe(16)


def check_url(check_code: str) -> str:
    """Where anyone can check the certificate of this code."""
    return f"{current_app.config['PUBLIC_URL']}/check/{check_code}"


def expected_data(application: Application, words: Words, day: date, check_code: str) -> CertificateData:
    """The certificate with the number that comes next unless somebody takes it first. Takes none."""
    given = db.session.get(NumberCounter, (application.organization.prefix, f"{day:%Y%m%d}"))
    return _data(application, words, day, 1 + (given.serial if given else 0), check_code)


def draw(data: CertificateData, prefix: str) -> Drawn:
    """The PDF in the storage, whether it comes to be filed or not: what no row names is swept.

    Signed where the organization of ``prefix`` has a key to sign with. Raises ``SigningFailed`` where that is refused.
    """
    pdf, signer = render_certificate(data), ports().signers.get(prefix)
    if signer is not None:
        try:
            pdf = signer.sign(pdf)
        except SigningFailed as failure:
            current_app.logger.error("a certificate of %s was not signed: %s", prefix, failure)
            raise
    return Drawn(data, ports().storage.put(pdf), signer.subject if signer else None)


def issue(
    application: Application,
    words: Words,
    day: date,
    check_code: str,
    ahead: Drawn | None = None,
    supersedes: Certificate | None = None,
) -> Certificate:
    """Numbers, draws and adds the certificate, in the caller's transaction.

    What was drawn ahead serves if every word on it is right; otherwise it is drawn here. A reissue stays where
    the certificate is that it ``supersedes``: departments are merged, and cases that are decided stay behind.
    """
    place = supersedes or application
    data = _data(application, words, day, next_serial(application.organization.prefix, day), check_code)
    drawn = ahead if ahead is not None and ahead.data == data else draw(data, application.organization.prefix)
    certificate = Certificate(
        application=application,
        expert=place.expert,
        organization=place.organization,
        department=place.department,
        region_code=place.region_code,
        number=data.number,
        name=data.name,
        title=data.title,
        body=data.body,
        valid_from=data.valid_from,
        valid_to=data.valid_to,
        issued_on=day,
        status=CertificateStatus.VALID,
        digest=drawn.digest,
        signer=drawn.signer,
        check_code=check_code,
        supersedes=supersedes,
    )
    db.session.add(certificate)
    db.session.flush()
    return certificate


def as_issued(certificate: Certificate, stamp: str | None = None) -> CertificateData:
    """What the row says was printed on it (R20), and what is to be stamped across it now (R19)."""
    return CertificateData(
        name=certificate.name,
        body=certificate.body,
        title=certificate.title,
        number=certificate.number,
        valid_from=certificate.valid_from,
        valid_to=certificate.valid_to,
        issued=certificate.issued_on,
        stamp=stamp,
        check_url=check_url(certificate.check_code),
    )


def _data(application: Application, words: Words, day: date, serial: int, check_code: str) -> CertificateData:
    return CertificateData(
        name=words.name,
        body=words.body,
        title=words.title,
        number=certificate_number(application.organization.prefix, day, serial),
        valid_from=words.valid_from,
        valid_to=words.valid_to,
        issued=day,
        check_url=check_url(check_code),
    )


def next_serial(prefix: str, day: date) -> int:
    """The next serial of a prefix and day, from 1, in the caller's transaction.

    The counter's row stays locked until that transaction ends, so that a filing which fails
    gives its number back and none is doubled or skipped (R16).
    """
    statement = rows.upsert(NumberCounter).values(prefix=prefix, day=f"{day:%Y%m%d}", serial=1)
    return int(
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["prefix", "day"], set_={"serial": NumberCounter.serial + 1}
            ).returning(NumberCounter.serial)
        ).scalar_one()
    )
