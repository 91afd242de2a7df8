"""变更申请, the expert's side: what is proposed while the profile is shut, and taking it back (R5, R10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.states import ChangeAction, ChangeState
from app.domain.transitions import REASON_LENGTH
from app.domain.values import text_problem
from app.extensions import db
from app.models import AttachmentKind, ChangeItem, ChangeRequest, Department, Expert
from app.models.change_request import SUBJECT_LENGTH
from app.models.types import now
from app.policies import permissions
from app.policies.actor import Actor
from app.policies.delegation import ended_words, still_lent
from app.services import attachments, change_values, form_drafts, notices, profiles, rows
from app.services.attachments import Received
from app.services.audit import audit
from app.services.change_values import PHOTO
from app.services.form_drafts import DraftOf
from app.services.profile_values import Rows
from app.services.unit_of_work import one_at_a_time, transactional

EVIDENCE_AT_MOST = 10
"""Pieces of evidence with one request."""
NOT_SHUT = "您的资料现在可以直接修改，不需要变更申请。"
"""What an expert hears whom no approval binds (R10)."""

Upload = tuple[bytes, str]
"""The bytes of a file, and its name."""


@dataclass(frozen=True)
class Proposal:
    """What an expert asks for: values as ``profiles.change`` takes them; what does not differ is no part of it.

    ``version`` is the version of the profile that the expert saw.
    """

    department_id: int | None
    reason: str
    values: Mapping[str, Any]
    lists: Rows
    evidence: Sequence[Upload]
    photo: Upload | None
    version: int


def approving(expert_id: int) -> list[Department]:
    """The departments to choose from: those whose approval shuts the profile."""
    return list(
        db.session.scalars(
            select(Department)
            .join(Department.organization)
            .options(contains_eager(Department.organization))
            .where(Department.id.in_(profiles.approving_departments(expert_id)))
            .order_by(Department.id)
        )
    )


def propose(actor: Actor, proposal: Proposal) -> ChangeRequest:
    """Opens a request.

    Raises ``Conflict`` where the profile is not shut, has changed since it was seen, or a request is open; ``Invalid``
    for what no form would take, a missing reason or piece of evidence, or nothing that differs.
    """
    expert = _may_propose(actor)
    reason = proposal.reason.strip()
    if not reason:
        raise Invalid("请填写变更理由。", field="reason")
    if wrong := text_problem(reason, REASON_LENGTH):
        raise Invalid(wrong, field="reason")
    if not 0 < len(proposal.evidence) <= EVIDENCE_AT_MOST:
        raise Invalid(f"请上传证明材料，1 至 {EVIDENCE_AT_MOST} 个文件。", field="evidence")
    received = [_received(expert, AttachmentKind.EVIDENCE, file, "evidence") for file in proposal.evidence]
    if proposal.photo:
        received.append(_received(expert, AttachmentKind.NEW_PHOTO, proposal.photo, "new_photo"))
    return _open(actor, proposal, reason, received)


def _received(expert: Expert, kind: AttachmentKind, file: Upload, field: str) -> Received:
    try:
        return attachments.receive(expert, kind, *file)
    except Invalid as refusal:
        raise Invalid(refusal.message, field=field) from refusal


def _may_propose(actor: Actor) -> Expert:
    expert = profiles.own(actor)
    if not profiles.is_locked(expert.id):
        raise Conflict(NOT_SHUT)
    pending = open_request(expert.id)
    if pending is not None:
        raise Conflict(f"变更申请 {pending.number} 还没有处理。请等待处理，或先撤回，再提出新的申请。")
    return expert


@transactional
def _open(actor: Actor, proposal: Proposal, reason: str, received: list[Received]) -> ChangeRequest:
    one_at_a_time(f"cases of expert {actor.expert_id}")
    expert = _may_propose(actor)
    if expert.version != proposal.version:
        raise Conflict("资料在您填写期间有变化，请核对最新内容后再提交；您刚才填写的内容仍在下面。")
    departments = {one.id: one for one in approving(expert.id)}
    only = next(iter(departments)) if len(departments) == 1 else None
    department = departments.get(proposal.department_id or only or 0)
    if department is None:
        raise Invalid("请选择由哪个审批部门处理。", field="department")
    items = change_values.differing(expert, proposal.values, proposal.lists)
    if not items and proposal.photo is None:
        raise Invalid("没有任何变更。请把需要变更的内容改成新的内容，再提交。")
    request = ChangeRequest(
        expert=expert,
        expert_id=expert.id,
        department_id=department.id,
        organization_id=department.organization_id,
        subject="",
        proposed_by=expert.name,
        reason=reason,
    )
    permissions.require(actor, ChangeAction.PROPOSE, request)
    db.session.add(request)
    db.session.flush()
    files = [one.row(expert.id, request.id) for one in received]
    db.session.add_all(files)
    db.session.flush()
    for photo in files:
        if photo.kind is AttachmentKind.NEW_PHOTO:
            former = profiles.photo_of(expert.id)
            old = former.filename if former else ""
            items.append(ChangeItem(field=PHOTO, label="照片", value=photo.id, old=old, new=photo.filename))
    request.items = items
    request.subject = "、".join(item.label for item in items)[:SUBJECT_LENGTH]
    form_drafts.sent(actor, DraftOf.CHANGE)
    notices.change_proposed(request)
    audit(actor, ChangeAction.PROPOSE.label, subject_of(request), {"items": request.subject})
    return request


@transactional
def take_back(actor: Actor, request_id: int, version: int | None = None) -> None:
    """撤回: nothing is changed. Raises ``NotFound`` (R5), ``Conflict`` where it is not open any more."""
    request = own(actor, request_id)
    end(request, ChangeAction.TAKE_BACK, actor, version)
    notices.change_taken_back(request)
    audit(actor, ChangeAction.TAKE_BACK.label, subject_of(request))


def end(request: ChangeRequest, action: ChangeAction, actor: Actor, version: int | None) -> None:
    """Moves an open request to its last state, in the caller's transaction: the only writer of a state.

    ``version`` is the one that the actor saw. Raises ``NotAllowed``, also where a 委托 has ended meanwhile, and
    ``Conflict`` saying what happened meanwhile.
    """
    permissions.require(actor, action, request)
    loan = permissions.loan_for(actor, action, request)
    stale = version is not None and version != request.version
    if stale or request.state is not ChangeState.OPEN:
        raise Conflict(f"该变更申请已被他人处理{_what_happened(request)}。请查看最新情况。")
    result = db.session.execute(
        update(ChangeRequest)
        .where(
            ChangeRequest.id == request.id,
            ChangeRequest.state == ChangeState.OPEN,
            ChangeRequest.version == request.version,
            still_lent(loan),
        )
        .values(
            state=_ENDS[action],
            version=request.version + 1,
            ended_at=now(),
            ended_by_id=actor.user_id,
            ended_by=actor.name,
            ended_place=actor.place,
            principal_id=loan.principal_id if loan else None,
            principal_name=loan.principal_name if loan else None,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(request)
    if result.rowcount != 1:
        if loan is not None and not db.session.scalar(select(still_lent(loan))):
            raise NotAllowed(ended_words(loan, action.label))
        raise Conflict(f"该变更申请刚刚被他人处理{_what_happened(request)}。本次操作没有保存。")


_ENDS = {ChangeAction.DECIDE: ChangeState.DECIDED, ChangeAction.TAKE_BACK: ChangeState.WITHDRAWN}


def _what_happened(request: ChangeRequest) -> str:
    by = f"：{request.who_ended}" if request.ended_by else ""
    return f"{by}，当前状态为“{request.state.label}”"


def own(actor: Actor, request_id: int | str) -> ChangeRequest:
    """One of the actor's own (R5). Raises ``NotFound``."""
    own_alone = ChangeRequest.expert_id == actor.expert_id
    return rows.one(ChangeRequest, request_id, own_alone, joinedload(ChangeRequest.expert))


def open_request(expert_id: int) -> ChangeRequest | None:
    """The one that waits, if any: there is at most one."""
    waiting = (ChangeRequest.expert_id == expert_id) & (ChangeRequest.state == ChangeState.OPEN)
    return db.session.scalars(select(ChangeRequest).where(waiting)).one_or_none()


def of_expert(expert_id: int) -> list[ChangeRequest]:
    """All requests of an expert, the newest first, with their items and files."""
    return list(
        db.session.scalars(
            select(ChangeRequest)
            .options(
                joinedload(ChangeRequest.department),
                joinedload(ChangeRequest.organization),
                selectinload(ChangeRequest.items),
                selectinload(ChangeRequest.files),
            )
            .where(ChangeRequest.expert_id == expert_id)
            .order_by(ChangeRequest.id.desc())
        )
    )


def subject_of(request: ChangeRequest) -> str:
    """A request as 操作日志 names it."""
    return f"{ChangeRequest.__label__}#{request.id}"
