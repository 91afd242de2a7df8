"""What everybody can use: every page of the table of routes, in a browser, as those whom it lets in.

As one of them each by default, in their turn, and every sixth in the dark and on a phone as well; with ``THOROUGH=1``
as each of them, and everything both ways.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser

from app.domain.exports import ExportKind
from app.policies.roles import ADMINISTRATOR, FILER
from app.services import export_orders
from app.views import manual
from tests.journeys.screens import SHELL, grave, unnamed, widest
from tests.support import people, route_world, workbooks
from tests.support.addresses import address
from tests.support.breadth import THOROUGH
from tests.support.route_table import EXPERT, MAY_ENTER, VISITOR
from tests.support.served import PHONE, WIDE, served, window

pytestmark = pytest.mark.one_database

ONE_IN = 1 if THOROUGH else 6
MORE = {
    VISITOR: (
        "/help/no-such",
        "/help/?q=聘书",
        "/privacy/sensitive",
        *(f"/help/{chapter}" for chapter in manual.chapters()),
    ),
    EXPERT: ("/search/?q=我的", "/no-such"),
    FILER: ("/search/?q=张三", "/search/?q=没有此人"),
    ADMINISTRATOR: ("/department/merge/1?into=2",),
}
"""Addresses beside the plain ones of the table."""


def test_every_screen_is_for_everybody(app: Flask, browser: Browser) -> None:
    world = route_world.world()
    filer = people.actor(world["persons"][FILER])
    world["ids"] |= {
        "export": export_orders.order(filer, "A" * 22, ExportKind.ZIP, [world["ids"]["certificate"]]),
        "import": workbooks.checked(filer, [workbooks.person(nation="火星族", address="")]),
    }
    wrong, seen = [], 0
    with served(app) as url:
        for role, paths in _pages(app, world).items():
            with window(browser, url, wrong, world["clients"][role]) as page:
                for path in paths:
                    seen += 1
                    answer = page.goto(path)
                    assert answer is not None
                    assert answer.status == (404 if "no-such" in path else 200), path
                    first = path is paths[0]
                    found = [*grave(page, "" if first else SHELL), *unnamed(page), *widest(page)]
                    page.set_viewport_size(PHONE)
                    found += [f"{fault} on a phone" for fault in widest(page)]
                    if seen % ONE_IN == 0:
                        page.evaluate("document.documentElement.classList.add('dark')")
                        found += [f"{fault}, dark, on a phone" for fault in grave(page)]
                    page.set_viewport_size(WIDE)
                    wrong += [(role, path, fault) for fault in found]
    assert not wrong, wrong
    assert seen > 120


def test_axe_looks(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang=zh-CN><title>试</title><input><p style='color: #ccc'>看不清</p><h1>试</h1>")
    assert [fault.split()[0] for fault in grave(page)] == ["color-contrast", "label"]
    page.close()


def _pages(app: Flask, world: dict[str, Any]) -> dict[str, list[str]]:
    """For each role the addresses that it looks at: those that answer with a page, each as one role or as all."""
    world["clients"] = route_world.browsers(world, app)
    found: dict[str, list[str]] = {role: [] for role in world["clients"]}
    turn = count()
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, str(rule))):
        if "GET" not in (rule.methods or ()):
            continue
        path = address(rule, world["ids"])
        roles = [role for role in found if role in MAY_ENTER[rule.endpoint]]
        first = next(turn) % len(roles) if roles else 0
        for role in roles[first:] + roles[:first]:
            answer = world["clients"][role].get(path)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                found[role].append(path)
                if not THOROUGH:
                    break
    return {role: [*paths, *MORE.get(role, ())] for role, paths in found.items()}
