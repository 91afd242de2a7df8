"""The profile as its readers see it: on screen, in a snapshot (R11), in the Word form.

Built from the declaration of fields alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from app.documents.data import Entry, Listing, ProfileData, Section
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import PROFILE_LISTS, Attachment, Expert, Snapshot
from app.models.columns import Field, all_fields
from app.services import profile_values, profiles
from app.services.ports import ports
from app.services.texts import masked, text_of

Mask = Callable[[str], str]

HEADING = "应急管理专家信息登记表"
ATTACHMENT_HEADINGS = ("类别", "文件名", "大小")


def fixed_entries(expert: Expert) -> list[tuple[str, str]]:
    """Label and value of what the expert cannot change in the form."""
    return [(field.label, text_of(getattr(expert, name))) for name, field in all_fields(Expert).items() if field.fixed]


def parts_of(
    expert: Expert, *, full: bool = False, lists: Mapping[str, list[Any]] | None = None
) -> tuple[Section | Listing, ...]:
    """The declared sections, then the lists; ``full`` without the masks of the declaration.

    ``lists`` are those of the profile where they are at hand, 申报类别 among them, by name.
    """
    at_hand = profile_values.listed_rows(expert.id) if lists is None else lists
    sections: dict[str, list[Entry]] = {}
    for name, field in all_fields(Expert).items():
        value = at_hand[name] if name in at_hand else getattr(expert, name)
        sections.setdefault(field.section, []).append(Entry(field.label, _shown(field, value, full), field.wide))
    parts: list[Section | Listing] = [Section(title, tuple(entries)) for title, entries in sections.items()]
    for name, model in PROFILE_LISTS.items():
        declared = all_fields(model)
        rows = [
            tuple(_shown(field, getattr(row, key), full) for key, field in declared.items()) for row in at_hand[name]
        ]
        parts.append(Listing(model.__label__, tuple(field.label for field in declared.values()), tuple(rows)))
    return tuple(parts)


def _shown(field: Field, value: Any, full: bool) -> str:
    return text_of(value) if full else masked(field, text_of(value))


def attachment_listing(attachments: list[Attachment]) -> Listing:
    """The attachments as a table of the form."""
    return Listing(
        "附件材料",
        ATTACHMENT_HEADINGS,
        tuple((a.kind.label, a.filename, f"{max(1, round(a.size / 1024)):,} KB") for a in attachments),
    )


def profile_data(expert: Expert, *, note: str = "", full: bool = False) -> ProfileData:
    """The present profile, with its photo, for the Word form; ``note`` says who may read it."""
    photo = profiles.photo_of(expert.id)
    return ProfileData(
        heading=HEADING,
        name=expert.name,
        parts=(*parts_of(expert, full=full), attachment_listing(profiles.living_attachments(expert.id))),
        prepared_on=today_in_shanghai(),
        photo=ports().storage.read(photo.digest) if photo else None,
        note=note,
    )


def take_snapshot(expert: Expert) -> Snapshot:
    """The profile as submitted, in the caller's transaction (R11)."""
    attachments = profiles.living_attachments(expert.id)
    photo = profiles.photo_of(expert.id)
    content = {
        "name": expert.name,
        "photo": photo.id if photo else None,
        "attachments": [attachment.id for attachment in attachments],
        "parts": [_as_json(part) for part in parts_of(expert, full=True)],
        "masked": {field.label: name for name, field in all_fields(Expert).items() if field.mask},
    }
    snapshot = Snapshot(expert_id=expert.id, content=content)
    db.session.add(snapshot)
    return snapshot


def snapshot_parts(snapshot: Snapshot, *, full: bool = False) -> tuple[Section | Listing, ...]:
    """What ``take_snapshot`` kept, as the same parts; ``full`` as it was submitted, else masked.

    The snapshot keeps whole values. What is masked is what the declaration says now, and what it said
    when the snapshot was taken, whatever the field is called today.
    """
    parts = tuple(_from_json(part) for part in snapshot.content["parts"])
    return parts if full else tuple(_masked(part, _masks(snapshot)) for part in parts)


def _masks(snapshot: Snapshot) -> dict[str, Mask]:
    """Label to mask. A field that is gone, or has lost its mask, is hidden whole."""
    declared = all_fields(Expert)
    then = {label: declared.get(name) for label, name in snapshot.content.get("masked", {}).items()}
    kept = {label: (field.mask if field is not None else None) or _hide for label, field in then.items()}
    models: tuple[type[Any], ...] = (Expert, *PROFILE_LISTS.values())
    fields = [field for model in models for field in all_fields(model).values()]
    return kept | {field.label: field.mask for field in fields if field.mask is not None}


def _hide(text: str) -> str:
    return "*" * len(text)


def _masked(part: Section | Listing, masks: dict[str, Mask]) -> Section | Listing:
    def hidden(label: str, text: str) -> str:
        return masks[label](text) if text and label in masks else text

    if isinstance(part, Section):
        return Section(part.title, tuple(Entry(e.label, hidden(e.label, e.value), e.wide) for e in part.entries))
    rows = tuple(tuple(map(hidden, part.headings, row)) for row in part.rows)
    return Listing(part.title, part.headings, rows)


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
