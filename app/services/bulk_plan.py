"""批量办理 before it acts: which rows will change and which cannot, and the order as it is kept (R2-R6, R13)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.states import Action
from app.domain.term import Term
from app.domain.transitions import REASON_LENGTH
from app.extensions import db
from app.models import Application, Speciality
from app.policies import explanation
from app.policies.actor import Actor
from app.policies.roles import FILE, REVIEW
from app.policies.scope import visible_applications
from app.services import reviews, rows, workflow

PERMISSIONS = {Action.APPROVE: REVIEW, Action.REJECT: REVIEW, Action.FILE: FILE}
ROWS_AT_MOST = {Action.APPROVE: 100, Action.REJECT: 100, Action.FILE: 50}
"""A filing draws a certificate: fifty take a few seconds."""


@dataclass(frozen=True)
class Pick:
    """A row as it was ticked: the id, and the version that stood in the list."""

    application_id: int
    version: int


@dataclass(frozen=True)
class Line:
    """One row before it is acted on. ``reasons`` are sentences, empty where it will change.

    ``application`` is ``None`` for an id of no case, or of one out of scope (R1); ``claimed`` are what the expert
    applies as, each with the title that it proposes, for an approval.
    """

    pick: Pick
    application: Application | None
    reasons: tuple[str, ...]
    claimed: tuple[tuple[Speciality, str], ...] = ()


@dataclass(frozen=True)
class Order:
    """What one form asks for. ``specialities``: application id to 专业类别; it, body and term are for approvals."""

    action: Action
    picks: tuple[Pick, ...]
    reason: str = ""
    appointing_body_id: int = 0
    term: Term = field(default_factory=Term)
    specialities: Mapping[int, int] = field(default_factory=dict)

    def dumped(self) -> str:
        """As JSON."""
        start, end = (day and day.isoformat() for day in (self.term.start, self.term.end))
        return json.dumps(
            {
                "picks": [[pick.application_id, pick.version] for pick in self.picks],
                "reason": self.reason,
                "body": self.appointing_body_id,
                "term": [start, end, self.term.years],
                "specialities": list(self.specialities.items()),
            },
            ensure_ascii=False,
        )

    @classmethod
    def loaded(cls, action: str, text: str) -> Order:
        """What ``dumped`` gave."""
        kept = json.loads(text)
        start, end = (day and date.fromisoformat(day) for day in kept["term"][:2])
        return cls(
            action=next(one for one in Action if one.value == action),
            picks=tuple(Pick(*pick) for pick in kept["picks"]),
            reason=kept["reason"],
            appointing_body_id=kept["body"],
            term=Term(start, end, kept["term"][2]),
            specialities=dict(kept["specialities"]),
        )


def number_of(application_id: int, application: Application | None) -> str:
    """What people call a row. Of one that they may not see, nothing else is said."""
    return application.number if application else f"SB{application_id:08d}"


def cases_of(actor: Actor, application_ids: Sequence[int]) -> dict[int, Application]:
    """The cases in scope among these ids, with what ``reviews.case`` loads, in one statement."""
    seen = select(Application).where(visible_applications(actor), Application.id.in_(application_ids))
    return {row.id: row for row in db.session.scalars(seen.options(*reviews.CASE_OPTIONS)).unique()}


def check_count(action: Action, count: int) -> None:
    """Raises ``Invalid`` for no row, or more rows than one form may hold."""
    if not count:
        raise Invalid("请先在列表中勾选要办理的申报。")
    most = ROWS_AT_MOST[action]
    if count > most:
        raise Invalid(f"一次最多{action.label}{most}件，您勾选了{count}件，请分几次办理。")


def prepare(actor: Actor, action: Action, picks: Sequence[Pick]) -> list[Line]:
    """Each row with what stands against ``action``, by the rules that decide the act itself; nothing is written.

    Raises ``NotAllowed`` for who may do it to no case at all, ``Invalid`` as ``check_count`` does, ``NotFound`` where
    no row is one that the actor may see (R1).
    """
    if not actor.may(PERMISSIONS[action]):
        raise NotAllowed(f"您没有{action.label}的权限。")
    check_count(action, len(picks))
    found = cases_of(actor, [pick.application_id for pick in picks])
    if not found:
        raise NotFound(rows.NOT_THERE)
    claims = reviews.claims([case.expert_id for case in found.values()]) if action is Action.APPROVE else {}
    return [_line(actor, action, pick, found.get(pick.application_id), claims) for pick in picks]


def _line(
    actor: Actor, action: Action, pick: Pick, case: Application | None, claims: Mapping[int, list[Speciality]]
) -> Line:
    if case is None:
        return Line(pick, None, (rows.NOT_THERE,))
    reasons = list(explanation.verdict(actor, action, case).reasons)
    stale = workflow.stale(case, pick.version)
    if stale is not None:
        reasons.insert(0, stale)
    claimed = [(one, reviews.title_for(case, one)) for one in claims.get(case.expert_id, ()) if not one.retired]
    if action is Action.APPROVE and not claimed and not reasons:
        reasons.append("专家申报的专业类别都已停用，请打开这件申报单独审核。")
    return Line(pick, case, tuple(reasons), tuple(claimed))


def check(actor: Actor, order: Order) -> None:
    """Refuses what is wrong with the form as a whole, before any row is touched. Raises ``Invalid``."""
    check_count(order.action, len(order.picks))
    if order.action is Action.REJECT and not order.reason.strip():
        raise Invalid("请填写驳回的理由。", field="reason")
    if len(order.reason) > REASON_LENGTH:
        raise Invalid(f"理由不能超过{REASON_LENGTH}个字。", field="reason")
    if order.action is Action.APPROVE:
        reviews.check_body(order.appointing_body_id, actor.organization_id)
        reviews.check_term(order.term)
