"""The forms of 批量办理: a key that works once, the rows with the versions that were seen, and what they need."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from app.domain.errors import Invalid
from app.domain.states import Action
from app.domain.transitions import REASON_LENGTH
from app.services.bulk_plan import Line, Order, Pick
from app.views.fields import LinesField, plain_text, whole_number
from app.views.review_form import TermForm, term_of

KEY = re.compile(r"[\w-]{22}", re.ASCII)
PICK = re.compile(r"(\d{1,9}):(\d{1,9})", re.ASCII)
CHOSEN = "speciality-{}"
"""The name of a row's own choice of 专业类别."""


class BulkForm(FlaskForm):
    """What each of them holds. The rows stand beside it, as ``rowid``: ``12:3`` is case 12 as of version 3."""

    key = HiddenField()
    action = HiddenField()


class ApprovalForm(BulkForm, TermForm):
    """One validity and one appointing body for all."""

    def validate(self, extra_validators: Any = None) -> bool:
        """A radio that was not touched is asked for by name."""
        self.term.validate_choice = self.term.data is not None
        for field, asked in ((self.term, "请选择有效期。"), (self.appointing_body, "请选择聘用单位。")):
            field.validators = [InputRequired(asked)]
        return bool(super().validate(extra_validators))


class RejectionForm(BulkForm):
    """One reason for all."""

    reason = LinesField(
        "驳回理由",
        [
            InputRequired("请填写驳回理由。"),
            plain_text,
            Length(max=REASON_LENGTH, message=f"不能超过{REASON_LENGTH}个字。"),
        ],
        description="每位专家都会看到。",
        render_kw={"maxlength": REASON_LENGTH, "rows": 4},
    )


FORMS: dict[Action, type[BulkForm]] = {
    Action.APPROVE: ApprovalForm,
    Action.REJECT: RejectionForm,
    Action.FILE: BulkForm,
}


def fresh(action: Action) -> BulkForm:
    """The form as the page first shows it, with a key of its own."""
    form = FORMS[action](formdata=None)
    form.key.data, form.action.data = secrets.token_urlsafe(16), action.value
    return form


def picks_of(texts: list[str]) -> list[Pick]:
    """The rows that were ticked, each once. What our own lists do not write stands for no row: 0 is no id."""
    found = [PICK.fullmatch(text) for text in texts]
    picks = [Pick(int(match[1]), int(match[2])) if match else Pick(0, 0) for match in found]
    return list({pick.application_id: pick for pick in picks}.values())


def action_of(text: str, allowed: tuple[Action, ...]) -> Action | None:
    """The action that a form names; ``None`` for one that is none of ``allowed``."""
    return next((action for action in allowed if action.value == text), None)


def chosen_specialities() -> dict[int, int]:
    """Application id to 专业类别, as the page's selects say."""
    found = {}
    for name, text in request.form.items():
        application_id, speciality_id = whole_number(name.removeprefix(CHOSEN.format(""))), whole_number(text)
        if name.startswith(CHOSEN.format("")) and application_id and speciality_id:
            found[application_id] = speciality_id
    return found


def order_of(form: BulkForm, action: Action) -> Order:
    """What the form asks for. Raises ``Invalid`` naming the field."""
    picks = tuple(picks_of(request.form.getlist("rowid")))
    if isinstance(form, ApprovalForm):
        if form.appointing_body.data is None:
            raise Invalid("请选择聘用单位。", field="appointing_body")
        body, term = form.appointing_body.data, term_of(form)
        return Order(action, picks, appointing_body_id=body, term=term, specialities=chosen_specialities())
    if isinstance(form, RejectionForm):
        return Order(action, picks, reason=form.reason.data or "")
    return Order(action, picks)


def selected(line: Line, chosen: dict[int, int]) -> int:
    """The 专业类别 that a row's select shows: what was chosen, else what the expert put first."""
    offered = [speciality.id for speciality, _ in line.claimed]
    wanted = chosen.get(line.pick.application_id)
    return wanted if wanted in offered else offered[0]
