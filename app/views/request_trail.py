"""Around each request: the number by which it is found in the log, one line about it, and its share of the metrics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

from app import metrics
from app.domain.identity import hide_numbers
from app.logs import ACCESS
from app.trail import Trail, new_id, present, present_id

HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class TrailedApp:
    """WSGI: a request has its trail from before anything else is done for it until its last byte is sent."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], proxies: int) -> None:
        self._inner, self._proxies = inner, proxies

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers as the application within does, with the number in a header."""
        method = environ.get("REQUEST_METHOD", "")
        # A visitor may invent methods, and each would be a series of its own.
        trail = Trail(self._id_of(environ), method if method in _METHODS else "other")
        present.set(trail)
        said = {"status": 500}

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            said["status"] = int(status[:3])
            return start_response(status, [*headers, (HEADER, trail.id)], *rest)

        def end() -> None:
            _note(trail, said["status"])
            present.set(None)

        try:
            answer = self._inner(environ, start)
        except BaseException:
            end()
            raise
        return ClosingIterator(answer, end)

    def _id_of(self, environ: dict[str, Any]) -> str:
        """The proxy's, where one is named that could have given it; what looks like a person's number is none."""
        given = environ.get("HTTP_X_REQUEST_ID", "")
        is_taken = self._proxies > 0 and _ID.fullmatch(given) and hide_numbers(given) == given
        return given if is_taken else new_id()


def _note(trail: Trail, status: int) -> None:
    seconds = trail.seconds
    metrics.count(trail.rule, trail.method, status, seconds, trail.statements)
    ACCESS.info(
        "%s %s %d, %.0f ms, %d statements, account %s",
        trail.method,
        trail.rule or "(no such address)",
        status,
        seconds * 1000,
        trail.statements,
        trail.account,
        extra={
            "fields": {
                "request": trail.id,
                "method": trail.method,
                "rule": trail.rule,
                "http_status": status,
                "ms": round(seconds * 1000),
                "statements": trail.statements,
                "account": trail.account,
            }
        },
    )


def note_account(account_id: int) -> None:
    """That the request is an account's."""
    if (trail := present.get()) is not None:
        trail.account = account_id


def init_app(app: Flask) -> None:
    """Puts it around ``app``; pages can say their number by ``request_id()``."""
    app.wsgi_app = TrailedApp(app.wsgi_app, app.config["PROXIES"])  # type: ignore[method-assign]
    app.jinja_env.globals["request_id"] = present_id

    @app.before_request
    def note_rule() -> None:
        if (trail := present.get()) is not None:
            # The route as it is written, never the address: that is whatever somebody typed.
            trail.rule = str(request.url_rule or "")
