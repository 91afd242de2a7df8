"""变更申请 in the history of an expert: what was asked for and what came of it, field by field, masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.states import ChangeAction, ChangeState
from app.models import ChangeItem, ChangeRequest, Expert
from app.models.columns import all_fields
from app.services.audit import OWN_PLACE
from app.services.texts import masked

NOTHING = "（无）"


@dataclass(frozen=True)
class ChangeStep:
    """One act on a request, beside the steps of the cases."""

    at: datetime
    action: ChangeAction
    request: ChangeRequest
    who: str
    said: str


def steps_of(requests: Iterable[ChangeRequest]) -> list[ChangeStep]:
    """The acts on all these requests, the newest first."""
    found = [step for request in requests for step in _steps(request)]
    return sorted(found, key=lambda step: step.at, reverse=True)


def _steps(request: ChangeRequest) -> Iterator[ChangeStep]:
    asked = [f"{item.label}：{_shown(item, item.old)} → {_shown(item, item.new)}" for item in request.items]
    said = "\n".join((f"理由：{request.reason}", *asked))
    owner = f"{OWN_PLACE} {request.proposed_by}"
    yield ChangeStep(request.proposed_at, ChangeAction.PROPOSE, request, owner, said)
    if request.ended_at is not None:
        decided = request.state is ChangeState.DECIDED
        action = ChangeAction.DECIDE if decided else ChangeAction.TAKE_BACK
        results = "\n".join(map(_decision, request.items)) if decided else ""
        yield ChangeStep(request.ended_at, action, request, request.who_ended, results)


def _decision(item: ChangeItem) -> str:
    if item.accepted:
        return f"接受 {item.label}：{_shown(item, item.found)} → {_shown(item, item.new)}"
    return f"不接受 {item.label}，理由：{item.refusal}"


def _shown(item: ChangeItem, text: str | None) -> str:
    declared = all_fields(Expert).get(item.field)
    return (masked(declared, text or "") if declared else text) or NOTHING
