"""How a case looks: its tone, its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from app.domain.states import Action, ApplicationStatus, CertificateStatus
from app.domain.validity import chinese_date, today_in_shanghai
from app.domain.workdays import Wait
from app.models import Certificate, Transition
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
    Action.REISSUE: "warning",
    Action.RETURN: "warning",
    Action.SEND_BACK: "warning",
}


WAITED = Markup('{} 个工作日 <span class="badge badge-{}">{}</span>')


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
            step.who,
            said(step),
            ACTION_TONES.get(step.action, "neutral"),
        )
        for step in steps
    ]


def wait_words(wait: Wait | None) -> str:
    """How long a case has waited, and in which colour it is overdue or soon will be."""
    if wait is None:
        return ""
    if wait.late:
        return WAITED.format(wait.days, "danger", f"逾期 {wait.late} 天")
    if wait.is_soon:
        left = wait.limit - wait.days
        return WAITED.format(wait.days, "warning", f"还剩 {left} 天" if left else "今天到期")
    return f"{wait.days} 个工作日"


SOON_DAYS = 30
"""From so many days before its end on a certificate is marked red."""
YEAR_DAYS = 365


@dataclass(frozen=True)
class EndNote:
    """How long a certificate still holds, or how it ended, in plain words."""

    words: str
    tone: str = "neutral"


def end_note(certificate: Certificate, today: date) -> EndNote:
    """``还有 27 天到期``, red within a month; why it was ended early; from when on it holds."""
    if certificate.terminated_at is not None:
        ended = chinese_date(today_in_shanghai(certificate.terminated_at))
        return EndNote(f"{ended}提前终止，原因：{certificate.termination_reason}", "danger")
    if certificate.status is not CertificateStatus.VALID or certificate.valid_to is None:
        return EndNote("")
    left = (certificate.valid_to - today).days
    if left < 0:
        return EndNote(f"已于{chinese_date(certificate.valid_to)}到期")
    if certificate.valid_from > today:
        return EndNote(f"从{chinese_date(certificate.valid_from)}起有效", "info")
    if left > YEAR_DAYS:
        return EndNote(f"还有 {left // YEAR_DAYS} 年多到期")
    return EndNote(f"还有 {left} 天到期" if left else "今天到期", "danger" if left <= SOON_DAYS else "warning")


def certificate_tone(certificate: Certificate, today: date) -> str:
    """Green while it holds, red once it was ended, yellow once it was replaced, grey once it ran out."""
    if certificate.status is CertificateStatus.VALID:
        return "neutral" if certificate.has_expired_on(today) else "success"
    return "danger" if certificate.status is CertificateStatus.TERMINATED else "warning"
