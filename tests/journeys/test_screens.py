"""What everybody can use: every page of the table of routes, in a browser, as those whom it lets in.

As one of them each by default, in their turn, and every sixth in the dark and on a phone as well; with ``THOROUGH=1``
as each of them, and everything both ways.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.domain.exports import ExportKind
from app.policies.roles import ADMINISTRATOR, FILER
from app.services import export_orders
from app.views import manual
from tests.journeys.screens import SHELL, grave, unnamed, widest
from tests.support import people, route_world, workbooks
from tests.support.addresses import address
from tests.support.breadth import THOROUGH
from tests.support.route_table import EXPERT, MAY_ENTER, VISITOR

pytestmark = pytest.mark.one_database

ONE_IN = 1 if THOROUGH else 6
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
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
    with _served(app) as url:
        for role, paths in _pages(app, world).items():
            with _window(browser, url, world["clients"][role], wrong) as page:
                for path in paths:
                    seen += 1
                    page.goto(path)
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


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    """The application of the test on an address of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def _window(browser: Browser, url: str, client: Any, wrong: list[Any]) -> Iterator[Page]:
    """A window with the session of ``client``. What a page's console says, and what leaves the server, is ``wrong``."""
    context = browser.new_context(
        base_url=url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=WIDE, reduced_motion="reduce"
    )
    if cookie := client.get_cookie("session"):
        context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append((page.url, str(error))))
    page.on("console", lambda said: _hear(said.type, said.text, page.url, wrong))
    page.on("request", lambda request: _watch(request.url, url, page.url, wrong))
    yield page
    context.close()


def _hear(kind: str, text: str, at: str, wrong: list[Any]) -> None:
    # Of an address that nobody has the browser itself complains.
    if kind == "error" and "no-such" not in at:
        wrong.append((at, text))


def _watch(to: str, url: str, at: str, wrong: list[Any]) -> None:
    # The viewer of PDF files is the browser's own.
    if not to.startswith((url, "data:", "blob:", "chrome")):
        wrong.append((at, f"a request left the server: {to}"))
