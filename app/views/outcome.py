"""How a use case went, told to the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash
from flask_wtf import FlaskForm

from app.domain.errors import DomainError, NotFound
from app.views.audit_trail import note_refusal


def refuse(form: FlaskForm, refusal: DomainError) -> None:
    """Puts a refusal beside its field, or above the form."""
    note_refusal(refusal)
    field = getattr(form, refusal.field or "", None)
    if field is not None:
        field.errors = [*field.errors, refusal.message]
    else:
        flash(refusal.message, "danger")


def perform(use_case: Callable[..., Any], *args: Any, done: str, **kwargs: Any) -> bool:
    """Runs one use case and tells the user how it went, but for a blank ``done``. Gives whether it went well.

    Raises ``NotFound``: a row out of scope has no page to go back to.
    """
    try:
        use_case(*args, **kwargs)
    except NotFound:
        raise
    except DomainError as refusal:
        note_refusal(refusal)
        flash(refusal.message, "danger")
        return False
    if done:
        flash(done, "success")
    return True
