"""What a refused upload still has to say is read and thrown away.

An answer that is given before the body was read (too large, too often, not logged in) ends with a closed connection,
and nginx, which is still sending, shows its page for 502 in the place of ours.
"""

from __future__ import annotations

from contextlib import suppress
from typing import IO

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

MOST = 32 * 1024 * 1024
"""Bytes: more than nginx lets pass (``client_max_body_size``)."""
PART = 64 * 1024


def read_to_the_end(response: Response) -> Response:
    """``response``, after whatever the browser has not yet been listened to for."""
    left = MOST
    with suppress(OSError, HTTPException):  # who has gone away needs no answer
        body = _body()
        while left > 0 and (part := body.read(PART)):
            left -= len(part)
    return response


def _body() -> IO[bytes]:
    """What is left of the body; it ends where the body ends, though the connection may stay open."""
    try:
        return request.stream
    except RequestEntityTooLarge:
        return get_input_stream(request.environ)


def init_app(app: Flask) -> None:
    """Binds it to ``app``."""
    app.after_request(read_to_the_end)
