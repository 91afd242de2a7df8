"""What an organization may decide about its letters of appointment: the wording and the look (R17)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from app.domain.errors import Invalid
from app.domain.states import Labelled


class Border(Labelled):
    """What is drawn around the words."""

    FRET = "fret", "回纹边框"
    DOUBLE = "double", "双线边框"
    CORNERS = "corners", "角花边框"


class Accent(Labelled):
    """The colour of the heading and what goes with it."""

    RED = "red", "正红"
    BLUE = "blue", "深蓝"
    GREEN = "green", "墨绿"
    BLACK = "black", "墨色"


SCALES = (80, 90, 100, 110, 120)
"""Percent of the sizes that the words begin with; long words shrink from there."""

_CHOICES: Mapping[str, type[Labelled]] = {"border": Border, "accent": Accent}


@dataclass(frozen=True)
class Design:
    """The wording, with ``{name}``, ``{body}`` and ``{title}`` where the case fills them in, and the look."""

    heading: str = "聘书"
    greeting: str = "{name}同志："
    sentence: str = "经{body}审核批准，聘请你为{title}专家。"
    number_label: str = "证书编号："
    term_label: str = "证书有效期限："
    closing: str = ""
    border: Border = Border.FRET
    accent: Accent = Accent.RED
    scale: int = 100
    qr: bool = True

    def to_json(self) -> str:
        """As one line of JSON, its keys in the order above."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Design:
        """What ``to_json`` wrote, by this version or an earlier one: what that did not know yet has its default."""
        known = {field.name for field in fields(cls)}
        given: dict[str, Any] = {name: value for name, value in json.loads(text).items() if name in known}
        for name, kind in _CHOICES.items():
            if name in given:
                given[name] = {member.value: member for member in kind}[given[name]]
        return cls(**given)


DEFAULT = Design()

LABELS: Mapping[str, str] = {
    "heading": "标题",
    "greeting": "称呼",
    "sentence": "正文",
    "number_label": "编号前的文字",
    "term_label": "有效期前的文字",
    "closing": "结语",
    "border": "边框",
    "accent": "颜色",
    "scale": "字号（%）",
    "qr": "查验二维码",
}

_LENGTHS = {"heading": 12, "greeting": 30, "sentence": 120, "number_label": 20, "term_label": 20, "closing": 60}
_PLACEHOLDERS = {"greeting": {"name"}, "sentence": {"body", "title"}}
_OPTIONAL = {"closing"}
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def check(design: Design) -> None:
    """Raises ``Invalid``, naming the attribute as ``field``, for a wording that a certificate cannot have."""
    for name, length in _LENGTHS.items():
        text: str = getattr(design, name)
        label = LABELS[name]
        if not text.strip():
            if name in _OPTIONAL and not text:
                continue
            raise Invalid(f"请填写{label}。", field=name)
        if len(text) > length:
            raise Invalid(f"{label}不能超过{length}个字。", field=name)
        if not text.isprintable():
            raise Invalid(f"{label}只能是一行文字，不能有换行和控制字符。", field=name)
        _check_placeholders(name, text)
    if design.scale not in SCALES:
        raise Invalid(f"字号只能是 {'、'.join(map(str, SCALES))}。", field="scale")


def _check_placeholders(name: str, text: str) -> None:
    needed = _PLACEHOLDERS.get(name, set())
    found = [match.group(1) for match in _BRACES.finditer(text)]
    label = LABELS[name]
    for one in found:
        if one not in needed:
            shown = "、".join(f"{{{key}}}" for key in sorted(needed)) or "不能有花括号"
            raise Invalid(f"{label}中的花括号只能用于：{shown}。" if needed else f"{label}中{shown}。", field=name)
    for key in sorted(needed):
        if found.count(key) != 1:
            raise Invalid(f"{label}中必须有且只有一处 {{{key}}}。", field=name)
