"""资料修改 in the history of an expert: field by field, old and new, in the transaction of the change."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Application, Expert, ProfileChange
from app.policies.actor import Actor

Changes = list[dict[str, str]]

CORRECTING = "按退回补正的要求"


def note(actor: Actor, expert: Expert, action: str, changes: Changes, reason: str = "") -> None:
    """One row for what ``actor`` changes about ``expert``, in the caller's transaction.

    ``changes`` as ``texts.changes`` gives them, masked. What experts change on their own counts from the first 申报:
    a draft that nobody has seen has no history. While a case is returned, the reason of a change is the return.
    """
    if actor.expert_id == expert.id:
        statuses = set(db.session.scalars(select(Application.status).where(Application.expert_id == expert.id)))
        if not statuses:
            return
        reason = reason or (CORRECTING if ApplicationStatus.RETURNED in statuses else "")
    db.session.add(
        ProfileChange(
            expert_id=expert.id,
            actor_id=actor.user_id,
            actor_name=actor.name,
            actor_place=actor.place,
            action=action,
            changes=changes,
            reason=reason,
        )
    )


def note_account(actor: Actor, account_id: int, action: str, changes: Changes) -> None:
    """The same for what is changed about an account, where it is an expert's too."""
    expert = db.session.scalars(select(Expert).where(Expert.user_id == account_id)).one_or_none()
    if expert is not None and changes:
        note(actor, expert, action, changes)


def of(expert_id: int) -> list[ProfileChange]:
    """What was changed about an expert, the oldest first."""
    own = select(ProfileChange).where(ProfileChange.expert_id == expert_id)
    return list(db.session.scalars(own.order_by(ProfileChange.id)))


def said(change: ProfileChange) -> str:
    """A change in words: a line for each field, and why."""
    lines = [f"{one['field']}：{_in_words(one['before'], one['after'])}" for one in change.changes]
    return "\n".join([*lines, *([f"理由：{change.reason}"] if change.reason else [])])


def _in_words(before: str, after: str) -> str:
    """Old and new; of a list, which has a line for a row, the rows that went and those that came."""
    if "\n" not in before + after:
        return f"{before or '（空）'} → {after or '（空）'}"
    old, new = before.split("\n"), after.split("\n")
    gone = [f"删去“{row}”" for row in old if row and row not in new]
    come = [f"增加“{row}”" for row in new if row and row not in old]
    return "；".join([*gone, *come]) or "调整顺序"
