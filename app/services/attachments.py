"""Photo and attachments: checked by content, kept by content (R9)."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import func, or_, select

from app.adapters.filetype import Inspected, inspect_attachment, inspect_photo
from app.adapters.scanner import ScanFailed
from app.domain.errors import Conflict, Invalid
from app.domain.identity import hide_numbers
from app.extensions import db
from app.models import Attachment, AttachmentKind, Certificate, Expert
from app.models.types import now
from app.policies.actor import Actor
from app.policies.scope import visible_attachments
from app.services import profile_history, profiles, rows
from app.services.audit import audit, audit_apart
from app.services.ports import ports
from app.services.unit_of_work import transactional

FILES_AT_MOST = 30
BYTES_AT_MOST = 2 * 1024**3
"""Of one expert's files together, removed ones among them: they stay for the snapshots, and the disk is everybody's."""


def upload(actor: Actor, kind: AttachmentKind, data: bytes, filename: str) -> None:
    """Keeps a file of the actor's own.

    Raises ``Invalid`` with the reason, ``Conflict`` where locked (R10), ``ScanFailed`` where the scanner for
    viruses does not answer.
    """
    _refuse_beyond_measure(actor, len(data))
    inspected = (inspect_photo if kind is AttachmentKind.PHOTO else inspect_attachment)(data, filename)
    _refuse_infected(data)
    digest = ports().storage.put(inspected.data)
    _keep(actor, kind, inspected, digest)


def _refuse_beyond_measure(actor: Actor, size: int) -> None:
    """Before anything is written: what is refused later has its bytes on the disk already."""
    expert = _unlocked(actor)
    kept = select(func.coalesce(func.sum(Attachment.size), 0)).where(Attachment.expert_id == expert.id)
    if int(db.session.scalar(kept) or 0) + size > BYTES_AT_MOST:
        raise Invalid("您上传过的文件（含已删除的）总量已达上限，不能再上传；确有需要请联系技术支持。", field="file")


def _refuse_infected(data: bytes) -> None:
    """Of the file as it came: a picture is kept without what hid in it, and yet whoever sent it is told."""
    try:
        found = ports().scanner.scan(data)
    except ScanFailed as failure:
        current_app.logger.error("a file was refused, since nobody could scan it: %s", failure)
        raise
    if found is not None:
        raise Invalid(f"文件中发现病毒（{found[:60]}），没有保存。请先杀毒，或换一个文件。", field="file")


@transactional
def _keep(actor: Actor, kind: AttachmentKind, inspected: Inspected, digest: str) -> None:
    expert = _unlocked(actor)
    living = profiles.living_attachments(expert.id)
    if kind is not AttachmentKind.PHOTO:
        if len(living) >= FILES_AT_MOST:
            raise Invalid(f"附件最多{FILES_AT_MOST}个，请先删除不需要的。", field="file")
        if any(a.digest == digest and a.kind is kind for a in living):
            raise Invalid("该文件已经上传过。", field="file")
    attachment = Attachment(
        expert_id=expert.id,
        kind=kind,
        # People name scans by ID number; the name is kept and shown in clear.
        filename=hide_numbers(inspected.filename),
        content_type=inspected.content_type,
        size=len(inspected.data),
        digest=digest,
    )
    former = profiles.photo_of(expert.id)
    if kind is AttachmentKind.PHOTO and former is not None:
        former.removed_at = now()
    db.session.add(attachment)
    db.session.flush()
    audit(actor, "上传附件", f"附件#{attachment.id}", {"kind": kind.label})
    replaced = former.filename if kind is AttachmentKind.PHOTO and former is not None else ""
    change = {"field": kind.label, "before": replaced, "after": attachment.filename}
    profile_history.note(actor, expert, "上传附件", [change])


@transactional
def remove(actor: Actor, attachment_id: int) -> None:
    """Takes a file out of the profile. Snapshots that name it keep it."""
    expert = _unlocked(actor)
    attachment = rows.one(Attachment, attachment_id, Attachment.expert_id == expert.id)
    attachment.removed_at = now()
    audit(actor, "删除附件", f"附件#{attachment.id}", {"kind": attachment.kind.label})
    change = {"field": attachment.kind.label, "before": attachment.filename, "after": ""}
    profile_history.note(actor, expert, "删除附件", [change])


def read(actor: Actor, attachment_id: int) -> tuple[Attachment, bytes]:
    """A file in scope, and its bytes. Raises ``NotFound``.

    Opening one stands in 操作日志; a photo is part of its page.
    """
    attachment = rows.one(Attachment, attachment_id, visible_attachments(actor))
    data = ports().storage.read(attachment.digest)
    if attachment.kind is not AttachmentKind.PHOTO:
        audit_apart(actor, "打开附件", f"附件#{attachment.id}", {"kind": attachment.kind.label})
    return attachment, data


def sweep() -> int:
    """Removes files that no row needs, a day after they came. Gives how many.

    Their upload or filing was refused, or whose they were has been erased, certificates and all.
    """
    held = select(Certificate.digest).join(Expert, Expert.id == Certificate.expert_id)
    held = held.where(or_(Expert.erased_at.is_(None), Expert.retained_until.is_not(None)))
    named = select(Attachment.digest).union(held)
    return ports().storage.sweep(db.session.scalars(named))


def _unlocked(actor: Actor) -> Expert:
    expert = profiles.own(actor)
    if profiles.is_locked(expert.id):
        raise Conflict(profiles.LOCKED)
    return expert
