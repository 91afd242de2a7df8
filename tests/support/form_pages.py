"""A page with a form as a browser understands it: its controls, what stands in them, and what must never be there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lxml import html

from tests.support.bad_strings import SEVEN_TIMES_19181

_TYPED = {"text", "search", "tel", "email", "url", "number", "date", "textarea"}
_SMUGGLED = (
    "//@*[starts-with(name(), 'on')]", "//script[contains(., 'bad(')]", "//xss", "//svg[not(@class)]", "//img[@src='x']",
    "//@*[starts-with(., 'javascript:') and not(name() = 'value')]",
)  # fmt: skip
_ENGLISH = re.compile(r"[A-Za-z]{3,} [A-Za-z]+ [A-Za-z]+")
_CHINESE = re.compile("[\u4e00-\u9fff]{3}")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class Control:
    """One control: ``kind`` is its type, select or textarea; ``length`` its maximum, 0 where it has none."""

    name: str
    kind: str
    value: str
    length: int

    @property
    def is_typed(self) -> bool:
        """Whether a person types text into it that may be seen."""
        return self.kind in _TYPED and self.name != "code"


class Page:
    """An answer in HTML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree: Any = html.document_fromstring(_UNSEEN.sub("", text).encode("utf-8", "replace"), parser=_parser())

    def controls(self, fields: set[str]) -> dict[str, Control]:
        """The controls, by name, of the form that has most of ``fields``; but for its token and buttons."""
        forms = self.tree.xpath("//form[translate(@method, 'POST', 'post') = 'post']")
        found = [
            {c.name: c for c in map(_control, _elements(form)) if c.name not in ("", "csrf_token")} for form in forms
        ]
        return max(found, key=lambda controls: len(fields & controls.keys()), default={})

    def smuggled(self) -> list[str]:
        """What the corpus would have put into the page, had anything not been escaped."""
        found = [path for path in _SMUGGLED if self.tree.xpath(path)]
        return [*found, *([SEVEN_TIMES_19181] if SEVEN_TIMES_19181 in self.text else [])]

    def refusals(self) -> list[str]:
        """The sentences that say what is wrong: beside the fields, at the top, or on a page of their own."""
        classes = ("error-summary", "field-errors", "alert", "error-page")
        path = " | ".join(f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]" for name in classes)
        return [" ".join(element.text_content().split()) for element in self.tree.xpath(path)]

    def is_refused_in_chinese(self) -> bool:
        """Whether it says so in Chinese and in nothing else."""
        said = self.refusals()
        return bool(said) and all(_CHINESE.search(text) and not _ENGLISH.search(text) for text in said)


def _parser() -> Any:
    return html.HTMLParser(encoding="utf-8", huge_tree=True)


def _elements(form: Any) -> list[Any]:
    return list(
        form.xpath(
            ".//input[not(ancestor::template)] | .//select[not(ancestor::template)] | .//textarea[not(ancestor::template)]"
        )
    )


def _control(element: Any) -> Control:
    kind = element.get("type", "text") if element.tag == "input" else element.tag
    value = element.get("value", "") if element.tag == "input" else element.text or ""
    length = element.get("maxlength") or element.get("data-counter") or 0
    return Control(element.get("name", ""), kind, value, int(length))
