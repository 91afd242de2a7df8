"""续聘: a certificate that is about to end, or has ended by itself, is followed by a new one (R12).

The one exception from the rule that a department with a valid certificate takes no further application.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.domain.errors import Conflict
from app.domain.states import OPEN_STATUSES, CertificateStatus
from app.domain.term import YEARS
from app.domain.validity import chinese_date, last_day, today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, Speciality
from app.policies.actor import Actor
from app.services import applications, reviews, rows
from app.services.unit_of_work import transactional


@dataclass(frozen=True)
class Proposal:
    """What a reviewer finds filled in: what the certificate before says. Empty is left to choose."""

    speciality: Speciality | None
    title: str
    appointing_body_id: int | None
    starts_on: date | None
    years: int | None


def opens_on(valid_to: date) -> date:
    """The first day on which a certificate that ends on ``valid_to`` can be renewed."""
    return valid_to - timedelta(days=current_app.config["RENEWAL_DAYS"])


def outlasted() -> ColumnElement[bool]:
    """The certificates that a later one of the same expert at the same department follows: they need no renewal."""
    later = aliased(Certificate)
    return (
        select(later.id)
        .where(
            later.expert_id == Certificate.expert_id,
            later.department_id == Certificate.department_id,
            later.status == CertificateStatus.VALID,
            or_(later.valid_to.is_(None), later.valid_to > Certificate.valid_to),
        )
        .correlate(Certificate)
        .exists()
    )


def refusals(certificates: Iterable[Certificate]) -> dict[int, str]:
    """Certificate id to why it cannot be renewed now, as a sentence; "" where it can. In two statements."""
    asked, today = list(certificates), today_in_shanghai()
    if not asked:
        return {}
    experts = {certificate.expert_id for certificate in asked}
    opened = {
        (expert_id, department_id): status.label
        for expert_id, department_id, status in db.session.execute(
            select(Application.expert_id, Application.department_id, Application.status).where(
                Application.expert_id.in_(experts), Application.status.in_(OPEN_STATUSES)
            )
        )
    }
    followed = set(
        db.session.scalars(select(Certificate.id).where(Certificate.id.in_([one.id for one in asked]), outlasted()))
    )
    return {one.id: _refusal(one, opened, followed, today) for one in asked}


def renewable(certificates: Iterable[Certificate]) -> list[Certificate]:
    """Those that can be renewed now, the one that ends last first."""
    asked = list(certificates)
    why = refusals(asked)
    return sorted((one for one in asked if not why[one.id]), key=lambda one: one.valid_to or date.max, reverse=True)


def _refusal(certificate: Certificate, opened: dict[tuple[int, int], str], followed: set[int], today: date) -> str:
    if certificate.status is not CertificateStatus.VALID:
        return f"聘书 {certificate.number} {certificate.status.label}，不能续聘；需要受聘的，请重新申报。"
    if certificate.valid_to is None:
        return f"聘书 {certificate.number} 长期有效，不需要续聘。"
    if certificate.department.retired or not certificate.department.receives:
        return f"{certificate.department.name}已不再受理申报，不能续聘；需要受聘的，请向其他部门申报。"
    if (status := opened.get((certificate.expert_id, certificate.department_id))) is not None:
        return f"该部门已有您的申报，{status}，不能重复申请续聘。"
    if certificate.id in followed:
        return f"聘书 {certificate.number} 之后已有新的聘书，不需要续聘。"
    if today < (first := opens_on(certificate.valid_to)):
        return f"聘书 {certificate.number} 从{chinese_date(first)}起可以申请续聘。"
    return ""


def own(actor: Actor, certificate_id: int | str) -> Certificate:
    """One of the actor's own certificates (R5). Raises ``NotFound``."""
    return rows.one(
        Certificate,
        certificate_id,
        Certificate.expert_id == actor.expert_id,
        joinedload(Certificate.department),
        joinedload(Certificate.organization),
    )


@transactional
def renew(actor: Actor, certificate_id: int) -> Application:
    """Opens the case that is to follow the certificate, at the department that holds it now, with the last profile.

    Raises ``NotFound`` for another's (R5), ``Invalid`` naming what the profile lacks (R8, R9), ``Conflict`` where
    the certificate cannot be renewed, now or any more.
    """
    expert = applications.applicant(actor)
    certificate = own(actor, certificate_id)
    refusal = refusals([certificate])[certificate.id]
    if refusal:
        raise Conflict(refusal)
    return applications.open_cases(actor, expert, applications.receiving({certificate.department_id}), certificate)[0]


def proposed(application: Application) -> Proposal | None:
    """What the reviewer of a 续聘 begins with; ``None`` for a first appointment (R13).

    The new term begins on the day after the old one's end, unless that is past or the certificate was ended early:
    then with the filing, as any other.
    """
    former = application.renews
    if former is None or former.valid_to is None:
        return None
    case = former.application
    follows = former.valid_to + timedelta(days=1)
    in_time = former.status is CertificateStatus.VALID and follows >= today_in_shanghai()
    return Proposal(
        speciality=case.speciality if case.speciality is not None and not case.speciality.retired else None,
        title=former.title,
        # By what it is called: a reissue may have corrected it.
        appointing_body_id=next((body.id for body in reviews.bodies(application) if body.name == former.body), None),
        starts_on=follows if in_time else None,
        years=next((years for years in YEARS if last_day(former.valid_from, years) == former.valid_to), None),
    )
