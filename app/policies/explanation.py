"""我为什么能/不能处理: the rules that decide a case, asked one after the other and given in words (R1-R7)."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain import transitions
from app.domain.states import Action
from app.models import Application
from app.policies import permissions
from app.policies.actor import Actor

EXPLAINED = (Action.APPROVE, Action.REJECT, Action.FILE, Action.SEND_BACK)
"""What an official may do to a case."""


@dataclass(frozen=True)
class Verdict:
    """Whether one action is open to the actor now; ``reasons`` are sentences, empty where it is open."""

    action: Action
    reasons: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reasons


def verdicts(actor: Actor, case: Application) -> list[Verdict]:
    """What the actor may do to the case."""
    return [verdict(actor, action, case) for action in EXPLAINED]


def verdict(actor: Actor, action: Action, case: Application) -> Verdict:
    """Whether the actor may, by the very predicates that ``workflow.advance`` obeys."""
    asked = (permissions.refusal(actor, action, case), transitions.refusal(action, case.status))
    return Verdict(action, tuple(reason for reason in asked if reason is not None))


def sight(actor: Actor, case: Application) -> str:
    """Why the actor sees a case that ``policies.scope`` let them load, as a sentence (R1)."""
    if _covers(actor, case.expert.region_code):
        return "专家所在地区在您的管理范围内，所以您可以查看这件申报。"
    if _covers(actor, case.region_code):
        return "这件申报的申报机构在您的管理范围内，所以您可以查看。"
    return "这位专家向您管理范围内的机构申报过，所以您可以查看其各件申报。"


def _covers(actor: Actor, region_code: str | None) -> bool:
    span = actor.region_span
    return span is not None and region_code is not None and span[0] <= region_code <= span[1]
