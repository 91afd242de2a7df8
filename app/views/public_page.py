"""A page before a login, with whom to call."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from flask_wtf import FlaskForm


def public_page(view: Any, template: str, form: FlaskForm, **extra: Any) -> Any:
    """Renders ``template`` with its form; a form that was refused answers 422."""
    page = view.render_template(
        template,
        form=form,
        support_phone=current_app.config["SUPPORT_PHONE"],
        support_qq=current_app.config["SUPPORT_QQ"],
        **extra,
    )
    return page, (422 if request.method == "POST" else 200)
