"""Photo and attachments: checked by content, kept by content (R9)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import CompoundSelect, and_, func, or_, select

from app.adapters.filetype import Inspected, inspect_attachment, inspect_photo
from app.adapters.scanner import ScanFailed
from app.domain.errors import Conflict, Invalid
from app.domain.identity import hide_numbers
from app.extensions import db
from app.models import Attachment, AttachmentKind, Certificate, Expert, ExportPart, ImportPart
from app.models.types import now
from app.policies.actor import Actor
from app.policies.scope import visible_attachments
from app.services import profile_history, profiles, rows
from app.services.at_rest import files_at_rest
from app.services.audit import audit, audit_apart
from app.services.ports import ports
from app.services.unit_of_work import transactional

PHOTOS = (AttachmentKind.PHOTO, AttachmentKind.NEW_PHOTO)
FILES_AT_MOST = 30
AT_A_TIME = 10_000
BYTES_AT_MOST = 2 * 1024**3
"""Of one expert's files together, removed ones among them: they stay for the snapshots, and the disk is everybody's."""


@dataclass(frozen=True)
class Received:
    """A file that was found good and lies in the storage; no row names it yet."""

    kind: AttachmentKind
    inspected: Inspected
    digest: str

    def row(self, expert_id: int, change_request_id: int | None = None) -> Attachment:
        """A row that names it, not added yet."""
        return Attachment(
            expert_id=expert_id,
            kind=self.kind,
            # People name scans by ID number; the name is kept and shown in clear.
            filename=hide_numbers(self.inspected.filename),
            content_type=self.inspected.content_type,
            size=len(self.inspected.data),
            digest=self.digest,
            change_request_id=change_request_id,
        )


def upload(actor: Actor, kind: AttachmentKind, data: bytes, filename: str) -> None:
    """Keeps a file of the actor's own.

    Raises ``Conflict`` where locked (R10), and what ``receive`` raises.
    """
    _keep(actor, receive(_unlocked(actor), kind, data, filename))


def receive(expert: Expert, kind: AttachmentKind, data: bytes, filename: str) -> Received:
    """Takes a file of the expert's, before any transaction.

    Raises ``Invalid`` with the reason, ``ScanFailed`` where the scanner for viruses does not answer.
    """
    _refuse_beyond_measure(expert.id, len(data))
    inspected = (inspect_photo if kind in PHOTOS else inspect_attachment)(data, filename)
    refuse_infected(data)
    return Received(kind, inspected, ports().storage.put(inspected.data))


def _refuse_beyond_measure(expert_id: int, size: int) -> None:
    """Before anything is written: what is refused later has its bytes on the disk already."""
    kept = select(func.coalesce(func.sum(Attachment.size), 0)).where(Attachment.expert_id == expert_id)
    if int(db.session.scalar(kept) or 0) + size > BYTES_AT_MOST:
        raise Invalid("您上传过的文件（含已删除的）总量已达上限，不能再上传；确有需要请联系技术支持。", field="file")


def refuse_infected(data: bytes) -> None:
    """Of the file as it came: a picture is kept without what hid in it, and yet whoever sent it is told.

    Raises ``Invalid`` for a virus, ``ScanFailed`` where the scanner does not answer.
    """
    try:
        found = ports().scanner.scan(data)
    except ScanFailed as failure:
        current_app.logger.error("a file was refused, since nobody could scan it: %s", failure)
        raise
    if found is not None:
        raise Invalid(f"文件中发现病毒（{found[:60]}），没有保存。请先杀毒，或换一个文件。", field="file")


@transactional
def _keep(actor: Actor, received: Received) -> None:
    expert, kind = _unlocked(actor), received.kind
    living = profiles.living_attachments(expert.id)
    if kind is not AttachmentKind.PHOTO:
        if len(living) >= FILES_AT_MOST:
            raise Invalid(f"附件最多{FILES_AT_MOST}个，请先删除不需要的。", field="file")
        if any(a.digest == received.digest and a.kind is kind for a in living):
            raise Invalid("该文件已经上传过。", field="file")
    attachment = received.row(expert.id)
    replaced = _retire_photo(expert.id) if kind is AttachmentKind.PHOTO else ""
    db.session.add(attachment)
    db.session.flush()
    audit(actor, "上传附件", f"附件#{attachment.id}", {"kind": kind.label})
    change = {"field": kind.label, "before": replaced, "after": attachment.filename}
    profile_history.note(actor, expert, "上传附件", [change])


def make_photo(attachment: Attachment) -> None:
    """Puts a photo that was proposed in the place of the present one, in the caller's transaction."""
    _retire_photo(attachment.expert_id)
    attachment.kind = AttachmentKind.PHOTO


def _retire_photo(expert_id: int) -> str:
    """Takes the present photo out of the profile; gives its name, "" where there is none."""
    former = profiles.photo_of(expert_id)
    if former is None:
        return ""
    former.removed_at = now()
    return former.filename


@transactional
def remove(actor: Actor, attachment_id: int) -> None:
    """Takes a file out of the profile. Snapshots that name it keep it."""
    expert = _unlocked(actor)
    of_profile = Attachment.kind.not_in(profiles.FOR_REQUESTS)
    attachment = rows.one(Attachment, attachment_id, and_(Attachment.expert_id == expert.id, of_profile))
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
    if attachment.kind not in PHOTOS:
        audit_apart(actor, "打开附件", f"附件#{attachment.id}", {"kind": attachment.kind.label})
    return attachment, data


def named() -> CompoundSelect[str]:
    """The digest of every file that a row needs, one as often as rows name it."""
    held = select(Certificate.digest).join(Expert, Expert.id == Certificate.expert_id)
    held = held.where(or_(Expert.erased_at.is_(None), Expert.retained_until.is_not(None)))
    return select(Attachment.digest).union_all(held, select(ExportPart.digest), select(ImportPart.digest))


def sweep() -> int:
    """Removes files that no row needs, a day after they came. Gives how many.

    Their upload or filing was refused, an export has expired, or whose they were has been erased, certificates and all.
    Raises ``Conflict`` during a backup, which needs every file that was named when it began.
    """
    with files_at_rest("文件清理"):
        rows_naming = db.session.scalars(named(), execution_options={"yield_per": AT_A_TIME})
        return ports().storage.sweep(rows_naming)


def _unlocked(actor: Actor) -> Expert:
    expert = profiles.own(actor)
    if profiles.is_locked(expert.id):
        raise Conflict(profiles.LOCKED)
    return expert
