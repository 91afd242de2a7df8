"""Asking why: the page before personal data is shown or taken out in full."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.domain.errors import DomainError
from app.services.disclosure import LONGEST_REASON, SHORTEST_REASON
from app.views.fields import plain_text
from app.views.outcome import refuse


class ReasonForm(FlaskForm):
    """Why somebody needs it."""

    reason = TextAreaField(
        "原因",
        [
            InputRequired("请填写原因。"),
            plain_text,
            Length(max=LONGEST_REASON, message=f"不能超过{LONGEST_REASON}个字。"),
        ],
        description=f"{SHORTEST_REASON}至{LONGEST_REASON}个字，如：核对聘书上的身份信息。会记入操作日志。",
        render_kw={"maxlength": LONGEST_REASON, "rows": 3},
    )


def answer_with_reason(answer: Any, *, title: str, about: str, button: str, back: str) -> Any:
    """``answer(reason)`` for a reason that will do; else the page that asks for one, what was typed still in it.

    ``about`` says what will be shown, ``back`` is the address to return to.
    """
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            return answer(form.reason.data or "")
        except DomainError as refusal:
            refuse(form, refusal)
    page = render_template("staff/reason.html", title=title, form=form, about=about, button=button, back=back)
    return page, (422 if request.method == "POST" else 200)
