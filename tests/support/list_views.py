"""The lists of the product, found by their routes, and what a page of one shows."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask

from app.policies.roles import ADMINISTRATOR, REVIEWER
from app.views.base import RegistryModelView
from tests.support import people
from tests.support.browser import Browser
from tests.support.route_table import MAY_ENTER

LARGEST = 100
"""Rows of the longest page."""


def generated(app: Flask) -> list[RegistryModelView]:
    """The lists that are made from a declaration."""
    views: list[Any] = app.extensions["appbuilder"].baseviews
    return [view for view in views if isinstance(view, RegistryModelView)]


def others(app: Flask) -> list[str]:
    """Addresses of the other pages that need no id, lists of their own making among them."""
    own = {f"{view.route_base}/list/" for view in generated(app)}
    rules = {str(rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments}
    return sorted(rules - own)


def browsers(app: Flask, at: Any) -> dict[str, Browser]:
    """Somebody for each role that opens lists, of one department."""
    made: dict[str, Any] = {}
    for role in (REVIEWER, ADMINISTRATOR):
        made[role] = app.test_client().sign_in(people.staff(role, at=at))  # type: ignore[attr-defined]
    return made


def reader(view: RegistryModelView, made: dict[str, Browser]) -> Browser:
    """Who may open the list."""
    return next(made[role] for role in (REVIEWER, ADMINISTRATOR) if role in MAY_ENTER[f"{view.endpoint}.list"])


def query(**parameters: str | bytes) -> str:
    """A query string; bytes are sent as they are."""
    return urlencode(parameters, quote_via=quote)


def keys(view: RegistryModelView, page: str) -> list[str]:
    """The keys of the rows that a page of the list shows, in their order."""
    return list(dict.fromkeys(re.findall(rf'href="{view.route_base}/show/([0-9]+)', page)))


def count(page: str) -> str:
    """How many rows the list says that there are: digits, or digits and a plus."""
    found = re.search(r'class="list-count"[^>]*>\D*<strong>(\d+\+?)</strong>', page)
    return found[1] if found else "none said"


def every_key(view: RegistryModelView, browser: Browser) -> set[str]:
    """The keys of all rows that the list has for this person, page by page."""
    found: set[str] = set()
    for number in range(100):
        sizes = {f"page_{view.endpoint}": str(number), f"psize_{view.endpoint}": str(LARGEST)}
        page = browser.get(f"{view.route_base}/list/?{query(all='1', **sizes)}").text
        found |= set(keys(view, page))
        if len(found) >= int(count(page)):
            break
    return found
