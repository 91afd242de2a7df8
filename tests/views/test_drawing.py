"""What is kept between requests depends on its key alone, and holds nothing of a person."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, g
from jinja2 import meta, nodes

from app.extensions import db
from app.policies.roles import ADMINISTRATOR, STAFF
from app.views import drawing
from tests.support import people
from tests.support.browser import Browser

TEMPLATES = Path(__file__).parents[2] / "app" / "templates"
IMPERSONAL = {"_", "config", "url_for", "kept", "remembered"}


def test_a_kept_part_of_the_layout_asks_for_nothing_of_a_request(app: Flask) -> None:
    sources = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    names = {name for source in sources for name in re.findall(r"kept\('([^']+)'\)", source)}
    assert {"layout/head.html", "layout/brand.html", "layout/tools.html"} <= names
    todo, asked = {*names, "appbuilder/navbar_menu.html"}, set()
    while todo:
        name = todo.pop()
        parsed = app.jinja_env.parse((TEMPLATES / name).read_text(encoding="utf-8"))
        asked |= meta.find_undeclared_variables(parsed)
        todo |= {other for other in meta.find_referenced_templates(parsed) if other}
    assert asked - {"entries", "here"} <= IMPERSONAL


def test_no_template_takes_the_name_of_what_the_layout_asks_for(app: Flask) -> None:
    ours = {"place_in_menu", "kept", "remembered", "language", "unread"}
    taken = [
        (path.name, node.name)
        for path in TEMPLATES.rglob("*.html")
        for node in app.jinja_env.parse(path.read_text(encoding="utf-8")).find_all(nodes.Name)
        if node.ctx == "store" and node.name in ours
    ]
    assert taken == []


def test_a_word_is_looked_up_in_each_language_and_what_is_put_in_is_escaped(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Words:
        def ugettext(self, text: str) -> str:
            return f"{g.language}: {text}"

    monkeypatch.setattr(drawing, "get_translations", Words)
    for language in ("zz_A", "zz_B", "zz_A"):
        with app.test_request_context():
            g.language = language
            assert drawing.say("第 %(n)s 页", n="<b>") == f"{language}: 第 &lt;b&gt; 页"


def test_the_menu_follows_the_rights_of_whoever_asks(app: Flask, sign_in: Callable[..., Browser]) -> None:
    def sees(browser: Browser) -> bool:
        return 'href="/audit/list/"' in browser.get("/account/").get_data(as_text=True)

    keeper = people.staff(ADMINISTRATOR)
    first, second = sign_in(keeper), sign_in(people.staff())
    assert (sees(first), sees(second), sees(first)) == (True, False, True)
    keeper.roles = people.roles(STAFF)
    db.session.commit()
    assert not sees(first)


def test_a_filter_that_holds_what_somebody_typed_is_not_kept(app: Flask, sign_in: Callable[..., Browser]) -> None:
    browser = sign_in(people.staff())
    assert 'value="李某某"' in browser.get("/expert/list/?all=1&name=李某某").get_data(as_text=True)
    kept = app.jinja_env.get_template("macros/filters.html").module.declared_control
    before = kept.cache_info().currsize
    assert before
    assert 'value="王某某"' in browser.get("/expert/list/?all=1&name=王某某").get_data(as_text=True)
    assert kept.cache_info().currsize == before
