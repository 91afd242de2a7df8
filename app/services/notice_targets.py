"""Whether what a notice leads to is still the reader's to see: departments change, permissions are taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.domain.errors import NotAllowed, NotFound
from app.domain.notice_kinds import KINDS, Target
from app.models import Feedback, Notification
from app.policies.actor import Actor
from app.policies.roles import ANSWER, IMPORT, READ_CERTIFICATES
from app.services import (
    applications,
    certificates,
    change_decisions,
    change_requests,
    delegations,
    export_orders,
    import_orders,
    reviews,
    rows,
)


def in_reach(actor: Actor, notice: Notification) -> Target | None:
    """What the notice leads to, by the scope that its page has; ``None`` where the actor would find nothing."""
    kind = KINDS.get(notice.kind)
    if kind is None:
        return None
    try:
        _FINDERS[kind.target](actor, notice.target_id)
    except NotFound:
        return None
    return kind.target


def _own_question(actor: Actor, feedback_id: int) -> None:
    rows.one(Feedback, feedback_id, Feedback.asker_id == actor.user_id)


def _question(actor: Actor, feedback_id: int) -> None:
    if not actor.may(ANSWER):
        raise NotFound("您无权查看意见反馈。")
    rows.one(Feedback, feedback_id, Feedback.id == feedback_id)


def _ending(actor: Actor, department_id: int) -> None:
    """The list itself is in scope; it is news for who may open it."""
    if not actor.may(READ_CERTIFICATES):
        raise NotFound("您无权查看聘书。")


def _export(actor: Actor, job_id: int) -> None:
    try:
        export_orders.own(actor, job_id)
    except NotAllowed as refusal:
        raise NotFound(refusal.message) from refusal


def _import(actor: Actor, job_id: int) -> None:
    if not actor.may(IMPORT):
        raise NotFound("您无权导入专家。")
    import_orders.own(actor, job_id)


_FINDERS: Mapping[Target, Callable[[Actor, int], object]] = {
    Target.OWN_CASE: applications.own_case,
    Target.CASE: lambda actor, case_id: reviews.case(case_id, actor),
    Target.OWN_CHANGE: change_requests.own,
    Target.CHANGE: lambda actor, request_id: change_decisions.seen(request_id, actor),
    Target.CERTIFICATE: lambda actor, certificate_id: certificates.seen(certificate_id, actor),
    Target.ENDING: _ending,
    Target.EXPORT: _export,
    Target.IMPORT: _import,
    Target.OWN_QUESTION: _own_question,
    Target.QUESTION: _question,
    Target.DELEGATION: lambda actor, delegation_id: delegations.one(delegation_id, actor),
    Target.ACCOUNT: lambda _actor, _account_id: None,
}
