"""The official's first page: what waits, counted in SQL and in scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Exists, func, or_, select

from app.domain.states import APPROVED_STATUSES, ApplicationStatus, CertificateStatus, ChangeState
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, ChangeRequest, Expert
from app.policies.actor import Actor
from app.policies.roles import REVIEW
from app.policies.scope import visible_applications, visible_certificates, visible_experts
from app.services import rows
from app.services.inbox import STEPS, Load, loads
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
    """The figures of the desk."""
    by_status = dict(
        db.session.execute(
            select(Application.status, func.count())
            .where(visible_applications(actor), Application.status.in_(STEPS))
            .group_by(Application.status)
        ).all()
    )
    today, own, first = today_in_shanghai(), loads(actor), current_app.config["CERTIFICATE_REMINDERS"][0]
    valid = (Certificate.status == CertificateStatus.VALID) & or_(
        Certificate.valid_to.is_(None), Certificate.valid_to >= today
    )
    return Counts(
        to_review=own.get(ApplicationStatus.PENDING_REVIEW, Load()),
        to_file=own.get(ApplicationStatus.PENDING_FILING, Load()),
        to_change=rows.count(select(ChangeRequest.id).where(*_to_change(actor))) if actor.may(REVIEW) else 0,
        pending_review=by_status.get(ApplicationStatus.PENDING_REVIEW, 0),
        pending_filing=by_status.get(ApplicationStatus.PENDING_FILING, 0),
        experts=rows.count(select(Expert.id).where(visible_experts(actor), has_approved_case())),
        certificates=rows.count(select(Certificate.id).where(visible_certificates(actor), valid)),
        ending=rows.count(select(Certificate.id).where(visible_certificates(actor), ending_within(first, today))),
    )


def has_approved_case() -> Exists:
    """Experts whom a department has approved at some time: what 专家信息 shows by default."""
    return (
        select(Application.id)
        .where(Application.expert_id == Expert.id, Application.status.in_(APPROVED_STATUSES))
        .exists()
    )


def _to_change(actor: Actor) -> tuple[Any, ...]:
    """The 变更申请 that wait for the actor's department."""
    return ChangeRequest.department_id == actor.department_id, ChangeRequest.state == ChangeState.OPEN
