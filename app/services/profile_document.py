"""The profile as its readers see it: on screen, in a snapshot (R11), in the Word form.

Built from the declaration of fields alone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.documents.data import Entry, Listing, ProfileData, Section
from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import PROFILE_LISTS, Attachment, Expert, Snapshot
from app.models.columns import all_fields
from app.services import profiles
from app.services.ports import ports

HEADING = "应急管理专家信息登记表"
ATTACHMENT_HEADINGS = ("类别", "文件名", "大小")


def text_of(value: Any) -> str:
    """One value for a reader."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return chinese_date(value)
    if isinstance(value, list):
        return "；".join(map(str, value))
    return str(value)


def fixed_entries(expert: Expert) -> list[tuple[str, str]]:
    """Label and value of what the expert cannot change in the form."""
    return [(field.label, text_of(getattr(expert, name))) for name, field in all_fields(Expert).items() if field.fixed]


def parts_of(expert: Expert) -> tuple[Section | Listing, ...]:
    """The declared sections, then the lists."""
    sections: dict[str, list[Entry]] = {}
    for name, field in all_fields(Expert).items():
        entry = Entry(field.label, text_of(getattr(expert, name)), field.wide)
        sections.setdefault(field.section, []).append(entry)
    parts: list[Section | Listing] = [Section(title, tuple(entries)) for title, entries in sections.items()]
    for name, found in profiles.listed_rows(expert.id).items():
        model = PROFILE_LISTS[name]
        declared = all_fields(model)
        parts.append(
            Listing(
                model.__label__,
                tuple(field.label for field in declared.values()),
                tuple(tuple(text_of(getattr(row, key)) for key in declared) for row in found),
            )
        )
    return tuple(parts)


def attachment_listing(attachments: list[Attachment]) -> Listing:
    """The attachments as a table of the form."""
    return Listing(
        "附件材料",
        ATTACHMENT_HEADINGS,
        tuple((a.kind.label, a.filename, f"{max(1, round(a.size / 1024)):,} KB") for a in attachments),
    )


def profile_data(expert: Expert) -> ProfileData:
    """The present profile, with its photo, for the Word form."""
    photo = profiles.photo_of(expert.id)
    return ProfileData(
        heading=HEADING,
        name=expert.name,
        parts=(*parts_of(expert), attachment_listing(profiles.living_attachments(expert.id))),
        prepared_on=today_in_shanghai(),
        photo=ports().storage.read(photo.digest) if photo else None,
    )


def take_snapshot(expert: Expert) -> Snapshot:
    """The profile as submitted, in the caller's transaction (R11)."""
    attachments = profiles.living_attachments(expert.id)
    photo = profiles.photo_of(expert.id)
    content = {
        "name": expert.name,
        "photo": photo.id if photo else None,
        "attachments": [attachment.id for attachment in attachments],
        "parts": [_as_json(part) for part in parts_of(expert)],
    }
    snapshot = Snapshot(expert_id=expert.id, content=content)
    db.session.add(snapshot)
    return snapshot


def snapshot_parts(snapshot: Snapshot) -> tuple[Section | Listing, ...]:
    """What ``take_snapshot`` kept, as the same parts."""
    return tuple(_from_json(part) for part in snapshot.content["parts"])


def snapshot_attachments(snapshot: Snapshot) -> list[Attachment]:
    """The files as submitted, among them any removed since."""
    ids = snapshot.content["attachments"]
    return list(db.session.scalars(select(Attachment).where(Attachment.id.in_(ids)).order_by(Attachment.id)))


def _as_json(part: Section | Listing) -> dict[str, Any]:
    if isinstance(part, Section):
        return {"title": part.title, "entries": [[e.label, e.value, e.wide] for e in part.entries]}
    return {"title": part.title, "headings": list(part.headings), "rows": [list(row) for row in part.rows]}


def _from_json(part: dict[str, Any]) -> Section | Listing:
    if "entries" in part:
        return Section(part["title"], tuple(Entry(*entry) for entry in part["entries"]))
    return Listing(part["title"], tuple(part["headings"]), tuple(tuple(row) for row in part["rows"]))
