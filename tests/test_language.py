"""No English is left on a Chinese page, no Chinese on an English one, and no word of the machine's: each page as each role sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select

from app.domain.design import DEFAULT
from app.english.catalogue import HAN, catalogue
from app.english.page import in_english
from app.english.reader import Reader
from app.extensions import db
from app.models import (
    Account,
    Application,
    AppointingBody,
    Attachment,
    Certificate,
    Department,
    Expert,
    FaqEntry,
    Feedback,
    Field,
    Holiday,
    Industry,
    Organization,
    Region,
    SmsMessage,
    SmsTemplate,
    Speciality,
)
from tests.support import route_world
from tests.support.addresses import address
from tests.support.route_table import MAY_ENTER

pytestmark = pytest.mark.one_database

READ_OUT = ("title", "placeholder", "alt", "aria-label", "aria-description", "label", "data-label", "data-confirm")
"""Attributes that are shown or read out."""
EXAMPLE = "2026-10-01至2026-10-07 国庆节 放假 2026-10-10 国庆节 调休上班"
DATA = (
    *(Account, Application, AppointingBody, Attachment, Certificate, Department, Expert, FaqEntry, Feedback, Field),
    *(Holiday, Industry, Organization, Region, SmsMessage, SmsTemplate, Speciality),
)
"""Tables whose texts are names, or what somebody wrote."""
WRITTEN = (
    "已搬家。",
    "昆明市盘龙区北京路 900 号",
    "张*",
    "省化工-防爆专家",
    "应急管理专家库",
    "试",
    DEFAULT.greeting,
    DEFAULT.sentence,
    EXAMPLE,
)
"""More of that sort, from sealed columns, the log, and examples of what is to be typed."""
SILENT = frozenset({"script", "style", "template", "code", "kbd"})
KNOWN = frozenset(
    {
        "Excel",
        "English",
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
QUOTED = re.compile(r"“[^”]*”")
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


def data() -> list[str]:
    """What stands in the registry in Chinese and is no word of the program's, the longest first."""
    rows = (row for model in DATA for row in db.session.scalars(select(model)))
    values = {str(value) for row in rows for value in vars(row).values() if isinstance(value, str | list)}
    return sorted((value for value in {*values, *WRITTEN} if HAN.search(value)), key=len, reverse=True)


def chinese(page: str, known: list[str]) -> Iterator[str]:
    """What is left in Chinese of a page in English, but for data and for what is quoted as the paper has it."""
    reader, left = Reader(catalogue()), set()

    def say(text: str) -> str:
        found = reader.say(text)
        if reader.left(text):
            left.add(" ".join(found.split()))
        return found

    in_english(page, say)
    for text in left:
        rest = reduce(lambda rest, value: rest.replace(value, ""), known, text) if HAN.search(text) else ""
        if HAN.search(QUOTED.sub("", rest)):
            yield text


def test_no_word_of_the_other_language_is_left_on_any_page(app: Flask) -> None:
    world = route_world.world()
    found, pages = [], 0
    known = data()
    for role, browser in route_world.browsers(world, app).items():
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and role in MAY_ENTER[rule.endpoint]:
                answer = browser.get(address(rule, world["ids"]))
                if answer.mimetype == "text/html" and answer.status_code != 302:
                    pages += 1
                    words = [*sorted(english(answer.text)), *chinese(answer.text, known)]
                    found += [(role, rule.endpoint, word) for word in words]
    assert not found, "\n".join(map(str, found))
    assert pages > 200


@pytest.mark.parametrize(
    "said", ["<p>Save</p>", '<input placeholder="Search">', "<td>None</td>", "<a>Not a valid choice</a>"]
)
def test_what_is_english_is_found(said: str) -> None:
    assert english(f"<html><body>{said}</body></html>")
