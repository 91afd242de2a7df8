"""审核历史 of an expert to take away: on paper or as a Word file, masked, and noted in 操作日志."""

from __future__ import annotations

from collections.abc import Iterable

from app.documents.data import Listing, ProfileData
from app.domain.validity import SHANGHAI, today_in_shanghai
from app.models import Expert, Transition
from app.models.columns import all_fields
from app.policies.actor import Actor
from app.services import applications
from app.services.audit import audit_apart
from app.services.disclosure import MASKED
from app.services.texts import masked, text_of

HEADING = "审核历史"
HEADINGS = ("时间", "申报编号", "申报部门", "操作", "办理人", "说明")
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
    steps = reversed(applications.history_of(expert))
    return ProfileData(
        heading=HEADING,
        name=expert.name,
        parts=(Listing("专家", *_who(expert)), Listing("办理经过", HEADINGS, tuple(_rows(steps)))),
        prepared_on=today_in_shanghai(),
        note=MASKED,
    )


def _who(expert: Expert) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """One row that tells which expert it is about."""
    declared = [all_fields(Expert)[name] for name in _WHO]
    values = tuple(masked(field, text_of(getattr(expert, field.name))) for field in declared)
    return tuple(field.label for field in declared), (values,)


def _rows(steps: Iterable[Transition]) -> Iterable[tuple[str, ...]]:
    for step in steps:
        case = step.application
        yield (
            f"{step.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            case.number,
            f"{case.organization.name}{case.department.name}",
            step.action.label,
            step.who,
            said(step),
        )


def said(step: Transition) -> str:
    """What stands beside a step: why, and what it marked for correction."""
    reason = f"理由：{step.reason}" if step.reason else ""
    marks = "、".join(mark.words for mark in step.corrections)
    return "\n".join(filter(None, (reason, f"须补正：{marks}" if marks else "")))
