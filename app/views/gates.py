"""What comes before anything else: a password that is due to be changed (R25), a phone that is due to be bound."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, request
from flask_login import current_user

from app.services import second_factor
from app.views import current

ALWAYS_OPEN = ("/static/", "/logout/", "/help/", "/check/")
PASSWORD, TOTP = "/account/password", "/account/totp/"


def init_app(app: Flask) -> None:
    """Binds the gates to ``app``."""

    @app.before_request
    def change_first() -> Any:
        if request.path.startswith((*ALWAYS_OPEN, PASSWORD)) or not current_user.is_authenticated:
            return None
        if current_user.must_change_password:
            return redirect(PASSWORD)
        if not request.path.startswith(TOTP) and second_factor.is_due(current.permissions(), current_user):
            return redirect(TOTP)
        return None
