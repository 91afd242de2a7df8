"""The one door through which a case changes."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import select, update

from app.domain import transitions
from app.domain.errors import Conflict, NotAllowed
from app.domain.states import Action, ApplicationStatus
from app.domain.transitions import Status
from app.extensions import db
from app.models import Application, Certificate, Transition
from app.models.types import now
from app.policies import permissions
from app.policies.actor import Actor, Loan
from app.policies.delegation import ended_words, still_lent
from app.services import texts
from app.services.audit import audit


def begin(application: Application, actor: Actor, reason: str = "") -> None:
    """Opens a case: the line of the table that has no source. ``reason`` is what it is opened for, if not of itself."""
    step = transitions.find(Action.SUBMIT)
    permissions.require(actor, Action.SUBMIT, application)
    application.status = cast(ApplicationStatus, step.target)
    db.session.add(application)
    db.session.flush()
    _record(application, Action.SUBMIT, None, application.status, actor, reason, application)


def advance(
    case: Application | Certificate,
    action: Action,
    actor: Actor,
    *,
    reason: str = "",
    version: int | None = None,
    values: dict[str, Any] | None = None,
) -> Transition:
    """Moves ``case`` along ``action`` and writes its history, in the caller's transaction. Gives the step.

    The only writer of a status. ``version`` is the version that the actor saw; ``values`` are
    columns that the action fixes at the same moment. What the actor does by a 委托 is written only if
    that still holds in the very statement that writes. Raises ``NotAllowed`` (R2-R7), ``Invalid``
    (a missing reason), or ``Conflict`` where the status does not allow the action, or the row is
    no longer the one that was seen.
    """
    permissions.require(actor, action, case)
    loan = permissions.loan_for(actor, action, case)
    if version is not None and (refusal := stale(case, version)) is not None:
        raise Conflict(refusal)
    step = transitions.check(action, case.status, reason)
    source, model = case.status, type(case)
    target = step.target or source
    changes: dict[str, Any] = {**(values or {}), "status": target, "version": case.version + 1}
    if model is Application and target is not source:
        changes["changed_at"] = now()  # what moves with its department has waited since it came
    result = db.session.execute(
        update(model)
        .where(model.id == case.id, model.status == source, model.version == case.version, still_lent(loan))
        .values(changes)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:
        db.session.refresh(case)
        if loan is not None and not db.session.scalar(select(still_lent(loan))):
            raise NotAllowed(ended_words(loan, action.label))
        raise Conflict(f"该事项刚刚被他人处理{_what_happened(case)}。本次操作没有保存，请刷新页面查看最新情况。")
    db.session.refresh(case)
    application = case if isinstance(case, Application) else case.application
    return _record(application, action, source, target, actor, reason, case, loan)


def stale(case: Application | Certificate, version: int) -> str | None:
    """Why who saw ``version`` of the case may not act on it, as a sentence; ``None`` while it is the present one."""
    if version == case.version:
        return None
    return f"该事项已被他人处理{_what_happened(case)}。请查看最新情况后再决定。"


def _what_happened(case: Application | Certificate) -> str:
    """The last step of the case, and by whom: what a stale form did not know."""
    application_id = case.id if isinstance(case, Application) else case.application_id
    step = db.session.scalars(
        select(Transition).where(Transition.application_id == application_id).order_by(Transition.id.desc()).limit(1)
    ).one_or_none()
    done = f"：{step.who}已{step.action.label}" if step else ""
    return f"{done}，当前状态为“{case.status.label}”"


def _record(
    application: Application,
    action: Action,
    source: Status | None,
    target: Status,
    actor: Actor,
    reason: str,
    case: Application | Certificate,
    loan: Loan | None = None,
) -> Transition:
    """The step in 审核历史, and the act in 操作日志."""
    recorded = Transition(
        application_id=application.id,
        action=action,
        source=source,
        target=target,
        actor_id=actor.user_id,
        actor_name=actor.name,
        actor_place=actor.place,
        principal_id=loan.principal_id if loan else None,
        principal_name=loan.principal_name if loan else None,
        reason=reason.strip(),
    )
    db.session.add(recorded)
    changed = texts.changes({"状态": source.label if source else ""}, {"状态": target.label})
    detail = {"changes": changed} | ({"reason": reason.strip()} if reason.strip() else {})
    if loan is not None:
        detail |= {"principal": loan.principal_name, "delegation": str(loan.delegation_id)}
    audit(actor, action.label, f"{type(case).__label__}#{case.id}", detail)
    return recorded
