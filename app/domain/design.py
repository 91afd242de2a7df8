"""What an organization may decide about its letters of appointment: the wording and the look (R17)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from app.domain.errors import Invalid
from app.domain.states import Labelled
from app.domain.values import unprintable


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

    def facts(self) -> Iterator[tuple[str, Any]]:
        """What is decided, each with its label, in the order above."""
        for field in fields(self):
            yield LABELS[field.name], getattr(self, field.name)

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
                given[name] = next(member for member in kind if member.value == given[name])
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

LENGTHS: Mapping[str, int] = {
    "heading": 12,
    "greeting": 30,
    "sentence": 120,
    "number_label": 20,
    "term_label": 20,
    "closing": 60,
}
"""The wording: attribute to its characters at most."""

_PLACEHOLDERS = {"greeting": ("name",), "sentence": ("body", "title")}
_OPTIONAL = {"closing"}
_LINES = re.compile(r"[\t\n\u2028\u2029]")
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def pieces(wording: str) -> list[tuple[str, str]]:
    """A checked wording as what stands in it, and what is filled in: ``("经", "")``, ``("", "body")``."""
    parts = _BRACES.split(wording)
    return [("", part) if place % 2 else (part, "") for place, part in enumerate(parts) if part]


def problems(design: Design) -> dict[str, str]:
    """Attribute to what is wrong with it, in Chinese; empty where a certificate can read and look so."""
    found = {name: _text_problem(name, getattr(design, name)) for name in LENGTHS}
    if design.scale not in SCALES:
        found["scale"] = f"字号只能是{'、'.join(map(str, SCALES))}。"
    return {name: problem for name, problem in found.items() if problem is not None}


def check(design: Design) -> None:
    """Raises ``Invalid``, naming the attribute as ``field``, for a wording that a certificate cannot have."""
    for name, problem in problems(design).items():
        raise Invalid(problem, field=name)


def departures(design: Design) -> list[tuple[str, str]]:
    """Where the wording is another than R17's: what it is called, and what R17 has there."""
    return [
        (LABELS[name], getattr(DEFAULT, name)) for name in LENGTHS if getattr(design, name) != getattr(DEFAULT, name)
    ]


def _text_problem(name: str, text: str) -> str | None:
    label = LABELS[name]
    if not text.strip():
        return None if name in _OPTIONAL and not text else f"请填写{label}。"
    if len(text) > LENGTHS[name]:
        return f"{label}不能超过{LENGTHS[name]}个字。"
    if unprintable(text) or _LINES.search(text):
        return f"{label}只能是一行文字，不能有换行和控制字符。"
    return _placeholder_problem(name, text)


def _placeholder_problem(name: str, text: str) -> str | None:
    label, needed = LABELS[name], _PLACEHOLDERS.get(name, ())
    found = [match.group(1) for match in _BRACES.finditer(text)]
    if set(found) - {*needed}:
        shown = "、".join(f"{{{key}}}" for key in needed)
        return f"{label}中的花括号只能用于{shown}。" if needed else f"{label}中不能有花括号。"
    for key in needed:
        if found.count(key) != 1:
            return f"{label}中必须有且只有一处 {{{key}}}。"
    return None
