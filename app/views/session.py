"""The cookie of a session: begun at a login, looked up at each request, ended at the log-out."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, Response, g, request, session
from flask_login import current_user, login_user, logout_user

from app.domain.device import device_of
from app.domain.errors import Conflict
from app.models import Account
from app.models.types import now
from app.services import audit, sessions
from app.services.sessions import Caller
from app.views import current
from app.views.request_trail import note_account

EPOCH = "epoch"
"""The session's copy of the account's ``session_epoch``: unequal, the session has ended."""
TOKEN = "token"


def start_session(user: Account) -> None:
    """A fresh session for ``user``: nothing of the visitor's stays in it."""
    token = sessions.begin(user.id, request.remote_addr or "", device_of(request.user_agent.string))
    session.clear()
    session[EPOCH], session[TOKEN] = user.session_epoch, token
    session.permanent = True
    login_user(user, remember=False)


def end_session() -> None:
    """Logs the present user out, here and for whoever has copied the cookie."""
    if current_user.is_authenticated:
        audit.logged_out(current_user.id)
    sessions.end(present_token())
    logout_user()
    session.clear()


def present_token() -> str:
    """The token of the present session; empty for a visitor."""
    return str(session.get(TOKEN, ""))


def caller_of_session(user_id: int) -> Caller | None:
    """Whose the present session is, unless the account was disabled or the session is over."""
    found = sessions.living(present_token(), user_id)
    if found is None or not found.is_active or session.get(EPOCH) != found.session_epoch:
        return None
    note_account(found.id)
    if found.seen_at <= now() - sessions.SEEN_EVERY:
        g.seen_session = found.session_id
    return found


def not_in_use() -> None:
    """A page has asked by itself, whether anybody sits before it or not: an idle session goes on being idle."""
    g.pop("seen_session", None)


def init_app(app: Flask) -> None:
    """Binds to ``app`` what notes that a session is in use, and the figure of the bell."""
    app.jinja_env.globals["unread"] = current.unread

    @app.after_request
    def note(response: Response) -> Response:
        # After the page: what it has loaded would have to be read again.
        due = g.pop("seen_session", None)
        if due is not None:
            # A database that is busy writing loses a minute's note, not the page.
            with suppress(Conflict):
                sessions.seen(due)
        return response
