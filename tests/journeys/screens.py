"""What is wrong with a screen: what axe finds serious, what runs off sideways, a page without its name."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDTHS = (1280, 390)
GRAVE = ("serious", "critical")
SHELL = ".top, .side, .foot"
"""What is the same around every page of a person."""
APP_NAME = "应急管理专家信息管理系统"


def grave(page: Page, without: str = "") -> list[str]:
    """The rules of axe that the page breaks and their first places, leaving out what ``without`` selects."""
    page.evaluate(AXE_SCRIPT)
    context = f"{{exclude: [{json.dumps(without)}]}}" if without else "document"
    found: list[dict[str, Any]] = page.evaluate(
        f"axe.run({context}, {{resultTypes: ['violations'], preload: false}}).then(found => found.violations)"
    )
    return [f"{rule['id']} at {rule['nodes'][0]['target']}" for rule in found if rule["impact"] in GRAVE]


def widest(page: Page) -> list[str]:
    """Whether the page runs off sideways as wide as the window is, in usual and in large type."""
    found = []
    for large in (False, True):
        page.evaluate("large => document.documentElement.classList.toggle('large-type', large)", large)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"runs off sideways{' in large type' if large else ''}")
    page.evaluate("document.documentElement.classList.remove('large-type')")
    return found


def unnamed(page: Page) -> list[str]:
    """Whether it has one heading of the first level, and a title that says of the page what the page says itself."""
    title, headings, said = page.evaluate(
        "[document.title, [...document.querySelectorAll('h1')].map(one => one.innerText.trim()), document.body.innerText]"
    )
    name = title.removeprefix("有错误：").removesuffix(APP_NAME).split(" - ")[0].strip()
    found = [] if len(headings) == 1 and headings[0] else [f"has the headings {headings}"]
    return found if name and name in said else [*found, f"is called {title!r}"]


def faults(page: Page, path: str) -> list[str]:
    """All of it, for an address at each width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        found += [f"{path} at {width}: {fault}" for fault in (*grave(page), *widest(page), *unnamed(page))]
    return found
