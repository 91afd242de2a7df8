"""审核历史 of an expert to take away: on paper or as a Word file, masked, and noted in 操作日志."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from app.documents.data import Listing, ProfileData
from app.domain.validity import SHANGHAI, today_in_shanghai
from app.models import Application, ChangeRequest, Expert, Transition
from app.models.columns import all_fields
from app.policies.actor import Actor
from app.services import applications, change_history
from app.services.audit import audit_apart
from app.services.disclosure import MASKED
from app.services.texts import masked, text_of

HEADING = "审核历史"
HEADINGS = ("时间", "编号", "部门", "操作", "办理人", "说明")
_WHO = ("name", "id_number", "mobile", "employer")


def printed(actor: Actor, expert: Expert) -> ProfileData:
    """For a page to print; ``expert`` is one in the actor's scope."""
    audit_apart(actor, "打印审核历史", f"专家#{expert.id}", {"content": MASKED})
    return _data(expert)


def exported(actor: Actor, expert: Expert) -> ProfileData:
    """For the Word file; ``expert`` is one in the actor's scope."""
    audit_apart(actor, "导出审核历史", f"专家#{expert.id}", {"content": MASKED})
    return _data(expert)


def _data(expert: Expert) -> ProfileData:
    rows = sorted(_rows(expert), key=lambda dated: dated[0])
    return ProfileData(
        heading=HEADING,
        name=expert.name,
        parts=(Listing("专家", *_who(expert)), Listing("办理经过", HEADINGS, tuple(row for _, row in rows))),
        prepared_on=today_in_shanghai(),
        note=MASKED,
    )


def _who(expert: Expert) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """One row that tells which expert it is about."""
    declared = [all_fields(Expert)[name] for name in _WHO]
    values = tuple(masked(field, text_of(getattr(expert, field.name))) for field in declared)
    return tuple(field.label for field in declared), (values,)


def _rows(expert: Expert) -> Iterator[tuple[datetime, tuple[str, ...]]]:
    """The steps of the cases and of the 变更申请, each with its time."""
    for step in reversed(applications.history_of(expert)):
        who = f"{step.actor_place} {step.actor_name}"
        yield step.at, _row(step.at, step.application, step.action.label, who, said(step))
    for change in change_history.steps_of(expert):
        yield change.at, _row(change.at, change.request, change.action.label, change.who, change.said)


def _row(at: datetime, about: Application | ChangeRequest, action: str, who: str, words: str) -> tuple[str, ...]:
    when = f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return when, about.number, f"{about.organization.name}{about.department.name}", action, who, words


def said(step: Transition) -> str:
    """What stands beside a step: why, and what it marked for correction."""
    reason = f"理由：{step.reason}" if step.reason else ""
    marks = "、".join(mark.words for mark in step.corrections)
    return "\n".join(filter(None, (reason, f"须补正：{marks}" if marks else "")))
