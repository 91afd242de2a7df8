"""No English is left on a page, and no word of the machine's: each page as each role sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from lxml import html

from tests.support import route_world
from tests.support.addresses import address
from tests.support.route_table import MAY_ENTER

pytestmark = pytest.mark.one_database

READ_OUT = ("title", "placeholder", "alt", "aria-label", "aria-description", "label", "data-label", "data-confirm")
"""Attributes that are shown or read out."""
SILENT = frozenset({"script", "style", "template", "code", "kbd"})
KNOWN = frozenset(
    {
        "Excel",
        "Word",
        "PDF",
        "JPEG",
        "PNG",
        "ZIP",
        "CSV",
        "KB",
        "MB",
        "IP",
        "QQ",
        "TOTP",
        "SHA-256",
        "SMS_123456789",
        "pdf",
        "xlsx",
    }
)
"""Formats and units by the names that people know, and the endings of files."""
CODED = re.compile(r"\{[a-z]+\}|U\+[0-9A-F]{4,5}|[A-Z]{2,5}[-\d]{6,}|staff\d+")
"""Placeholders (each is explained where it is typed), code points, numbers of cases and certificates, user names."""
PREFIX = re.compile(r"[A-Z]{2,5}")
"""The letters that a certificate number of an organization begins with, in the list of 机构."""


def texts(page: str) -> Iterator[str]:
    """What a person meets on a page, but for what is marked as English for those who read it."""
    for element in html.document_fromstring(page).iter():
        if not isinstance(element.tag, str) or element.get("lang") == "en":
            continue
        yield from (element.get(name) or "" for name in READ_OUT)
        yield from (child.tail or "" for child in element)
        if element.tag not in SILENT:
            yield element.text or ""


def english(page: str) -> set[str]:
    """The words of Latin letters on a page that are neither names that people know nor codes."""
    words = {word for text in texts(page) for word in re.findall(r"[A-Za-z][\w-]+", CODED.sub("", text), re.ASCII)}
    return {word for word in words - KNOWN if not PREFIX.fullmatch(word)}


def test_no_english_is_left_on_any_page(app: Flask) -> None:
    world = route_world.world()
    found, pages = [], 0
    for role, browser in route_world.browsers(world, app).items():
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and role in MAY_ENTER[rule.endpoint]:
                answer = browser.get(address(rule, world["ids"]))
                if answer.mimetype == "text/html" and answer.status_code != 302:
                    pages += 1
                    found += [(role, rule.endpoint, word) for word in sorted(english(answer.text))]
    assert not found, found
    assert pages > 200


@pytest.mark.parametrize(
    "said", ["<p>Save</p>", '<input placeholder="Search">', "<td>None</td>", "<a>Not a valid choice</a>"]
)
def test_what_is_english_is_found(said: str) -> None:
    assert english(f"<html><body>{said}</body></html>")
