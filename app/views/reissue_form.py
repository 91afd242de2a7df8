"""The form of 换发: what stands on the certificate, to be corrected, and why."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, Length

from app.domain.states import Action
from app.domain.transitions import REASON_LENGTH
from app.models import Certificate
from app.services import reissues
from app.services.issuing import Words
from app.views.fields import DateField, LinesField, choices_of, plain_text
from app.views.review_form import LONG, TERMS, UNTIL, WordingForm, term_of


class ReissueForm(WordingForm):
    """Names and bodies are chosen by what they are called: what was confirmed is what will be printed."""

    version = HiddenField()
    name = RadioField("姓名", [InputRequired("请选择姓名。")], validate_choice=False)
    starts_on = DateField("有效期起", [InputRequired("请填写有效期起。")])
    term = RadioField("有效期", [InputRequired("请选择有效期。")], choices=choices_of(TERMS), validate_choice=False)
    appointing_body = RadioField(
        "聘用单位",
        [InputRequired("请选择聘用单位。")],
        validate_choice=False,  # the service says what is wrong with another one
        description="即聘书上的审批单位和落款单位。",
    )
    reason = LinesField(
        f"{Action.REISSUE.label}理由",
        [
            InputRequired(f"请填写{Action.REISSUE.label}的理由。"),
            plain_text,
            Length(max=REASON_LENGTH, message=f"不能超过{REASON_LENGTH}个字。"),
        ],
        description="写明原聘书错在哪里，专家会看到。",
        render_kw={"maxlength": REASON_LENGTH, "rows": 3},
    )


def open_form(certificate: Certificate) -> ReissueForm:
    """The form with the certificate as it stands."""
    form = with_choices(ReissueForm(formdata=None), certificate)
    form.version.data = str(certificate.version)
    form.name.data, form.title.data, form.appointing_body.data = certificate.name, certificate.title, certificate.body
    form.starts_on.data, form.ends_on.data = certificate.valid_from, certificate.valid_to
    form.term.data = UNTIL if certificate.valid_to else LONG
    return form


def with_choices(form: ReissueForm, certificate: Certificate) -> ReissueForm:
    """What the certificate may say."""
    offered = {form.name: reissues.names(certificate), form.appointing_body: reissues.bodies(certificate)}
    for field, texts in offered.items():
        field.choices = choices_of((text, text) for text in texts)
    form.title.flags.required = True  # the service asks for it by name
    return form


def words_of(form: ReissueForm) -> Words:
    """What the form says, for the service. Raises ``Invalid`` naming the field."""
    start: Any = form.starts_on.data  # which the form asks for
    first, last = term_of(form).on(start)
    return Words(form.name.data, form.appointing_body.data, form.title.data or "", first, last)
