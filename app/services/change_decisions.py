"""变更申请, the department's side: what is accepted is written in the transaction of the decision (R2, R3, R6, R10).

Certificates, snapshots and texts that were filed are copies, and stay as they are (R11, R20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.domain.errors import Conflict, Invalid
from app.domain.identity import hide_numbers
from app.domain.states import ChangeAction
from app.domain.transitions import REASON_LENGTH
from app.domain.values import text_problem
from app.extensions import db
from app.models import Attachment, ChangeItem, ChangeRequest, Expert
from app.policies.actor import Actor
from app.policies.scope import visible_change_requests
from app.services import attachments, change_requests, change_values, notices, profiles, rows, texts
from app.services.audit import audit
from app.services.change_values import PHOTO
from app.services.unit_of_work import transactional


@dataclass(frozen=True)
class Verdict:
    """On one field; what is declined needs a reason."""

    accepted: bool
    reason: str = ""


def seen(request_id: int | str, actor: Actor) -> ChangeRequest:
    """A request in the actor's scope, with what its page shows. Raises ``NotFound``."""
    return rows.one(
        ChangeRequest,
        request_id,
        visible_change_requests(actor),
        joinedload(ChangeRequest.expert),
        joinedload(ChangeRequest.department),
        joinedload(ChangeRequest.organization),
        selectinload(ChangeRequest.items),
        selectinload(ChangeRequest.files),
    )


def present(request: ChangeRequest) -> dict[str, str]:
    """How each field of the request stands now, for a reader."""
    photo = profiles.photo_of(request.expert_id)
    return change_values.texts(request.expert) | {PHOTO: photo.filename if photo else ""}


def checked(request: ChangeRequest, verdicts: Mapping[str, Verdict]) -> None:
    """Raises ``Invalid`` naming the field that has no decision, or is declined without a word why."""
    for item in request.items:
        verdict = verdicts.get(item.field)
        if verdict is None:
            raise Invalid(f"请选择是否接受“{item.label}”的变更。", field=item.field)
        if not verdict.accepted and not verdict.reason.strip():
            raise Invalid(f"不接受“{item.label}”的变更，请填写理由。", field=item.field)
        if wrong := text_problem(verdict.reason, REASON_LENGTH):
            raise Invalid(f"“{item.label}”的理由{wrong}", field=item.field)


@transactional
def decide(
    request_id: int | str,
    actor: Actor,
    verdicts: Mapping[str, Verdict],
    version: int | None = None,
    profile_version: int | None = None,
) -> ChangeRequest:
    """Accepts or declines each field; ``verdicts`` by the name of the field.

    ``version`` and ``profile_version`` are what the actor saw. Raises ``NotFound``, ``NotAllowed`` (R2, R3, R6),
    ``Conflict`` where somebody was quicker, the profile has changed since, or the department's approval has ended;
    ``Invalid`` naming the field.
    """
    request = seen(request_id, actor)
    change_requests.end(request, ChangeAction.DECIDE, actor, version)
    checked(request, verdicts)
    expert = request.expert
    if request.department_id not in profiles.approving_departments(expert.id):
        raise Conflict("本部门对该专家的聘任已经结束，不能再处理变更申请；请告知专家撤回后另行办理。")
    if profile_version is not None and expert.version != profile_version:
        raise Conflict("专家资料在您打开页面之后有变化，请核对最新内容后再决定。")
    now_standing = present(request)
    for item in request.items:
        verdict = verdicts[item.field]
        item.accepted, item.found = verdict.accepted, now_standing[item.field]
        item.refusal = "" if verdict.accepted else verdict.reason.strip()
    changed = _write(expert, [item for item in request.items if item.accepted])
    declined = "；".join(f"{item.label}（{hide_numbers(item.refusal)}）" for item in request.items if not item.accepted)
    detail = {"changes": changed} | ({"declined": declined} if declined else {})
    if request.principal_name:
        detail |= {"principal": request.principal_name}
    audit(actor, ChangeAction.DECIDE.label, change_requests.subject_of(request), detail)
    notices.change_decided(request)
    return request


def _write(expert: Expert, accepted: list[ChangeItem]) -> list[dict[str, str]]:
    """Writes what was accepted; gives it as 操作日志 keeps it."""
    if not accepted:
        return []
    changed = profiles.change(expert, *change_values.unpacked(accepted))
    for item in accepted:
        if item.field == PHOTO:
            proposed = select(Attachment).where(Attachment.id == item.value, Attachment.expert_id == expert.id)
            attachments.make_photo(db.session.scalars(proposed).one())
            changed += texts.changes({item.label: item.found or ""}, {item.label: item.new})
    return changed
