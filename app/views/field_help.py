"""What is asked of each field of a profile, by its declaration: for beside the field, and as a chapter of the help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Date, Integer, inspect

from app.domain.values import TEXT_LENGTH
from app.models import PROFILE_LISTS, Expert
from app.models.columns import Field, all_fields
from app.views.markdown import anchor

CHAPTER, TITLE = "fields", "附录：资料填写要求"
CHOICES_SAID = 12
"""Longer lists of choices are counted, not said."""


class Hint(NamedTuple):
    """``rules`` are sentences; ``heading`` is the field's in the chapter, and ``address`` leads there."""

    heading: str
    rules: str

    @property
    def address(self) -> str:
        """Of the field's place in the manual."""
        return f"/help/{CHAPTER}#{anchor(self.heading)}"


@cache
def hints(model: type[Any] = Expert) -> Mapping[str, Hint]:
    """Name to hint, of each declared field of a profile or of one of its lists."""
    before = f"{model.__label__}：" if model is not Expert else ""
    return {
        name: Hint(before + field.label, "".join(_rules(model, field))) for name, field in all_fields(model).items()
    }


@cache
def row_hints() -> Mapping[str, Mapping[str, Hint]]:
    """The hints of each list of a profile."""
    return {name: hints(model) for name, model in PROFILE_LISTS.items()}


def chapter() -> str:
    """The chapter, as Markdown."""
    parts: dict[str, list[Hint]] = {}
    for name, field in all_fields(Expert).items():
        parts.setdefault(field.section, []).append(hints()[name])
    for model in PROFILE_LISTS.values():
        parts[model.__label__] = [*hints(model).values()]
    text = [f"# {TITLE}", "填写资料时，点各项旁边的“?”也可以看到这里的要求。"]
    for title, found in parts.items():
        text += [f"## {title}", *(f"### {hint.heading}\n\n{hint.rules}" for hint in found)]
    return "\n\n".join(text)


def _rules(model: type[Any], field: Field) -> Iterator[str]:
    yield "必填。" if field.required else "选填。"
    yield _kind(model, field)
    if field.help:
        yield field.help
    if field.fixed:
        yield "注册时确定，不能在“基本信息”中直接修改。"


def _kind(model: type[Any], field: Field) -> str:
    relations = inspect(model).relationships
    if field.name in relations:
        several = "，可以选多项" if relations[field.name].uselist else ""
        return f"输入几个字查找，再从列表中选择{several}。"
    if field.choices:
        said = "、".join(field.choices) if len(field.choices) <= CHOICES_SAID else f"共 {len(field.choices)} 项"
        return f"从列表中选择：{said}。"
    kind = getattr(model, field.name).type
    if isinstance(kind, Date):
        return "年月日，如“2026-11-24”，可以输入，也可以在日历中选。"
    if isinstance(kind, Integer):
        return f"整数，{field.low} 至 {field.high}。"
    return f"不超过 {field.max_length or TEXT_LENGTH} 个字。"
