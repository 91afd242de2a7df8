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
    """``rules`` are sentences; ``heading`` is that of the field, and of its place in its ``chapter`` of the manual."""

    heading: str
    rules: str
    chapter: str = CHAPTER
    part: str = ""
    """The heading that it stands under, where that is another."""

    @property
    def address(self) -> str:
        """Of the field's place in the manual."""
        return f"/help/{self.chapter}#{anchor(self.part or self.heading)}"


OTHERS = {
    "account": Hint("账号", "专家填写身份证号或手机号，工作人员填写用户名。", "expert", "登录"),
    "sms_code": Hint(
        "短信验证码",
        "6 位数字，发到填写的手机号，10 分钟内有效，输错 5 次后作废。同一手机号 1 分钟内只能获取 1 次。",
        *("faq", "收不到验证码怎么办？"),
    ),
    "second": Hint("动态口令", "验证器应用上显示的 6 位数字；手机不在身边时，填写一个恢复码。", "staff"),
    "change_reason": Hint("变更理由", "写明改哪一项、为什么改，供处理部门核对。", "expert", "审核通过后申请变更"),
    "evidence": Hint(
        "证明材料", "能证明新内容的文件，如新的身份证、职称证书、单位证明。", "expert", "审核通过后申请变更"
    ),
    "review_reason": Hint(
        "理由", "不超过 500 字。退回补正的，专家改后重新提交这一件；驳回的，专家可以另行申报。", "staff", "审核"
    ),
    "termination_reason": Hint("终止原因", "专家会看到，并留在审核历史里。终止以后不能恢复。", "staff", "提前终止"),
    "reissue_reason": Hint("换发理由", "写明原聘书错在哪里。专家会看到，并留在审核历史里。", "staff", "换发"),
}
"""Of fields that no profile has. The login's password has none: one would come between account and password by Tab."""


@cache
def hints() -> Mapping[str, Hint]:
    """Name to hint, of each declared field of a profile."""
    return _hints_of(Expert)


@cache
def row_hints() -> Mapping[str, Mapping[str, Hint]]:
    """The hints of each list of a profile."""
    return {name: _hints_of(model, f"{model.__label__}：") for name, model in PROFILE_LISTS.items()}


def chapter() -> str:
    """The chapter, as Markdown."""
    parts: dict[str, list[Hint]] = {}
    for name, field in all_fields(Expert).items():
        parts.setdefault(field.section, []).append(hints()[name])
    for name, model in PROFILE_LISTS.items():
        parts[model.__label__] = [*row_hints()[name].values()]
    text = [f"# {TITLE}", "填写资料时，点各项旁边的“?”也可以看到这里的要求。"]
    for title, found in parts.items():
        text += [f"## {title}", *(f"### {hint.heading}\n\n{hint.rules}" for hint in found)]
    return "\n\n".join(text)


def _hints_of(model: type[Any], before: str = "") -> Mapping[str, Hint]:
    declared = all_fields(model).items()
    return {name: Hint(before + field.label, "".join(_rules(model, field))) for name, field in declared}


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
