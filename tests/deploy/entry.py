"""In at the login page of a department's own server, puzzle and all."""

from __future__ import annotations

import re

from sqlalchemy import create_engine, text

from config import load
from tests.support.own_server import Site, Visitor

USER, PASSWORD = "chakan", "Yingji-2026-ceshi"


def value(site: Site, sql: str, **values: str) -> str:
    """Of the first row and column."""
    engine = create_engine(load(site.settings)["SQLALCHEMY_DATABASE_URI"])
    with engine.connect() as connection:
        found = connection.execute(text(sql), values).scalar_one()
    engine.dispose()
    return str(found)


def field(page: str, name: str) -> str:
    """What a hidden field holds."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found is not None, page
    return found[1]


def sign_in(visitor: Visitor, headers: dict[str, str] | None = None) -> str:
    """Logs in, puzzle and all; where to it leads."""
    page = visitor.ask("GET", "/login/", headers=headers).text
    token = field(page, "puzzle_token")
    answer = value(visitor.site, "SELECT answer FROM login_puzzle WHERE token = :token", token=token)
    form = {"username": USER, "password": PASSWORD, "puzzle_token": token, "puzzle_x": answer}
    sent = visitor.submit("/login/", {**form, "csrf_token": field(page, "csrf_token")}, headers)
    assert sent.status == 302, sent.text
    return str(sent.headers["Location"])
