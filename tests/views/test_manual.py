"""The manual: what is looked for is found, links lead somewhere, and each page knows its part."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from lxml import html

from app.models import Expert
from app.views import field_help, manual
from app.views.base import RegistryModelView
from tests.support import people
from tests.support.browser import Browser

pytestmark = pytest.mark.one_database


def places() -> set[str]:
    """Every address in the manual that leads to a chapter or a heading."""
    found = set()
    for key, chapter in manual.chapters().items():
        found |= {f"/help/{key}", *(f"/help/{key}#{name}" for name in re.findall(r'<h[23] id="([^"]+)"', chapter.html))}
    return found


@pytest.mark.usefixtures("app")
def test_every_link_within_the_manual_leads_to_a_part_of_it() -> None:
    dead = []
    for key, chapter in manual.chapters().items():
        for link in re.findall(r'href="((?:/help/|#)[^"]*)"', chapter.html):
            if (unquote(link) if link[0] == "/" else f"/help/{key}{unquote(link)}") not in {*places(), "/help/"}:
                dead.append((key, unquote(link)))
    assert not dead


def test_every_page_leads_to_a_part_that_is_there(app: Flask) -> None:
    assert {f"/help/{part}" for part in (*manual.ABOUT.values(), *manual.PAGES.values())} <= places()
    assert set(manual.PAGES) <= {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_list_has_a_part(app: Flask) -> None:
    views = app.appbuilder.baseviews  # type: ignore[attr-defined]
    lists = {view.__class__.__name__ for view in views if isinstance(view, RegistryModelView)}
    assert lists - {"RegionView"} <= set(manual.ABOUT)


def test_every_field_leads_to_its_own_place(visitor: Browser) -> None:
    every = [
        *field_help.hints().values(),
        *(hint for rows in field_help.row_hints().values() for hint in rows.values()),
    ]
    assert {hint.address for hint in every} <= places()
    assert len({hint.address for hint in every}) == len(every)
    form = visitor.get("/register/").text
    assert [hint.address in form for hint in map(field_help.hints().get, ("name", "id_number", "mobile")) if hint] == [
        True
    ] * 3


def test_every_other_hint_leads_somewhere_and_is_beside_a_field(app: Flask, visitor: Browser) -> None:
    assert {hint.address for hint in field_help.OTHERS.values()} <= places()
    sources = "".join(path.read_text() for path in Path(app.root_path).rglob("*.html"))
    assert set(re.findall(r"hint=hint_of\.(\w+)", sources)) == set(field_help.OTHERS)
    assert f'href="{field_help.OTHERS["sms_code"].address}"' in visitor.get("/password/forgot").text
    for page, part in (("/login/", "登录"), ("/register/", "注册"), ("/password/forgot", "忘记密码"), ("/check/", "")):
        link = f'href="/help/expert#{part}"' if part else 'href="/help/check"'
        assert link in visitor.get(page).text


def test_every_box_of_a_profile_has_its_hint(app: Flask, sign_in: Callable[[Expert], Browser]) -> None:
    page = html.document_fromstring(sign_in(people.expert()).get("/my/profile").text)
    boxes = page.xpath("//form[@data-dirty]//*[@data-field][not(ancestor::template)]")
    assert len(boxes) > 25
    assert not [box.get("data-field") for box in boxes if not box.xpath("./details[contains(@class, 'hint')]//a/@href")]


def test_what_is_looked_for_is_found_with_its_words_marked(visitor: Browser) -> None:
    page = visitor.get(f"/help/?q={quote('生僻字')}").text
    assert f'href="/help/expert#{"注册"}"' in page
    assert "<mark>生僻字</mark>" in page
    first = manual.search("换发")[0]
    assert first.address == "/help/staff#换发"


@pytest.mark.parametrize("typed", ["没有这个词", "<script>", "换发 没有这个词", "\x00", "x" * 1000])
def test_what_is_not_there_is_said_to_be_not_there(visitor: Browser, typed: str) -> None:
    answer = visitor.get(f"/help/?q={quote(typed)}")
    assert answer.status_code == 200
    assert "没有找到" in answer.text
    assert "<script>" not in answer.text.split("<main")[1]


@pytest.mark.usefixtures("app")
def test_the_manual_cannot_be_made_to_write_markup() -> None:
    assert not [one for one in manual.search("mark") if re.search(r"<(?!/?mark>)", str(one.excerpt))]
