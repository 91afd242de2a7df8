"""THE table: which action leads from which statuses to which, and what it needs.

Nothing else in the program knows the order of a case.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.errors import Conflict, Invalid
from app.domain.states import OPEN_STATUSES, Action, ApplicationStatus, CertificateStatus

Status = ApplicationStatus | CertificateStatus


@dataclass(frozen=True)
class Step:
    """One line of the table. ``sources`` is empty where the action begins a case, ``target`` where the status stays."""

    action: Action
    sources: tuple[Status, ...]
    target: Status | None
    needs_reason: bool = False


A, C = ApplicationStatus, CertificateStatus

TABLE: tuple[Step, ...] = (
    Step(Action.SUBMIT, (), A.PENDING_REVIEW),
    Step(Action.WITHDRAW, (A.PENDING_REVIEW, A.RETURNED), A.WITHDRAWN),
    Step(Action.RETURN, (A.PENDING_REVIEW,), A.RETURNED, needs_reason=True),
    Step(Action.RESUBMIT, (A.RETURNED,), A.PENDING_REVIEW),
    Step(Action.APPROVE, (A.PENDING_REVIEW,), A.PENDING_FILING),
    Step(Action.REJECT, (A.PENDING_REVIEW,), A.REJECTED, needs_reason=True),
    Step(Action.SEND_BACK, (A.PENDING_FILING,), A.PENDING_REVIEW, needs_reason=True),
    Step(Action.FILE, (A.PENDING_FILING,), A.FILED),
    Step(Action.TERMINATE, (C.VALID,), C.TERMINATED, needs_reason=True),
    Step(Action.REISSUE, (C.VALID,), C.SUPERSEDED, needs_reason=True),
    Step(Action.MOVE, (*OPEN_STATUSES, C.VALID), None, needs_reason=True),
)

_BY_ACTION = {step.action: step for step in TABLE}

EXPIRED = "该聘书已过有效期，无需终止。"
"""Why a certificate that ended by itself is not ended once more (R19)."""

REASON_LENGTH = 500
"""The longest reason, in characters."""


def find(action: Action) -> Step:
    """The line for ``action``."""
    return _BY_ACTION[action]


def refusal(action: Action, status: Status) -> str | None:
    """Why ``action`` is not open from ``status``, as a sentence for people; ``None`` where it is."""
    if status in find(action).sources:
        return None
    return f"当前状态为“{status.label}”，不能{action.label}。"


def check(action: Action, status: Status, reason: str) -> Step:
    """The line for ``action`` if it is open from ``status``.

    Raises ``Conflict`` where the status does not allow it, ``Invalid`` where the action needs
    a reason and ``reason`` is blank or too long.
    """
    step = find(action)
    closed = refusal(action, status)
    if closed is not None:
        raise Conflict(f"{closed}请刷新页面查看最新情况。")
    if step.needs_reason and not reason.strip():
        raise Invalid(f"请填写{action.label}的理由。", field="reason")
    if len(reason) > REASON_LENGTH:
        raise Invalid(f"理由不能超过{REASON_LENGTH}个字。", field="reason")
    return step
