"""A page of Chinese with its words in English.

Only the texts that people see or hear are put anew, each as text and never as markup; every tag, address and value that
is sent stays as the page had it. What has a ``lang`` of its own or ``translate="no"`` is left alone, and so is what
somebody is writing: the content of a text box.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from html.parser import HTMLParser

from app.english.catalogue import CHINESE, HAN

READ_OUT = frozenset(
    {
        "title", "placeholder", "alt", "label", "aria-label", "aria-description", "aria-valuetext", "data-label",
        "data-confirm", "data-confirm-title", "data-ok", "data-default", "data-more", "data-less", "data-text",
        "data-pick-first", "data-narrow", "data-fresh", "data-failed", "data-wait", "data-title",
    }
)  # fmt: skip
"""Attributes that are shown or read out; so are those whose names begin with ``SAID``."""
SAID = "data-say-"
BUTTONS = frozenset({"submit", "button", "reset"})
SILENT = frozenset({"script", "style", "textarea"})
FLOWING = frozenset({"a", "abbr", "b", "code", "em", "kbd", "span", "strong", "time"})
"""Elements within a line: words on both sides of their tags need a blank between them, as Chinese ones do not."""
EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "use", "path", "col", "source", "wbr"})


class EnglishPage(HTMLParser):
    """Reads a page and writes it anew into ``out``, each text as ``say`` has it."""

    def __init__(self, say: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self._say = say
        self._text: list[str] = []
        self._left_alone = ""
        self._depth = 0
        self._silent = False
        self._before = ""
        self._opened = ("", -1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag, with those of its attributes that are read out in English."""
        self._end_text()
        if tag not in FLOWING:
            self._before = ""
        raw = self.get_starttag_text() or ""
        given = dict(attrs)
        if self._left_alone:
            self._depth += tag == self._left_alone
        elif tag == "html":
            raw = raw.replace('lang="zh-CN"', 'lang="en"')
        elif tag not in EMPTY and ("lang" in given or given.get("translate") == "no"):
            self._left_alone, self._depth = tag, 1
        elif CHINESE.search(unescape(raw)):
            raw = self._with_attributes(tag, raw, given)
        self._silent = tag in SILENT
        self._opened = (tag if "lang" not in given else "", len(self.out))
        self.out.append(raw)

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        """A tag as it was; an element whose only content stayed Chinese says so."""
        stays = self._end_text()
        self._silent = False
        opened, place = self._opened
        if stays and opened == tag and place == len(self.out) - 2:
            self.out[place] = f'{self.out[place][:-1]} lang="zh-CN">'
        self._opened = ("", -1)
        if tag not in FLOWING:
            self._before = ""
        if self._left_alone == tag:
            self._depth -= 1
            if not self._depth:
                self._left_alone = ""
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """A part of a text."""
        self._text.append(data)

    def handle_entityref(self, name: str) -> None:
        """A part of a text that has a name."""
        self._text.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """A part of a text that has a number."""
        self._text.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        """A comment, as it was."""
        self._end_text()
        self.out.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        """The document's type, as it was."""
        self.out.append(f"<!{decl}>")

    def finished(self) -> str:
        """The page."""
        self.close()
        self._end_text()
        return "".join(self.out)

    def _end_text(self) -> bool:
        """Writes the text that ends here. Whether it stayed Chinese."""
        raw, self._text = "".join(self._text), []
        if not raw:
            return False
        text = raw
        if not (self._silent or self._left_alone) and CHINESE.search(raw if "&" not in raw else unescape(raw)):
            text = self._in_english(raw)
        self.out.append(text)
        self._before = text[-1]
        return text == raw and not (self._silent or self._left_alone) and HAN.search(raw) is not None

    def _in_english(self, raw: str) -> str:
        said = unescape(raw)
        bare = said.strip()
        found = self._say(bare)
        if found == bare:
            return raw
        head, tail = raw[: len(raw) - len(raw.lstrip())], raw[len(raw.rstrip()) :]
        if not head and self._before.isalnum() and found[:1].isalnum():
            head = " "
        return head + escape(found) + tail

    def _with_attributes(self, tag: str, raw: str, given: dict[str, str | None]) -> str:
        for name, value in given.items():
            is_said = name in READ_OUT or name.startswith(SAID) or (name == "value" and self._is_button(tag, given))
            if value and is_said and CHINESE.search(value) and (found := self._say(value)) != value:
                # A value holds no quotation mark as such: Jinja escapes it.
                raw = re.sub(rf'(\s{name}=)"[^"]*"', lambda given: f'{given[1]}"{escape(found)}"', raw, count=1)
        return raw

    @staticmethod
    def _is_button(tag: str, given: dict[str, str | None]) -> bool:
        return tag == "input" and given.get("type") in BUTTONS and "name" not in given


def in_english(page: str, say: Callable[[str], str]) -> str:
    """``page`` in English, each text as ``say`` has it."""
    reading = EnglishPage(say)
    reading.feed(page)
    return reading.finished()
