"""SQLAdmin on Starlette as it comes, called as a server would call it (ASGI)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from sqladmin import Admin, ModelView
from sqladmin.authentication import AuthenticationBackend
from sqladmin.filters import BooleanFilter, ForeignKeyFilter
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, relationship
from starlette.applications import Starlette
from starlette.requests import Request

from benchmarks.peers.asking import Answer, Facts, Peer, counts, kept
from benchmarks.peers.columns import LISTED, PASSWORD, SHOWN, USER, WRITTEN
from benchmarks.peers.deeds import logging_in, saving
from benchmarks.peers.tables import ExpertColumns, RegionColumns


class Base(DeclarativeBase):
    """Of the models."""


class Region(RegionColumns, Base):
    """A place."""


class Expert(ExpertColumns, Base):
    """One of the many."""

    region: Mapped[Region | None] = relationship()


class Users(AuthenticationBackend):
    """Its documentation's example: a session after a password, checked at each request."""

    async def login(self, request: Request) -> bool:
        """Whether this is the one user there is."""
        form = await request.form()
        if (form["username"], form["password"]) != (USER, PASSWORD):
            return False
        request.session["user"] = USER
        return True

    async def logout(self, request: Request) -> bool:
        """Forgets the session."""
        request.session.clear()
        return True

    async def authenticate(self, request: Request) -> bool:
        """Whether somebody is logged in."""
        return "user" in request.session


class ExpertAdmin(ModelView, model=Expert):  # type: ignore[call-arg]  # checked where it is not installed
    """What a reader of the documentation writes."""

    column_list = list(LISTED)
    column_details_list = [*SHOWN, "region"]
    column_searchable_list = [Expert.name]
    column_sortable_list = [Expert.name]
    column_default_sort = [(Expert.id, True)]
    column_filters = [BooleanFilter(Expert.approved), ForeignKeyFilter(Expert.region_code, Region.full_name)]
    form_columns = list(WRITTEN)
    page_size = 25


class AsgiBrowser:
    """Calls an ASGI application in one event loop, as a worker has it."""

    def __init__(self, application: Any) -> None:
        self.application, self.loop = application, asyncio.new_event_loop()
        self.cookies: dict[str, str] = {}

    def ask(self, address: str, form: Mapping[str, Any] | None = None) -> Answer:
        """GETs the address, or posts the form to it."""
        path, _, query = address.partition("?")
        sent = b"" if form is None else urlencode(form, doseq=True).encode()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET" if form is None else "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": quote(query, safe="=&%").encode(),
            "root_path": "",
            "headers": [
                (b"host", b"localhost"), (b"cookie", cookies.encode()), (b"content-length", str(len(sent)).encode()),
                (b"content-type", b"application/x-www-form-urlencoded"),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
        }  # fmt: skip
        answered: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Any) -> None:
            answered.append(message)

        began = time.perf_counter()
        self.loop.run_until_complete(self.application(scope, receive, send))
        spent = (time.perf_counter() - began) * 1000
        headers = [(name.decode(), value.decode()) for name, value in answered[0]["headers"]]
        body = b"".join(message.get("body", b"") for message in answered[1:])
        return kept(self.cookies, Answer(answered[0]["status"], spent, body.decode(errors="replace"), headers))


def open_peer(facts: Facts) -> Peer:
    """The application, its user logged in."""
    engine, statements = (
        create_engine(make_url(facts.url.replace("postgresql://", "postgresql+psycopg://"))),
        list[str](),
    )
    event.listen(engine, "before_cursor_execute", lambda _c, _u, said, *_rest: counts(statements, said))
    app = Starlette()
    Admin(app, engine, authentication_backend=Users("not a secret")).add_view(ExpertAdmin)
    browser = AsgiBrowser(app)
    log_in = logging_in(browser, "/admin/login", statements, lambda _body: {"username": USER, "password": PASSWORD})
    log_in()
    lists = "/admin/expert/list?"
    pages = {
        "list_first": lists,
        "list_last": f"{lists}page={facts.last_page}",
        "filter_status": f"{lists}approved=true",
        "filter_status_region": f"{lists}approved=true&region_code={facts.county}",
        "search_two_characters": f"{lists}search={facts.name}",
        "search_no_hit": f"{lists}search={facts.absent_name}",
        "search_one_character": f"{lists}search={facts.one_character}",
        "sort_name": f"{lists}sortBy=name&sort=asc",
        "detail": f"/admin/expert/details/{facts.expert_id}",
    }
    deeds = {"save": saving(browser, f"/admin/expert/edit/{facts.saved_id}", statements, save="Save"), "login": log_in}
    return Peer(browser, pages, r"/admin/expert/details/(\d+)", statements, deeds)
