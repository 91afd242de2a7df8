"""Asking why: before personal data is shown in full or taken out, a case sent back, a certificate ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, request
from flask_appbuilder import BaseView
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from app.domain.errors import DomainError, NotFound
from app.domain.transitions import REASON_LENGTH
from app.services.disclosure import LONGEST_REASON, SHORTEST_REASON
from app.views.fields import LinesField, plain_text, whole_number
from app.views.outcome import refuse


class ReasonForm(FlaskForm):
    """Why somebody needs it."""

    reason = LinesField(
        "原因",
        [
            InputRequired("请填写原因。"),
            plain_text,
            Length(max=LONGEST_REASON, message=f"不能超过{LONGEST_REASON}个字。"),
        ],
        description=f"{SHORTEST_REASON}至{LONGEST_REASON}个字，如：核对聘书上的身份信息。会记入操作日志。",
        render_kw={"maxlength": LONGEST_REASON, "rows": 3},
    )


def answer_with_reason(view: BaseView, answer: Any, *, title: str, about: str, button: str, back: str) -> Any:
    """``answer(reason)`` for a reason that will do; else the page that asks for one, what was typed still in it.

    ``about`` says what will be shown, ``back`` is the address to return to.
    """
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            return answer(form.reason.data or "")
        except DomainError as refusal:
            refuse(form, refusal)
    page = view.render_template("staff/reason.html", title=title, form=form, about=about, button=button, back=back)
    return page, (422 if request.method == "POST" else 200)


class StepForm(FlaskForm):
    """A step that needs a reason, taken from the version that was seen."""

    version = HiddenField()
    reason = LinesField(
        "理由",
        [
            InputRequired("请填写理由。"),
            plain_text,
            Length(max=REASON_LENGTH, message=f"不能超过{REASON_LENGTH}个字。"),
        ],
        render_kw={"maxlength": REASON_LENGTH, "rows": 4},
    )


def step_form(version: int) -> StepForm:
    """The form as a page first shows it."""
    form = StepForm(formdata=None)
    form.version.data = str(version)
    return form


def take_step(form: StepForm, step: Callable[[str, int], Any], done: str) -> bool:
    """Runs ``step(reason, version)`` and says ``done``. A refusal is said by the form, and what was typed stays in it.

    Raises ``NotFound``: a row out of scope has no page to go back to.
    """
    if not form.validate():
        return False
    try:
        step(form.reason.data or "", whole_number(form.version.data) or 0)
    except NotFound:
        raise
    except DomainError as refusal:
        refuse(form, refusal)
        return False
    if done:
        flash(done, "success")
    return True
