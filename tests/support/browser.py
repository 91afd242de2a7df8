"""Requests as a browser makes them: each in a context of its own, with its cookies and its CSRF token."""

from __future__ import annotations

import secrets
from contextvars import Context
from typing import Any

from flask import has_app_context, session
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import Account, Expert
from app.views.session import start_session


class Browser(FlaskClient):
    """A visitor; after ``sign_in``, a person.

    Flask lends a request the application context that is already pushed, and with it ``g`` and the
    database session: the second person's request would find the first one's actor. Here each request
    starts from nothing, as on a server. Afterwards the test's own session reads anew.
    """

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> TestResponse:
        """One request, or several where ``follow_redirects`` says so."""
        response: TestResponse = Context().run(super().open, *args, buffered=buffered, **kwargs)
        if has_app_context():
            db.session.rollback()
        return response

    def sign_in(self, person: Account | Expert) -> Browser:
        """What a right password gives: the session that the login page starts. Gives the browser back."""
        account = person.user if isinstance(person, Expert) else person
        with self.application.test_request_context(environ_base=self.environ_base):
            start_session(account)
            begun = dict(session)
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie.update(begun)
        return self

    def token(self) -> str:
        """The CSRF token that this session's forms carry; for a script's X-CSRFToken header too."""
        with self.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", secrets.token_hex(20))
        secret = self.application.secret_key
        assert secret is not None
        return URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw)

    def submit(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Sends a form with its token. A list is a field that comes several times; ``(stream, name)`` a file."""
        return self.post(url, data={**(data or {}), "csrf_token": self.token()}, **kwargs)
