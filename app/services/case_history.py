"""审核历史 of an expert: what departments decided and what was changed in the profile, merged by time.

To read on the expert's page, and to take away, on paper or as a Word file, masked, and noted in 操作日志.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.documents.data import Listing, ProfileData
from app.domain.validity import SHANGHAI, today_in_shanghai
from app.models import Application, ChangeRequest, Expert, Transition
from app.models.columns import all_fields
from app.policies.actor import Actor
from app.services import change_history, dossier, profile_history
from app.services.audit import audit_apart
from app.services.disclosure import MASKED
from app.services.dossier import Dossier
from app.services.texts import masked, text_of

HEADING = "审核历史"
HEADINGS = ("时间", "编号", "部门", "操作", "办理人", "说明")
_WHO = ("name", "id_number", "mobile", "employer")


@dataclass(frozen=True)
class Entry:
    """One line of the history. ``about`` is the case or the 变更申请; nothing for what is about the expert."""

    at: datetime
    about: Application | ChangeRequest | None
    action: str
    who: str
    text: str

    @property
    def place(self) -> str:
        """The department that it was put to."""
        return f"{self.about.organization.name}{self.about.department.name}" if self.about else ""

    @property
    def number(self) -> str:
        """What people call the case or the request."""
        return self.about.number if self.about else ""

    @property
    def is_request(self) -> bool:
        """Whether it is about a 变更申请."""
        return isinstance(self.about, ChangeRequest)


def entries(found: Dossier) -> list[Entry]:
    """The whole history of an expert, the newest first."""
    lines = [entry for source in _SOURCES for entry in source(found)]
    # What one source tells of one moment keeps its order.
    return sorted(lines, key=lambda entry: entry.at)[::-1]


def _steps(found: Dossier) -> Iterator[Entry]:
    for step in found.steps:
        yield Entry(step.at, step.application, step.action.label, step.who, said(step))


def _changes(found: Dossier) -> Iterator[Entry]:
    for change in found.changes:
        who = _name(change.actor_place, change.actor_name)
        yield Entry(change.at, None, change.action, who, profile_history.said(change))


def _requests(found: Dossier) -> Iterator[Entry]:
    for step in reversed(change_history.steps_of(found.requests)):
        yield Entry(step.at, step.request, step.action.label, step.who, step.said)


_SOURCES: tuple[Callable[[Dossier], Iterator[Entry]], ...] = (_steps, _changes, _requests)
"""Where lines come from, each the oldest first."""


def _name(place: str, name: str) -> str:
    return f"{place} {name}"


def printed(actor: Actor, expert: Expert) -> ProfileData:
    """For a page to print; ``expert`` is one in the actor's scope."""
    audit_apart(actor, "打印审核历史", f"专家#{expert.id}", {"content": MASKED})
    return _data(expert)


def exported(actor: Actor, expert: Expert) -> ProfileData:
    """For the Word file; ``expert`` is one in the actor's scope."""
    audit_apart(actor, "导出审核历史", f"专家#{expert.id}", {"content": MASKED})
    return _data(expert)


def _data(expert: Expert) -> ProfileData:
    rows = tuple(_row(entry) for entry in reversed(entries(dossier.of(expert))))
    return ProfileData(
        heading=HEADING,
        name=expert.name,
        parts=(Listing("专家", *_who(expert)), Listing("办理经过", HEADINGS, rows)),
        prepared_on=today_in_shanghai(),
        note=MASKED,
    )


def _who(expert: Expert) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """One row that tells which expert it is about."""
    declared = [all_fields(Expert)[name] for name in _WHO]
    values = tuple(masked(field, text_of(getattr(expert, field.name))) for field in declared)
    return tuple(field.label for field in declared), (values,)


def _row(entry: Entry) -> tuple[str, ...]:
    when = f"{entry.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return when, entry.number, entry.place, entry.action, entry.who, entry.text


def said(step: Transition) -> str:
    """What stands beside a step: why, and what it marked for correction."""
    reason = f"理由：{step.reason}" if step.reason else ""
    marks = "、".join(mark.words for mark in step.corrections)
    return "\n".join(filter(None, (reason, f"须补正：{marks}" if marks else "")))
