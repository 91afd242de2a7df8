"""What a resubmission changed: field by field, list by list, file by file, old and new (R11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from sqlalchemy import select

from app.documents.data import Listing, Section
from app.extensions import db
from app.models import Attachment, Snapshot
from app.services import profile_document

Part = Section | Listing
Cells = dict[str, str]


@dataclass(frozen=True)
class Change:
    """One difference. A blank side is where there was, or is, nothing; a file's side carries its id."""

    section: str
    label: str
    old: str
    new: str
    old_file: int | None = None
    new_file: int | None = None


def between(before: Snapshot, after: Snapshot, *, full: bool = False) -> list[Change]:
    """What differs, in the order of the profile; nothing where nothing changed.

    Whole values are compared, and shown masked as the page is unless ``full``: a change that the mask hides is
    a change all the same. A snapshot that was erased (注销) differs from nothing.
    """
    if not before.content["parts"] or not after.content["parts"]:
        return []
    old, new = (_parts(snapshot, full=True) for snapshot in (before, after))
    old_shown, new_shown = (_parts(snapshot, full=full) for snapshot in (before, after))
    found: list[Change] = []
    for title in {**old, **new}:
        sides = (old.get(title), new.get(title), old_shown.get(title), new_shown.get(title))
        found += _changes(title, *map(_rows, sides), listing=isinstance(new.get(title) or old.get(title), Listing))
    return [*found, *_files(before, after)]


def _parts(snapshot: Snapshot, *, full: bool) -> dict[str, Part]:
    return {part.title: part for part in profile_document.snapshot_parts(snapshot, full=full)}


def _rows(part: Part | None) -> list[Cells]:
    """A section is one row of cells by label, a list as many as it has."""
    if part is None:
        return []
    if isinstance(part, Section):
        return [{entry.label: entry.value for entry in part.entries}]
    return [dict(zip(part.headings, row, strict=True)) for row in part.rows]


def _changes(
    title: str, old: list[Cells], new: list[Cells], old_shown: list[Cells], new_shown: list[Cells], *, listing: bool
) -> Iterator[Change]:
    for was, now in _pairs(old, new) if listing else [(0 if old else None, 0 if new else None)]:
        old_row, new_row = ({} if n is None else rows[n] for rows, n in ((old, was), (new, now)))
        old_text, new_text = ({} if n is None else rows[n] for rows, n in ((old_shown, was), (new_shown, now)))
        number = was if now is None else now
        where = f"第{(number or 0) + 1}条"
        if listing and (was is None or now is None):
            yield Change(title, where, _line(old_text), _line(new_text))
            continue
        for label in {**old_row, **new_row}:
            if old_row.get(label, "") != new_row.get(label, ""):
                shown = f"{where} · {label}" if listing else label
                yield Change(title, shown, old_text.get(label, ""), new_text.get(label, ""))


def _pairs(old: list[Cells], new: list[Cells]) -> Iterator[tuple[int | None, int | None]]:
    """The rows that differ, each with the one in whose place it stands, or with nothing."""
    left, right = ([tuple(row.items()) for row in rows] for rows in (old, new))
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag != "equal":
            yield from zip_longest(range(first, last), range(begin, end))


def _line(cells: Cells) -> str:
    return "，".join(filter(None, cells.values()))


def _files(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Files by what they are and hold: one that was taken out and put in again has not changed."""
    photos = [snapshot.content["photo"] for snapshot in (before, after)]
    named = [*photos, *before.content["attachments"], *after.content["attachments"]]
    wanted = [file_id for file_id in named if file_id is not None]
    found = {file.id: file for file in db.session.scalars(select(Attachment).where(Attachment.id.in_(wanted)))}
    old, new = (
        {_key(found[number]): found[number] for number in snapshot.content["attachments"] if number in found}
        for snapshot in (before, after)
    )
    was, now = (found.get(number) for number in photos)
    if (was.digest if was else None) != (now.digest if now else None):
        yield _file_change("照片", was, now)
    for key in {**old, **new}:
        if key not in new or key not in old:
            yield _file_change("附件", old.get(key), new.get(key))


def _key(file: Attachment) -> tuple[str, str, str]:
    return file.kind, file.filename, file.digest


def _file_change(section: str, was: Attachment | None, now: Attachment | None) -> Change:
    either = now or was
    assert either is not None
    return Change(
        section,
        either.kind.label,
        was.filename if was else "",
        now.filename if now else "",
        was.id if was else None,
        now.id if now else None,
    )
