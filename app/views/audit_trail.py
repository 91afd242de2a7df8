"""What 操作日志 has to know of a request: where it comes from, and that it was refused."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, request
from flask_login import current_user

from app.domain.errors import DomainError, NotAllowed, TooMany
from app.services import audit, refusals
from app.services.refusals import FORBIDDEN, FORGED, TOO_MANY

log = logging.getLogger(__name__)

ADDRESS_LENGTH = 45
_BY_STATUS = {403: FORBIDDEN, 429: TOO_MANY}


def note_refusal(error: DomainError) -> None:
    """Remembers a refusal that is told on a page of its own making, where no status says so."""
    if isinstance(error, (NotAllowed, TooMany)):
        g.refusal = (_BY_STATUS[error.status], error.message)


def note_forgery() -> None:
    """Remembers that the request had no right token."""
    g.refusal = (FORGED, "")


def route_asked() -> str:
    """Method and address of the route, with the numbers in it and nothing else that was typed."""
    ruled, typed = str(request.url_rule or "").split("/"), request.path.split("/")
    numbers = zip(ruled, typed, strict=False)
    return f"{request.method} {'/'.join(own if own.isascii() and own.isdigit() else part for part, own in numbers)}"


def init_app(app: Flask) -> None:
    """Binds both to ``app``."""

    @app.before_request
    def remember_address() -> None:
        audit.client_address.set((request.remote_addr or "")[:ADDRESS_LENGTH] or None)

    @app.after_request
    def write_refusal(response: Response) -> Response:
        status = _BY_STATUS.get(response.status_code)
        action, reason = g.get("refusal") or (status, "")
        if action is None:
            return response
        try:
            user_id = current_user.id if current_user.is_authenticated else None
            refusals.refused(action, route_asked(), user_id, reason)
        except Exception:
            # What was refused stays refused, whether or not it could be written down.
            log.exception("a refusal was not written")
        return response
