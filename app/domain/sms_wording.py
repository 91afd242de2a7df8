"""What messages say: the wordings that the registry begins with, and the rules for changing them.

A wording is text with named placeholders, ``{name}``. Administrators change the text; which placeholders
there are is the program's. Providers approve a wording beforehand and get the values alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

LENGTH = 300
"""Characters of a message at most, with its signature."""

CODE = "code"
"""The placeholder of a verification code."""

_MEANINGS = {
    CODE: "验证码",
    "name": "姓名",
    "title": "聘任名称",
    "number": "聘书编号",
    "former": "原聘书编号",
    "department": "机构和部门",
    "date": "终止日期",
    "days": "可以恢复的天数",
    "duty": "委托事项",
    "starts": "起始日",
    "ends": "截止日",
    "end": "到期日期",
    "counts": "各期限内到期的份数",
    "count": "份数",
    "contents": "导出的列表和条数",
    "result": "结果",
}

_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_CODE_TOUCHED = re.compile(r"[0-9}]\{code\}|\{code\}[0-9{]")
_SIX_DIGITS = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")


@dataclass(frozen=True)
class Wording:
    """What is said for one purpose: the text to begin with, and for each placeholder an example.

    An example has the province's words as placeholders: ``{prefix}``.
    """

    purpose: str
    text: str
    samples: Mapping[str, str]

    def of(self, words: Mapping[str, str]) -> Wording:
        """With examples from the province of these ``words``."""
        return replace(self, samples={name: fill(example, words) for name, example in self.samples.items()})

    @property
    def is_code(self) -> bool:
        """Whether it tells a verification code: without it nobody could log in."""
        return CODE in self.samples

    @property
    def available(self) -> str:
        """The placeholders as they are typed, one after the other."""
        return _listed(self.samples)

    @property
    def explained(self) -> str:
        """The placeholders, each with what it stands for."""
        return "、".join(f"{{{name}}}（{_MEANINGS[name]}）" for name in self.samples)

    def problem(self, text: str, signature: str) -> str | None:
        """What is wrong with ``text`` as this wording, in Chinese; nothing where it will do."""
        used = placeholders(text)
        unknown = [name for name in used if name not in self.samples]
        if unknown:
            return f"没有占位符{_listed(unknown)}，可以使用的是{self.available}。"
        missing = [name for name in self.samples if name not in used]
        if missing:
            return f"缺少占位符{_listed(missing)}，须写上{self.available}。"
        if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
            return f"大括号只能用于占位符：{self.available}。"
        if self.is_code and _CODE_TOUCHED.search(text):
            return "{code}的前后不能紧接数字或另一个占位符，否则验证码无法辨认。"
        length = len(render(text, self.samples, signature))
        if length > LENGTH:
            return f"加上签名并代入内容后有{length}个字，不能超过{LENGTH}个字。"
        return None


def _listed(names: Iterable[str]) -> str:
    return "、".join(f"{{{name}}}" for name in names)


def placeholders(text: str) -> tuple[str, ...]:
    """The placeholders of a text, each once, in the order in which they come first: so providers number them."""
    return tuple(dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(text)))


def render(text: str, values: Mapping[str, str], signature: str) -> str:
    """The message: the text with its values, behind the signature. Values are never read for placeholders."""
    return f"【{signature}】{fill(text, values)}"


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its values."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def mask_codes(text: str) -> str:
    """The text without the digits of a verification code: six that stand together, neither more nor fewer."""
    return _SIX_DIGITS.sub("******", text)


def _wordings() -> Iterator[Wording]:
    for purpose in ("专家注册", "登录验证", "更换手机号", "找回密码"):
        yield Wording(purpose, f"验证码{{code}}，用于{purpose}，10分钟内有效。请勿告诉他人。", {CODE: "123456"})
    name = {"name": "张三"}
    number = "{prefix}20201015001"
    yield Wording(
        "聘书生成",
        "{name}同志，您已被聘为{title}专家，聘书编号{number}，请登录系统查看、打印聘书。",
        {**name, "title": "{level}化工-防爆", "number": number},
    )
    department = {"department": "{office}{reviewing}"}
    for purpose, text in (
        ("申报驳回", "您向{department}的申报未通过审核，请登录系统查看理由，修改后可重新申报。"),
        ("退回补正", "您向{department}的申报需要补正，请登录系统查看需要补正的内容，修改后重新提交。"),
        ("申报提交", "您向{department}的申报已提交，等待审核。"),
        ("审核通过", "您向{department}的申报已通过审核，等待备案。"),
        ("备案退回", "您的申报在备案时退回{department}，将重新审核，请等待结果。"),
        ("申报移交", "因机构调整，您的申报改由{department}办理，不需要重新申报。"),
        ("变更申请处理", "您向{department}提出的资料变更申请已处理，请登录系统查看结果。"),
    ):
        yield Wording(purpose, f"{{name}}同志，{text}", {**name, **department})
    yield Wording(
        "聘书终止",
        "{name}同志，您的聘书{number}已于{date}提前终止，请登录系统查看原因。",
        {**name, "number": number, "date": "2026年11月24日"},
    )
    replaced = {"former": number, "number": "{prefix}20261124001"}
    yield Wording(
        "聘书换发",
        "{name}同志，您的聘书{former}已更正换发，新编号{number}，原聘书不再有效，请登录系统查看、打印新聘书。",
        {**name, **replaced},
    )
    end = {**name, "number": number, "end": "2030年10月14日"}
    for purpose, ends in (("聘书到期提醒", "将于{end}到期"), ("聘书到期", "已于{end}到期失效")):
        yield Wording(purpose, f"{{name}}同志，您的聘书{{number}}{ends}，需要继续受聘的，请登录系统申请续聘。", end)
    yield Wording(
        "密码重置",
        "{name}同志，您的登录密码已由工作人员重置，登录后须立即修改。如非本人要求，请联系技术支持。",
        name,
    )
    yield Wording(
        "密码已找回",
        "{name}同志，您的登录密码已通过短信验证码重新设置。如非本人操作，请立即联系技术支持。",
        name,
    )
    yield Wording(
        "账号注销",
        "{name}同志，您的账号已注销。{days}日内可联系技术支持恢复，期满后个人信息将按规定删除。如非本人操作，请立即联系技术支持。",
        {**name, "days": "30"},
    )
    yield Wording(
        "重复注册提醒",
        "{name}同志，有人用您的身份证号或手机号申请注册。您已有账号，请直接登录或找回密码；如非本人操作，请联系技术支持。",
        name,
    )
    # To officials, and about other people: whom it is about is read in the product.
    for purpose, text in (
        ("新申报待审核", "{department}收到新的专家申报，请登录系统审核。"),
        ("补正待审核", "{department}有补正后重新提交的申报，请登录系统审核。"),
        ("备案退回待审核", "{department}有在备案时退回的申报，请登录系统重新审核。"),
        ("申报撤回", "{department}有一项申报已由申报人撤回，不需要再审核。"),
        ("变更申请待处理", "{department}收到专家的资料变更申请，请登录系统处理。"),
        ("待备案", "{department}审核通过的申报等待备案，请登录系统备案。"),
    ):
        yield Wording(purpose, text, department)
    duty = {**department, "duty": "审核"}
    yield Wording(
        "受托告知",
        "{department}的{duty}自{starts}至{ends}委托给您办理，请登录系统查看。",
        {**duty, "starts": "2026年11月24日", "ends": "2026年11月30日"},
    )
    yield Wording("委托结束", "委托您办理的{department}的{duty}已提前结束，请登录系统查看。", duty)
    yield Wording("聘书换发告知", "{department}审核的聘书{former}已换发，新编号{number}。", {**department, **replaced})
    yield Wording(
        "部门聘书到期提醒",
        "{department}有聘书快要到期：{counts}，请登录系统查看。",
        {**department, "counts": "90日内8份，其中30日内3份、7日内1份"},
    )
    yield Wording(
        "聘书导出",
        "{name}同志，您导出的{count}份聘书{result}，请登录系统查看。",
        {**name, "count": "200", "result": "已生成"},
    )
    yield Wording(
        "列表导出",
        "{name}同志，您导出的“{contents}”{result}，请登录系统查看。",
        {**name, "contents": "专家信息，1234名专家", "result": "已生成"},
    )
    yield Wording("专家导入", "{name}同志，您上传的专家导入表{result}，请登录系统查看。", {**name, "result": "已检查"})
    yield Wording("反馈答复", "{name}同志，您的意见反馈已有答复，请登录系统查看。", name)
    yield Wording("新意见反馈", "{name}提交了意见反馈，请登录系统答复。", name)


WORDINGS: Mapping[str, Wording] = MappingProxyType({wording.purpose: wording for wording in _wordings()})
"""By purpose, in the order of the screen."""
