"""Who may enter where: every route of the application stands in one table, and a route that does not fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import AuditEntry
from app.policies.roles import ADMINISTRATOR, STAFF
from tests.support import people, route_world
from tests.support.addresses import address
from tests.support.browser import Browser
from tests.support.route_table import MAY_ENTER, VISITOR
from tests.support.route_world import browsers

pytestmark = pytest.mark.one_database

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def world(app: Flask) -> dict[str, Any]:
    """A row for every address, and one person a role."""
    return route_world.world()


def everything_written() -> dict[str, int]:
    """How many rows each table of the registry has, but for what a mere visit leaves: a puzzle, a line in the log."""
    left = {"login_puzzle", "login_session", "audit_entry", "refusal_count"}
    tables = {name: table for name, table in AuditEntry.metadata.tables.items() if name not in left}
    return {name: db.session.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()}


def test_every_route_stands_in_the_table(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == set(MAY_ENTER)


def test_get_lets_in_whom_the_table_names_and_changes_nothing(app: Flask, world: dict[str, Any]) -> None:
    before = everything_written()
    wrong = []
    for role, browser in browsers(world, app).items():
        for rule in app.url_map.iter_rules():
            url = address(rule, world["ids"])
            status, to = _outcome(browser.get(url))
            entered = status < 400 and to != "/login/"
            if "GET" not in rule.methods:
                right = status in (404, 405)
            elif role in MAY_ENTER[rule.endpoint]:
                # A person may enter and the row not be there: an unknown list of choices, a missing file.
                right = entered or status == 404 or (rule.endpoint, to) == ("Home.index", "/login/")
            elif role == VISITOR:
                right = to == "/login/" or status in (403, 404)
            else:
                right = not entered
            if not right:
                wrong.append((role, rule.endpoint, url, status, to))
    assert not wrong, wrong
    assert everything_written() == before


def _outcome(response: Any) -> tuple[int, str]:
    return response.status_code, response.headers.get("Location", "").split("?")[0]


def test_pages_open_for_whom_they_are_meant(app: Flask, world: dict[str, Any]) -> None:
    """The other half of the table: who may enter a page does see it."""
    wrong = []
    for role, browser in browsers(world, app).items():
        for rule in app.url_map.iter_rules():
            method = rule.endpoint.split(".")[-1]
            if "GET" in rule.methods and role in MAY_ENTER[rule.endpoint] and method in _PAGES:
                url = address(rule, world["ids"])
                status, _ = _outcome(browser.get(url))
                if status != (302 if rule.endpoint in ("CertificateView.show", "RightsView.show") else 200):
                    wrong.append((role, url, status))
    assert not wrong, wrong


_PAGES = {
    "list", "add", "edit", "desk", "profile", "files", "word", "apply", "cases", "certificates", "mobile",
    "certificate",
    "forgot", "find", "totp", "certificate_pdf", "file", "own", "password", "feedback", "reset", "specialities", "show", "puzzle",
    "reveal", "history", "history_word", "why", "paste", "requests", "sample", "by_number", "by_code",
    "mine", "page", "organizations", "regions", "xlsx", "svg", "export", "export_table", "results", "suggest", "template",
}  # fmt: skip


def test_post_lets_in_whom_the_table_names(app: Flask, world: dict[str, Any]) -> None:
    """With a token and an empty form: whoever is not named is turned away at the door."""
    wrong = []
    for role, browser in browsers(world, app).items():
        for rule in app.url_map.iter_rules():
            if "POST" not in rule.methods or rule.endpoint == "LoginView.logout":
                continue
            url = address(rule, world["ids"])
            status, to = _outcome(browser.submit(url))
            outside = to in ("/login/", "/") or status in (403, 404)
            if role not in MAY_ENTER[rule.endpoint] and not outside:
                wrong.append((role, rule.endpoint, url, status, to))
            if status >= 500:
                wrong.append((role, rule.endpoint, url, status, to))
    assert not wrong, wrong


def test_unsafe_methods_without_a_token_are_refused_and_write_nothing(app: Flask, world: dict[str, Any]) -> None:
    before = everything_written()
    wrong = []
    for role, browser in browsers(world, app).items():
        for rule in app.url_map.iter_rules():
            for method in sorted(set(rule.methods or ()) & set(UNSAFE)):
                url = address(rule, world["ids"])
                status = browser.open(url, method=method).status_code
                if status != 400:
                    wrong.append((role, method, url, status))
    assert not wrong, wrong
    assert everything_written() == before


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/security/login", "/api/v1/security/refresh", "/api/v1/_openapi", "/api/v1/menu/", "/swagger/v1",
        "/users/list/", "/users/add", "/userinfo/", "/userinfoeditview/form", "/roles/list/", "/registeruser/list/",
        "/permissions/list/", "/viewmenus/list/", "/permissionviews/list/", "/userstatschartview/chart/",
        "/resetpassword/form", "/resetmypassword/form", "/download/x.pdf", "/expert/download/x.pdf",
        "/expert/delete/1", "/expert/add", "/expert/edit/1", "/application/add", "/application/edit/1",
        "/organization/delete/1", "/organization/api/read", "/expert/api/read", "/organizationview/list/",
    ],
)  # fmt: skip
def test_doors_of_the_framework_are_closed(app: Flask, world: dict[str, Any], url: str) -> None:
    for role in (ADMINISTRATOR, STAFF):
        browser = app.test_client().sign_in(world["persons"][role])  # type: ignore[attr-defined]
        assert browser.get(url).status_code == 404, role
        assert browser.submit(url).status_code == 404, role


def test_language_switch_is_harmless(visitor: Browser) -> None:
    assert visitor.get("/lang/zh_Hans_CN", headers={"Referer": "https://evil.example/"}).headers["Location"] == "/"
    assert visitor.get("/lang/nonsense").status_code in (302, 404)
    assert visitor.get("/login/").status_code == 200


def test_back_leads_to_our_own_pages_only(app: Flask, sign_in: Callable[..., Browser]) -> None:
    browser = sign_in(people.staff())
    response = browser.get("/back", headers={"Referer": "https://evil.example/"})
    assert response.headers["Location"].startswith("/")
    assert not response.headers["Location"].startswith("//")
