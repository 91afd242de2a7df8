"""The templates: nothing that a strict Content-Security-Policy forbids, and no framework template that moved unseen."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import flask_appbuilder
import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parent.parent / "app" / "templates"
SCRIPTS = ROOT.parent / "static" / "js"
ORIGINALS = Path(flask_appbuilder.__file__).parent / "templates"
TEMPLATES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.html"))

SEEN: dict[str, str | None] = {
    "appbuilder/baselayout.html": "105fed33362428021ec5e86fa17a25dac8fad972b567c1cb0b3fdb3af821cf07",
    "appbuilder/flash.html": "a268376b17b04c6dc35908242f139183b30f40bc2f7db7a5cd327e3c9b3b4512",
    "appbuilder/footer.html": "7f14fd7e7ee23dccc26006556169a92fac5f7abae73872bb33247f9ca44e377a",
    "appbuilder/general/model/add.html": "321397131fa0a95f023ca86ada387c4f88aa56049b59dc3d4a088c7df08a7290",
    "appbuilder/general/model/edit.html": "a10db10430c6aa9fe27f160900d700ab1a2f7443b714e0c2550acb4f66fe3a66",
    "appbuilder/general/model/list.html": "7c11106ff27fb6d248f340f40b533d8c8d06f70db9724a1293bc4e6b3993e597",
    "appbuilder/general/model/show.html": "67a574db1dc124a2216ff7a685718044bfe0f78f85d67116915e09aee522a1ea",
    "appbuilder/general/widgets/form.html": "640a41d53d00a1841584ccd0fcc29e517d664e869b9505b9d7836f9da04b51ce",
    "appbuilder/general/widgets/list.html": "2a0fad48fe42239c756dbc963dcefa3cba1181c6d699378bc811dd081ebdb662",
    "appbuilder/general/widgets/search.html": "36c988fa2af397d9471690521224384abc13a4156b3bc744459f59ba7c7471c0",
    "appbuilder/general/widgets/show.html": "babd5b80d4e383c4a0a2a6d535f3aaf17285eb4e9d76e1bbf8f0cfe85586358a",
    "appbuilder/init.html": "63cd58ec542d996fa33839b677cbe2c089da35a0085222ad01b2bfcb8a119cb8",
    "appbuilder/navbar_menu.html": "c80d05552fa166cfb60a766f857def9b6d602b8983c8fbc9dc50c9c29fb0ca1c",
}
"""The framework's template under each that we own, as it was (SHA-256) when ours was written from it.

An upgrade that changes one fails here: read what changed, carry it over, write the new hash. ``None``
is one that the framework does not have.
"""

FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>{]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "a script without a nonce or an address": re.compile(r"<script(?![^>]*\b(?:src|nonce)=)", re.IGNORECASE),
    "a style element without a nonce": re.compile(r"<style(?![^>]*\bnonce=)", re.IGNORECASE),
    "something from elsewhere": re.compile(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE),
    "a value that is not escaped": re.compile(r"autoescape\s+false", re.IGNORECASE),
}

SAFE = {
    "html": "a privacy notice, cleaned by nh3",
    "chapters[chapter].html": "the manual, cleaned by nh3",
    """' aria-current="page"'""": "a constant",
    "widgets.get('search')()": "a widget is a template that escapes",
    "widgets.get('list')()": "a widget",
    "widgets.get('add')(form_action=form_action)": "a widget",
    "widgets.get('edit')(form_action=form_action)": "a widget",
    "widgets.get('show')()": "a widget",
    "widgets.get('related_views')[loop.index0](pk=pk)": "a widget",
}
"""What may be printed without escaping, and why."""


def text_of(name: str) -> str:
    """A template without its comments."""
    return re.sub(r"\{#.*?#\}", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)


MACROS = {
    name
    for path in (ROOT / "macros").glob("*.html")
    for name in re.findall(r"\bmacro (\w+)\(", path.read_text("utf-8"))
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_nothing_that_the_policy_forbids(name: str) -> None:
    found = {what: match[0] for what, pattern in FORBIDDEN.items() if (match := pattern.search(text_of(name)))}
    assert found == {}


def test_nothing_else_is_printed_unescaped() -> None:
    said = {
        match.strip()
        for name in TEMPLATES
        for match in re.findall(r"\{\{-?((?:(?!\{\{).)*?)\|\s*safe\b", text_of(name))
    }
    assert said == set(SAFE)
    assert not [name for name in TEMPLATES if re.search(r"\bMarkup\(", text_of(name))]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_imports_what_it_uses_and_nothing_else(name: str) -> None:
    """What a template takes from the one that includes it is lost where another includes it."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(text_of(name))
    imported = {
        given if isinstance(given, str) else given[1]
        for found in tree.find_all(nodes.FromImport)
        for given in found.names
    }
    called = {call.node.name for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
    used = {found.name for found in tree.find_all(nodes.Name)}
    assert imported <= used
    assert called & MACROS <= imported | {macro.name for macro in tree.find_all(nodes.Macro)}


@pytest.mark.parametrize("path", sorted(SCRIPTS.rglob("*.js")), ids=lambda path: path.name)
def test_a_script_neither_evaluates_text_nor_writes_styles_as_text(path: Path) -> None:
    found = re.findall(
        r"\beval\(|new Function\(|setAttribute\(['\"]style|\.cssText|document\.write", path.read_text("utf-8")
    )
    assert found == []


def test_every_overridden_framework_template_is_the_one_that_was_seen() -> None:
    ours = [name for name in TEMPLATES if name.startswith("appbuilder/")]
    now = {
        name: hashlib.sha256((ORIGINALS / name).read_bytes()).hexdigest() if (ORIGINALS / name).exists() else None
        for name in ours
    }
    assert now == SEEN
