"""聘书: viewing, and the early end (R17-R20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.domain.design import DEFAULT, Design
from app.domain.errors import Conflict
from app.domain.states import Action, CertificateStatus
from app.domain.titles import clean_title
from app.domain.transitions import EXPIRED
from app.domain.validity import check_term, chinese_date, today_in_shanghai
from app.extensions import db
from app.models import Certificate, Transition
from app.models.types import now
from app.policies.actor import Actor
from app.policies.scope import visible_certificates
from app.services import issuing, notices, rows, workflow
from app.services.ports import ports
from app.services.unit_of_work import transactional


def seen(certificate_id: int | str, actor: Actor) -> Certificate:
    """A certificate in the actor's scope, or the actor's own (R1, R5). Raises ``NotFound``."""
    scope = visible_certificates(actor)
    if actor.expert_id is not None:
        scope = or_(scope, Certificate.expert_id == actor.expert_id)
    return rows.one(
        Certificate,
        certificate_id,
        scope,
        joinedload(Certificate.application),
        joinedload(Certificate.expert),
        joinedload(Certificate.department),
        joinedload(Certificate.organization),
    )


def of_expert(expert_id: int) -> list[Certificate]:
    """All certificates of an expert, the newest first."""
    return list(
        db.session.scalars(
            select(Certificate)
            .options(joinedload(Certificate.department), joinedload(Certificate.organization))
            .where(Certificate.expert_id == expert_id)
            .order_by(Certificate.id.desc())
        )
    )


def bears_prefix(organization_id: int) -> bool:
    """Whether a certificate of the organization was numbered already: its prefix must not change then (R16)."""
    first = select(Certificate.id).where(Certificate.organization_id == organization_id).limit(1)
    return db.session.scalar(first) is not None


def of_application(application_id: int) -> Certificate | None:
    """The certificate that a filed case has become: of those that replaced each other, the one that counts."""
    current = Certificate.status != CertificateStatus.SUPERSEDED
    return db.session.scalars(
        select(Certificate).where(Certificate.application_id == application_id, current)
    ).one_or_none()


def of_case(application_id: int) -> list[Certificate]:
    """The one that counts, and before it those that it has replaced, the newest first."""
    return list(
        db.session.scalars(
            select(Certificate).where(Certificate.application_id == application_id).order_by(Certificate.id.desc())
        )
    )


@dataclass(frozen=True)
class Replacement:
    """换发: one certificate in the place of another, and the step that says who did it and why."""

    old: Certificate
    new: Certificate
    step: Transition


def replacements(application_id: int) -> list[Replacement]:
    """How the certificates of a case replaced each other, the first time first."""
    chain = of_case(application_id)[::-1]
    if len(chain) < 2:
        return []
    # Each step adds one certificate and ends the one before: both are counted the same way.
    steps = db.session.scalars(
        select(Transition)
        .where(Transition.application_id == application_id, Transition.action == Action.REISSUE)
        .order_by(Transition.id)
    )
    return [Replacement(*pair, step) for pair, step in zip(pairwise(chain), steps, strict=True)]


@transactional
def terminate(certificate_id: int | str, actor: Actor, reason: str, version: int | None = None) -> None:
    """Ends a certificate from this moment (R19). Raises ``NotAllowed`` but for the department that reviewed it."""
    certificate = seen(certificate_id, actor)
    require_running(certificate, Action.TERMINATE)
    workflow.advance(
        certificate,
        Action.TERMINATE,
        actor,
        reason=reason,
        version=version,
        values={"terminated_at": now(), "termination_reason": reason.strip()},
    )
    notices.certificate_terminated(certificate)


def require_running(certificate: Certificate, action: Action) -> None:
    """Raises ``Conflict`` for ``action`` on a certificate that has ended by itself (R19)."""
    if certificate.has_expired_on(today_in_shanghai()):
        raise Conflict(EXPIRED[action])


def drawn(
    *,
    name: str,
    body: str,
    title: str,
    number: str,
    valid_from: date,
    valid_to: date | None,
    issued: date,
    check_url: str | None = None,
    design: Design = DEFAULT,
) -> bytes:
    """A certificate with these words as a PDF, filed by nobody. Raises ``Invalid`` for what cannot be drawn."""
    check_term(valid_from, valid_to)
    return render_certificate(
        CertificateData(
            name=name,
            body=body,
            title=clean_title(title),
            number=number,
            valid_from=valid_from,
            valid_to=valid_to,
            issued=issued,
            check_url=check_url,
            design=design,
        )
    )


def pdf(certificate: Certificate) -> bytes:
    """The PDF as issued; of one that has ended, the same text with that stamped across it (R19, R20)."""
    stamp = stamp_of(certificate)
    if stamp is None:
        return ports().storage.read(certificate.digest)
    return render_certificate(issuing.as_issued(certificate, stamp))


def stamp_of(certificate: Certificate) -> str | None:
    """What is printed across an ended certificate."""
    if certificate.ended_at is not None:
        return f"{certificate.status.label} {chinese_date(today_in_shanghai(certificate.ended_at))}"
    today = today_in_shanghai()
    return certificate.status_on(today) if certificate.has_expired_on(today) else None
