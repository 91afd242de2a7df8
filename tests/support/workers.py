"""Two processes that serve one database, as gunicorn's workers do: what one of them knows the other does not."""

from __future__ import annotations

import http.client
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.serving import make_server

from app.extensions import db
from tests.support.browser import Browser

SECONDS = 30
"""A busy machine is slow, not wrong."""


@dataclass(frozen=True)
class Answer:
    """What a worker said."""

    status_code: int
    text: str


@dataclass(frozen=True)
class Worker:
    """A process that serves."""

    port: int

    def get(self, who: Browser, path: str) -> Answer:
        """A page, with the cookie that ``who`` has."""
        return self._ask(who, "GET", path)

    def submit(self, who: Browser, path: str, form: dict[str, Any]) -> Answer:
        """A form, with the token of ``who``."""
        return self._ask(who, "POST", path, urlencode({**form, "csrf_token": who.token()}, doseq=True))

    def _ask(self, who: Browser, method: str, path: str, body: str | None = None) -> Answer:
        cookie = who.get_cookie("session")
        assert cookie is not None
        headers = {"Cookie": f"session={cookie.value}", "Host": "localhost"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        finally:
            connection.close()


@contextmanager
def two_workers(app: Flask) -> Iterator[tuple[Worker, Worker]]:
    """Two processes, each with four threads or more; both have the settings and the adapters of ``app``."""
    db.session.remove()
    # A connection that is open would be shared by all.
    db.engine.dispose()
    started = [_serve(app) for _ in range(2)]
    try:
        yield started[0][0], started[1][0]
    finally:
        for _, process in started:
            process.terminate()
            process.join(SECONDS)


def _serve(app: Flask) -> tuple[Worker, Any]:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def serve() -> None:
        make_server("127.0.0.1", port, app, threaded=True, fd=listening.fileno()).serve_forever()

    process = multiprocessing.get_context("fork").Process(target=serve, daemon=True)
    process.start()
    # The socket listens already: who asks before the process is ready waits.
    listening.close()
    return Worker(port), process
