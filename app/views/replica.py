"""Which pages are read from the replica: some that are only looked at, and not by who has just written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, request

from app.extensions import db
from app.services import replica
from app.services.unit_of_work import WRITTEN

T = TypeVar("T")

WROTE_COOKIE = "wrote"
"""Its holder wrote something, and may not see it on the replica yet. The browser forgets it when that is over."""
SPARE_SECONDS = 2


def read(ask: Callable[[], T]) -> T:
    """As ``services.replica.read``, for a GET by somebody who has not written for so long as the replica may lag."""
    if request.method != "GET" or WROTE_COOKIE in request.cookies:
        return ask()
    return replica.read(ask)


def init_app(app: Flask) -> None:
    """Binds to ``app`` what remembers a write. To be called after what writes of itself at the end of a request."""
    if "standby" not in app.extensions:
        return

    @app.after_request
    def remember(response: Response) -> Response:
        if db.session.info.pop(WRITTEN, False):
            response.set_cookie(
                WROTE_COOKIE,
                "1",
                max_age=current_app.config["DATABASE_REPLICA_LAG_SECONDS"] + SPARE_SECONDS,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Lax",
            )
        return response
