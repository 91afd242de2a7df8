"""Asking a web application in its own process: no server, no network, the same few lines for every WSGI peer."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Protocol
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Facts:
    """What every peer is told: where the rows are, how many, and what the pages look for."""

    url: str
    folder: str
    size: int
    expert_id: int
    saved_id: int
    county: str
    prefecture: str
    name: str
    absent_name: str
    employer: str
    absent_employer: str
    one_character: str
    page_size: int = 25

    @property
    def last_page(self) -> int:
        """Counted from 1."""
        return -(-self.size // self.page_size)


@dataclass
class Answer:
    """``milliseconds`` from the request's arrival to the last byte of the answer."""

    status: int
    milliseconds: float
    body: str
    headers: list[tuple[str, str]] = field(default_factory=list)


class Browser(Protocol):
    """Keeps its cookies."""

    cookies: dict[str, str]

    def ask(self, address: str, form: Mapping[str, Any] | None = None) -> Answer:
        """GETs the address, or posts the form to it."""


@dataclass
class Peer:
    """One application under measurement.

    ``pages`` is name to address, ``row`` the expression whose first group is a row's id in a list. ``statements``
    grows by one with each statement that runs. ``deeds`` are asked for like pages, and give the answer that is timed.
    """

    browser: Browser
    pages: Mapping[str, str]
    row: str
    statements: list[str]
    deeds: Mapping[str, Callable[[], Answer]] = field(default_factory=dict)

    def ids(self, body: str) -> list[int]:
        """The rows of a list, in its order."""
        return list(dict.fromkeys(int(found) for found in re.findall(self.row, body)))


class WsgiBrowser:
    """Calls a WSGI application directly."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.cookies: dict[str, str] = {}

    def ask(self, address: str, form: Mapping[str, Any] | None = None) -> Answer:
        """GETs the address, or posts the form to it."""
        path, _, query = address.partition("?")
        sent = b"" if form is None else urlencode(form, doseq=True).encode()
        environ = {
            "REQUEST_METHOD": "GET" if form is None else "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": quote(query, safe="=&%"),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "HTTP_REFERER": "http://localhost/",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(sent),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        begun: list[Any] = []
        began = time.perf_counter()
        chunks = self.application(environ, lambda status, headers, _=None: begun.extend((status, headers)))
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        spent = (time.perf_counter() - began) * 1000
        return kept(self.cookies, Answer(int(begun[0].split()[0]), spent, body.decode(errors="replace"), begun[1]))


def kept(cookies: dict[str, str], answer: Answer) -> Answer:
    """The answer, once its cookies are taken over."""
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            cookies.update({key: morsel.value for key, morsel in SimpleCookie(value).items()})
    return answer


def field_of(body: str, name: str) -> str:
    """The value of a hidden field, which a form must send back."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="{name}"', body)
    return (found[1] or found[2] or "") if found else ""


def successful(answer: Answer, *expected: int) -> Answer:
    """The answer. Raises RuntimeError for another status than those expected."""
    if answer.status not in (expected or (200,)):
        raise RuntimeError(f"answered {answer.status}: {answer.body[:2000]}")
    return answer


def counts(statements: list[str], statement: str, quiet: Sequence[str] = ("BEGIN", "PRAGMA", "SAVEPOINT")) -> None:
    """Notes a statement, transaction control left out."""
    if not statement.startswith((*quiet, "COMMIT", "ROLLBACK", "RELEASE")):
        statements.append(statement)
