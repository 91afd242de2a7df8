"""What is posted: a saved expert, a login. The pages that lead there take no part in the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from itertools import count
from typing import Any

from benchmarks.peers.asking import Answer, Browser, successful

EMPLOYER = "employer"
_NOT_SENT = ("submit", "button", "file", "reset", "image")


class _Form(HTMLParser):
    """The fields of the one form that has a field of the wanted name, as a browser would send them."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted, self.found = wanted, dict[str, list[str]]()
        self._fields: dict[str, list[str]] = {}
        self._select, self._text = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._fields = {}
        elif tag == "select":
            self._select = name
            self._fields.setdefault(name, [])
        elif tag == "option" and self._select and "selected" in given:
            self._fields[self._select].append(given.get("value", ""))
        elif tag == "textarea":
            self._text = name
            self._fields[name] = [""]
        elif tag == "input" and name and self._is_sent(given):
            self._fields.setdefault(name, []).append(given.get("value", ""))

    @staticmethod
    def _is_sent(given: Mapping[str, str]) -> bool:
        kind = given.get("type")
        return "checked" in given if kind in ("checkbox", "radio") else kind not in _NOT_SENT

    def handle_data(self, data: str) -> None:
        if self._text:
            # HTML has the line that follows the tag be none of the value.
            self._fields[self._text][0] += data.removeprefix("\n") if not self._fields[self._text][0] else data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.wanted in self._fields:
            self.found = self._fields
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = ""


def form_with(body: str, wanted: str) -> dict[str, list[str]]:
    """The fields of the form in ``body`` that has the field ``wanted``. Raises RuntimeError where there is none."""
    parser = _Form(wanted)
    parser.feed(body)
    if not parser.found:
        raise RuntimeError(f"no form with {wanted}")
    return parser.found


def saving(browser: Browser, address: str, statements: list[str], **also: str) -> Callable[[], Answer]:
    """A deed: the expert's form at ``address`` is opened, and sent with another employer.

    Raises RuntimeError where the form does not show the employer afterwards.
    """
    turn = count(1)

    def save() -> Answer:
        employer = f"第{next(turn)}地质勘察院"
        fields = form_with(successful(browser.ask(address)).body, EMPLOYER) | {EMPLOYER: [employer]}
        statements.clear()
        answer = successful(browser.ask(address, fields | {name: [value] for name, value in also.items()}), 302)
        ran = statements.copy()
        if employer not in browser.ask(address).body:
            raise RuntimeError(f"{address} was not saved")
        statements[:] = ran
        return answer

    return save


def logging_in(
    browser: Browser, address: str, statements: list[str], form: Callable[[str], Mapping[str, Any]]
) -> Callable[[], Answer]:
    """A deed: the login page is opened by somebody new, and sent with what ``form`` makes of it."""

    def log_in() -> Answer:
        browser.cookies.clear()
        fields = form(successful(browser.ask(address)).body)
        statements.clear()
        return successful(browser.ask(address, fields), 302)

    return log_in
