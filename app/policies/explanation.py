"""我为什么能/不能处理: the rules that decide a case, asked one after the other and given in words (R1-R7)."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain import transitions
from app.domain.states import Action
from app.domain.transitions import EXPIRED
from app.domain.validity import chinese_date, today_in_shanghai
from app.models import Application, Certificate
from app.policies import permissions
from app.policies.actor import Actor

EXPLAINED = (Action.APPROVE, Action.RETURN, Action.REJECT, Action.FILE, Action.SEND_BACK)
"""What an official may do to a case that has no certificate yet."""


@dataclass(frozen=True)
class Verdict:
    """Whether one action is open to the actor now; ``reasons`` are sentences, empty where it is open.

    ``ground`` says by what right it is open.
    """

    action: Action
    reasons: tuple[str, ...]
    ground: str

    @property
    def open(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reasons


def verdicts(actor: Actor, case: Application, certificate: Certificate | None = None) -> list[Verdict]:
    """What the actor may do to the case and its certificate, each by ``verdict``."""
    found = [verdict(actor, action, case) for action in EXPLAINED]
    if certificate is not None:
        found += [on_certificate(actor, action, certificate) for action in EXPIRED]
    return found


def on_certificate(actor: Actor, action: Action, certificate: Certificate) -> Verdict:
    """Whether the actor may do to a certificate what one that ran out does not allow."""
    ended = certificate.has_expired_on(today_in_shanghai())
    return verdict(actor, action, certificate, EXPIRED[action] if ended else None)


def verdict(actor: Actor, action: Action, case: permissions.Case, besides: str | None = None) -> Verdict:
    """Whether the actor may, by the predicates that ``workflow.advance`` obeys; ``besides`` is one more reason."""
    against = (permissions.refusal(actor, action, case), transitions.refusal(action, case.status), besides)
    reasons = tuple(reason for reason in against if reason is not None)
    return Verdict(action, reasons, _ground(actor, action, case))


def _ground(actor: Actor, action: Action, case: permissions.Case) -> str:
    loan = permissions.loan_for(actor, action, case)
    if loan is None:
        return "您有这项权限，当前的状态也允许。"
    return f"您受{loan.principal_name}委托，至{chinese_date(loan.ends_on)}可以{action.label}，当前的状态也允许。"


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
