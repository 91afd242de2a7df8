"""How a case looks: its tone, its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.states import Action, ApplicationStatus, CertificateStatus
from app.models import Application, Certificate, ChangeRequest, Expert, Transition
from app.services import applications, change_history
from app.services.case_history import said
from app.views.text import text_of

TONES = {
    ApplicationStatus.PENDING_REVIEW: "info",
    ApplicationStatus.RETURNED: "warning",
    ApplicationStatus.PENDING_FILING: "info",
    ApplicationStatus.FILED: "success",
    ApplicationStatus.REJECTED: "danger",
    ApplicationStatus.WITHDRAWN: "neutral",
}
ACTION_TONES = {
    Action.APPROVE: "success",
    Action.FILE: "success",
    Action.REJECT: "danger",
    Action.TERMINATE: "danger",
    Action.RETURN: "warning",
    Action.SEND_BACK: "warning",
}


@dataclass(frozen=True)
class Moment:
    """One step of a timeline, as the template draws it."""

    title: str
    when: str
    who: str
    text: str
    tone: str


def timeline(steps: Iterable[Transition]) -> list[Moment]:
    """The steps in the order given."""
    return [
        Moment(
            step.action.label,
            text_of(step.at),
            f"{step.actor_place} {step.actor_name}",
            said(step),
            ACTION_TONES.get(step.action, "neutral"),
        )
        for step in steps
    ]


@dataclass(frozen=True)
class Entry:
    """A moment in the history of an expert: of a case or of a 变更申请, at ``url``."""

    url: str
    place: str
    moment: Moment


def history_of(expert: Expert) -> list[Entry]:
    """审核历史 across departments, the newest first."""
    steps = applications.history_of(expert)
    found = [
        (step.at, Entry(f"/application/show/{step.application_id}", _place(step.application), moment))
        for step, moment in zip(steps, timeline(steps), strict=True)
    ]
    for change in change_history.steps_of(expert):
        moment = Moment(change.action.label, text_of(change.at), change.who, change.said, "neutral")
        found.append((change.at, Entry(f"/change/show/{change.request.id}", _place(change.request), moment)))
    return [entry for _, entry in sorted(found, key=lambda dated: dated[0], reverse=True)]


def _place(about: Application | ChangeRequest) -> str:
    return f"{about.organization.name}{about.department.name}"


def certificate_tone(certificate: Certificate, today: date) -> str:
    """Green while it holds, red once it was ended, grey once it ran out."""
    if certificate.status is CertificateStatus.TERMINATED:
        return "danger"
    return "neutral" if certificate.has_expired_on(today) else "success"
