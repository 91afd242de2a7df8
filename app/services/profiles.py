"""The expert's profile: saving, what is missing, what is locked (R8-R11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from app.domain.errors import Conflict, Invalid
from app.domain.states import ApplicationStatus, CertificateStatus
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import (
    PROFILE_LISTS,
    Application,
    Attachment,
    AttachmentKind,
    Certificate,
    Expert,
)
from app.models.columns import all_fields
from app.models.types import now
from app.policies.actor import Actor
from app.services import form_drafts, profile_history, profile_values, rows, texts
from app.services.audit import audit
from app.services.form_drafts import DraftOf
from app.services.profile_values import Rows, is_blank, listed_rows
from app.services.unit_of_work import transactional

LOCKED = "审核已通过，资料不能再修改；如需修改，请提交变更申请，由审批部门处理。"
EVIDENCE = (AttachmentKind.CONSENT, AttachmentKind.STATEMENT)
FOR_REQUESTS = (AttachmentKind.EVIDENCE, AttachmentKind.NEW_PHOTO)
"""Files of a 变更申请: no part of the profile."""
APART = (AttachmentKind.PHOTO, *FOR_REQUESTS)
"""What is none of 附件材料."""


def own(actor: Actor) -> Expert:
    """The actor's own profile (R5). Raises ``NotFound``."""
    return rows.one(Expert, actor.expert_id, Expert.user_id == actor.user_id, selectinload(Expert.specialities))


def living_attachments(expert_id: int) -> list[Attachment]:
    """The expert's files that were not removed; the photo and what belongs to a 变更申请 apart."""
    return [file for file in _living_files(expert_id) if file.kind not in APART]


def photo_of(expert_id: int) -> Attachment | None:
    """The photo, the newest one."""
    return next((f for f in reversed(_living_files(expert_id)) if f.kind is AttachmentKind.PHOTO), None)


def _living_files(expert_id: int) -> list[Attachment]:
    living = select(Attachment).where(Attachment.expert_id == expert_id, Attachment.removed_at.is_(None))
    return list(db.session.scalars(living.order_by(Attachment.kind, Attachment.id)))


def is_locked(expert_id: int) -> bool:
    """R10: from a department's approval until every certificate has ended."""
    return bool(approving_departments(expert_id))


def approving_departments(expert_id: int) -> set[int]:
    """The ids of the departments whose approval shuts the profile: not filed yet, or its certificate has not ended."""
    today = today_in_shanghai()
    approved = select(Application.department_id).where(
        Application.expert_id == expert_id, Application.status == ApplicationStatus.PENDING_FILING
    )
    certified = select(Certificate.department_id).where(
        Certificate.expert_id == expert_id,
        Certificate.status == CertificateStatus.VALID,
        or_(Certificate.valid_to.is_(None), Certificate.valid_to >= today),
    )
    return set(db.session.scalars(approved.union(certified)))


def missing(expert: Expert) -> list[str]:
    """The labels of what must be filled before 申报 and is not (R8, R9), in the order of the form."""
    labels = [
        field.label for name, field in all_fields(Expert).items() if field.required and is_blank(getattr(expert, name))
    ]
    kinds = {file.kind for file in _living_files(expert.id)}
    if AttachmentKind.PHOTO not in kinds:
        labels.append("照片")
    if kinds.isdisjoint(EVIDENCE):
        labels.append("单位同意申报材料（加盖公章的扫描件），无工作单位的上传情况说明")
    return labels


def completeness(missing: Sequence[str]) -> int:
    """How much of what must be filled is filled, in percent, where ``missing`` is not."""
    needed = sum(field.required for field in all_fields(Expert).values()) + 2
    return round(100 * (needed - len(missing)) / needed)


@transactional
def save(actor: Actor, values: dict[str, Any], lists: Rows, *, version: int, draft: bool) -> None:
    """Writes what the form holds.

    ``values`` by field name (``region`` a code, ``specialities`` ids), ``lists`` by table name. A
    draft may lack required fields; otherwise each missing one is named (R8). Raises ``Conflict``
    where the profile was saved elsewhere meanwhile or is locked (R10), ``Invalid`` for bad values.
    """
    expert = own(actor)
    if is_locked(expert.id):
        raise Conflict(LOCKED)
    if expert.version != version:
        raise Conflict("资料已在别处保存过，请核对最新内容后再保存；您刚才填写的内容仍在下面。")
    declared = all_fields(Expert)
    for name in values:
        if declared[name].fixed:
            raise Invalid(f"{declared[name].label}不能在此修改。", field=name)
    changed = change(expert, values, lists)
    form_drafts.sent(actor, DraftOf.PROFILE)
    if not draft:
        gaps = [
            declared[name].label for name in declared if declared[name].required and is_blank(getattr(expert, name))
        ]
        if gaps:
            raise Invalid("请填写：" + "、".join(gaps) + "。也可以先“暂存草稿”。")
    if changed:
        audit(actor, "修改资料", f"专家#{expert.id}", {"changes": changed})
        profile_history.note(actor, expert, "修改资料", changed)


def change(expert: Expert, values: Mapping[str, Any], lists: Rows) -> list[dict[str, str]]:
    """Writes values and lists, in the caller's transaction: every change of a profile comes through here.

    Gives what changed as 操作日志 keeps it. Raises ``Invalid`` naming the field.
    """
    before = _recorded(expert)
    profile_values.write(expert, values, lists)
    # The row is written, and its version raised, even where only lists or links have changed.
    expert.updated_at = now()
    db.session.flush()
    return texts.changes(before, _recorded(expert))


def _recorded(expert: Expert) -> dict[str, str]:
    """The profile as 操作日志 keeps it: its fields, and each list as one text, a line for a row."""
    lists = {
        PROFILE_LISTS[name].__label__: "\n".join("，".join(filter(None, texts.recorded(row).values())) for row in found)
        for name, found in listed_rows(expert.id).items()
    }
    return texts.recorded(expert) | lists
