"""The expert's profile: saving, what is missing, what is locked (R8-R11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
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
    Region,
    Speciality,
)
from app.models.columns import all_fields
from app.models.types import now
from app.policies.actor import Actor
from app.services import profile_history, rows, texts
from app.services.audit import audit
from app.services.unit_of_work import transactional

LOCKED = "审核已通过，资料不能再修改；如需修改，请向审批部门提交材料。"
EVIDENCE = (AttachmentKind.CONSENT, AttachmentKind.STATEMENT)
ROWS_AT_MOST = 50
"""Rows of one list of the profile."""

Rows = dict[str, list[dict[str, Any]]]


def own(actor: Actor) -> Expert:
    """The actor's own profile (R5). Raises ``NotFound``."""
    return rows.one(Expert, actor.expert_id, Expert.user_id == actor.user_id, selectinload(Expert.specialities))


def listed_rows(expert_id: int) -> dict[str, list[Any]]:
    """The rows of each list of the profile, by table name, in the expert's order."""
    return {
        name: list(
            db.session.scalars(select(model).where(model.expert_id == expert_id).order_by(model.position, model.id))
        )
        for name, model in PROFILE_LISTS.items()
    }


def living_attachments(expert_id: int) -> list[Attachment]:
    """The expert's files that were not removed; the photo apart."""
    return [file for file in _living_files(expert_id) if file.kind is not AttachmentKind.PHOTO]


def photo_of(expert_id: int) -> Attachment | None:
    """The photo, the newest one."""
    return next((f for f in reversed(_living_files(expert_id)) if f.kind is AttachmentKind.PHOTO), None)


def _living_files(expert_id: int) -> list[Attachment]:
    living = select(Attachment).where(Attachment.expert_id == expert_id, Attachment.removed_at.is_(None))
    return list(db.session.scalars(living.order_by(Attachment.kind, Attachment.id)))


def is_locked(expert_id: int) -> bool:
    """R10: from a department's approval until every certificate has ended."""
    today = today_in_shanghai()
    approved = select(Application.id).where(
        Application.expert_id == expert_id, Application.status == ApplicationStatus.PENDING_FILING
    )
    certified = select(Certificate.id).where(
        Certificate.expert_id == expert_id,
        Certificate.status == CertificateStatus.VALID,
        or_(Certificate.valid_to.is_(None), Certificate.valid_to >= today),
    )
    found = db.session.scalar(select(func.count()).select_from(approved.union_all(certified).subquery()))
    return bool(found)


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


def completeness(expert: Expert) -> int:
    """How much of what must be filled is filled, in percent."""
    needed = sum(field.required for field in all_fields(Expert).values()) + 2
    return round(100 * (needed - len(missing(expert))) / needed)


def is_blank(value: Any) -> bool:
    """Nothing, blanks, or an empty list; a zero is something."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


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
    before = _recorded(expert)
    for name, value in values.items():
        if declared[name].fixed:
            raise Invalid(f"{declared[name].label}不能在此修改。", field=name)
        _assign(expert, name, value)
    _replace_lists(expert.id, lists)
    # The row is written, and its version raised, even where only lists or links have changed.
    expert.updated_at = now()
    db.session.flush()
    if not draft:
        gaps = [
            declared[name].label for name in declared if declared[name].required and is_blank(getattr(expert, name))
        ]
        if gaps:
            raise Invalid("请填写：" + "、".join(gaps) + "。也可以先“暂存草稿”。")
    changed = texts.changes(before, _recorded(expert))
    if changed:
        audit(actor, "修改资料", f"专家#{expert.id}", {"changes": changed})
        profile_history.note(actor, expert, "修改资料", changed)


def _recorded(expert: Expert) -> dict[str, str]:
    """The profile as 操作日志 keeps it: its fields, and each list as one text, a line for a row."""
    lists = {
        PROFILE_LISTS[name].__label__: "\n".join("，".join(filter(None, texts.recorded(row).values())) for row in found)
        for name, found in listed_rows(expert.id).items()
    }
    return texts.recorded(expert) | lists


def _assign(expert: Expert, name: str, value: Any) -> None:
    if name == "region":
        region = db.session.get(Region, value) if value else None
        if value and (region is None or region.level == 0):
            raise Invalid("请选择所在的州市和县区。", field="region")
        expert.region = region
    elif name == "specialities":
        expert.specialities = _choosable(value, {speciality.id for speciality in expert.specialities})
    else:
        setattr(expert, name, value.strip() or None if isinstance(value, str) else value)


def _choosable(ids: Iterable[int], kept: set[int]) -> list[Speciality]:
    """The specialities with these ids; a retired one may stay and cannot be chosen anew."""
    wanted = set(ids)
    possible = [speciality_id for speciality_id in wanted if 0 < speciality_id <= rows.LARGEST_ID]
    found = list(db.session.scalars(select(Speciality).where(Speciality.id.in_(possible)).order_by(Speciality.id)))
    refused = [speciality.name for speciality in found if speciality.retired and speciality.id not in kept]
    if refused:
        raise Invalid(f"专业类别“{'、'.join(refused)}”已停用，请另选。", field="specialities")
    if len(found) != len(wanted):
        raise Invalid("请从列表中选择申报类别。", field="specialities")
    return found


def _replace_lists(expert_id: int, lists: Rows) -> None:
    for name, wanted in lists.items():
        model = PROFILE_LISTS[name]
        declared = all_fields(model)
        kept = [row for row in wanted if any(not is_blank(row.get(key)) for key in declared)]
        if len(kept) > ROWS_AT_MOST:
            raise Invalid(f"{model.__label__}最多填写{ROWS_AT_MOST}条。", field=name)
        for number, row in enumerate(kept, 1):
            gaps = [field.label for key, field in declared.items() if field.required and is_blank(row.get(key))]
            if gaps:
                raise Invalid(f"{model.__label__}第{number}条：请填写{'、'.join(gaps)}。", field=name)
            _check_dates(row, f"{model.__label__}第{number}条", name)
        existing = {row.position: row for row in listed_rows(expert_id)[name]}
        for position, row in enumerate(kept):
            target = existing.pop(position, None)
            if target is None:
                target = model(expert_id=expert_id, position=position)
                db.session.add(target)
            for key in declared:
                setattr(target, key, row.get(key))
        for leftover in existing.values():
            db.session.delete(leftover)


def _check_dates(row: dict[str, Any], where: str, name: str) -> None:
    began, ended = row.get("began_on"), row.get("ended_on")
    if isinstance(began, date) and isinstance(ended, date) and ended < began:
        raise Invalid(f"{where}：结束时间不能早于开始时间。", field=name)
