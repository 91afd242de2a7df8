"""The official's first page: what waits, counted in SQL and in scope, no further than people count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import ScalarSelect, Select, false, literal, or_, select

from app.domain.states import ApplicationStatus, CertificateStatus, ChangeState
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, ChangeRequest
from app.policies.actor import Actor
from app.policies.roles import READ_APPLICATIONS, READ_CERTIFICATES, READ_EXPERTS, REVIEW
from app.policies.scope import sight, visible_certificates
from app.policies.sight import Sight
from app.services import rows
from app.services.inbox import Load, loads
from app.services.reminders import ending_within


@dataclass(frozen=True)
class Counts:
    """``to_review`` and ``to_file`` are the actor's own to decide, ``to_change`` the 变更申请 at the department.

    The others are all that the actor sees.
    """

    to_review: Load
    to_file: Load
    to_change: int
    pending_review: int
    pending_filing: int
    experts: int
    certificates: int
    ending: int = 0
    """Certificates whose end is within the first of the reminders."""


def counts(actor: Actor) -> Counts:
    """The figures of the desk, those of the scope in one statement. Each ends at ``rows.COUNT_CAP`` + 1."""
    own, figures = loads(actor), _figures(actor)
    found = db.session.execute(select(*(figure.label(name) for name, figure in figures.items()))).one()
    return Counts(
        to_review=own.get(ApplicationStatus.PENDING_REVIEW, Load()),
        to_file=own.get(ApplicationStatus.PENDING_FILING, Load()),
        **found._mapping,
    )


def _figures(actor: Actor) -> dict[str, ScalarSelect[int]]:
    today, first = today_in_shanghai(), current_app.config["CERTIFICATE_REMINDERS"][0]
    experts, holders = sight(actor, READ_EXPERTS), sight(actor, READ_CERTIFICATES)
    applicants = sight(actor, READ_APPLICATIONS)
    ending = select(Certificate.id).where(visible_certificates(actor), ending_within(first, today))
    counted: dict[str, Select[Any]] = {
        "to_change": _to_change(actor),
        "pending_review": _waiting(applicants, ApplicationStatus.PENDING_REVIEW),
        "pending_filing": _waiting(applicants, ApplicationStatus.PENDING_FILING),
        "experts": _NONE if experts is None else experts.with_approved(True).expert_ids(),
        "certificates": _NONE if holders is None else _valid(holders, today),
        "ending": ending,
    }
    return {name: rows.capped(statement) for name, statement in counted.items()}


def _valid(holders: Sight, today: date) -> Select[Any]:
    """From the experts to their certificates: nearly every certificate is valid, and few may be in scope."""
    seen = holders.expert_ids().subquery()
    return (
        select(Certificate.id)
        .join(seen, seen.c.expert_id == Certificate.expert_id)
        .where(
            Certificate.status == CertificateStatus.VALID,
            or_(Certificate.valid_to.is_(None), Certificate.valid_to >= today),
        )
        .order_by(seen.c.expert_id)
    )


_NONE: Select[Any] = select(literal(0)).where(false())


def _waiting(applicants: Sight | None, status: ApplicationStatus) -> Select[Any]:
    if applicants is None:
        return _NONE
    if applicants.is_wide:
        # Nearly all that waits is in scope. The order is that of both indexes: counting stops where it has enough.
        seen = select(Application.id).where(Application.status == status, applicants.of(Application.expert_id))
        return seen.order_by(Application.expert_id)
    people = applicants.expert_ids().subquery()
    own = select(Application.id).join(people, people.c.expert_id == Application.expert_id)
    return own.where(Application.status == status).order_by(people.c.expert_id)


def _to_change(actor: Actor) -> Select[Any]:
    """The 变更申请 that wait for the actor's department."""
    if not actor.may(REVIEW):
        return _NONE
    return select(ChangeRequest.id).where(
        ChangeRequest.department_id == actor.department_id, ChangeRequest.state == ChangeState.OPEN
    )
