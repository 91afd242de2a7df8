"""The reviewer's form (R13): 通过 with its choices, 退回补正 with marks, or 驳回, both with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import Length, Optional

from app.domain.errors import Invalid
from app.domain.term import YEARS, Term
from app.domain.titles import TITLE_LENGTH
from app.domain.transitions import REASON_LENGTH
from app.models import Application, Speciality
from app.services import renewals, reviews
from app.services.reviews import Decision
from app.views.correction_pages import MarksField
from app.views.fields import DateField, LinesField, RelationField, choices_of, plain_text, whole_number

F = TypeVar("F", bound="TermForm")

LONG, UNTIL = "long", "until"
TERMS = [(LONG, "长期"), *((str(years), f"{years} 年") for years in YEARS), (UNTIL, "指定截止日期")]


class TermForm(FlaskForm):
    """Validity and appointing body (R13, R14)."""

    starts_on = DateField("有效期起", [Optional()], description="不填则从备案之日起算。")
    term = RadioField("有效期", choices=choices_of(TERMS))
    ends_on = DateField("截止日期", [Optional()], description="选“指定截止日期”时填写；当天仍然有效。")
    appointing_body = RadioField(
        "聘用单位",
        coerce=whole_number,
        validate_choice=False,  # the service says what is wrong with another one
        description="即聘书上的审批单位和落款单位。",
    )


class WordingForm(TermForm):
    """All that a certificate says of an appointment."""

    title = StringField(
        "聘任名称",
        [plain_text, Length(max=TITLE_LENGTH, message=f"不能超过{TITLE_LENGTH}个字。")],
        description="印在聘书上，“专家”二字由系统加上。",
        render_kw={"maxlength": TITLE_LENGTH},
    )


class ReviewForm(WordingForm):
    """What a reviewer decides."""

    version = HiddenField()
    outcome = RadioField(
        "审核结果", choices=choices_of([("approve", "通过"), ("return", "退回补正"), ("reject", "驳回")])
    )
    speciality = RelationField(
        "行业领域",
        [Optional()],
        target=Speciality,
        url="/review/choices/speciality",
        description="默认为专家申报的第一个专业类别，可改选。",
    )
    marks = MarksField("需要补正的内容", description="逐项勾选，可在后面写明要求。专家会看到。")
    reason = LinesField(
        "退回补正或驳回理由",
        [plain_text, Length(max=REASON_LENGTH, message=f"不能超过{REASON_LENGTH}个字。")],
        render_kw={"maxlength": REASON_LENGTH},
        description="专家会看到，请写明需要补充或改正的内容。",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """A radio that was not touched is asked for by name, and only where the outcome needs it."""
        self.term.validate_choice = self.outcome.data == "approve"
        return bool(super().validate(extra_validators))


def open_form(application: Application) -> ReviewForm:
    """The form with what is proposed for this case: of a 续聘, what the certificate before says."""
    form = with_bodies(ReviewForm(formdata=None), application)
    claimed = reviews.claimed_specialities(application.expert)
    form.version.data = str(application.version)
    if (former := renewals.proposed(application)) is not None:
        form.title.data, form.appointing_body.data = former.title, former.appointing_body_id
        form.speciality.data, form.starts_on.data = former.speciality, former.starts_on
        form.term.data = str(former.years) if former.years else None
        return form
    if claimed:
        form.speciality.data = claimed[0]
        form.title.data = reviews.title_for(application, claimed[0])
    return form


def with_bodies(form: F, application: Application) -> F:
    """The three bodies of the organization applied to (R14)."""
    form.appointing_body.choices = choices_of((body.id, body.name) for body in reviews.bodies(application))
    return form


def term_of(form: TermForm) -> Term:
    """The term chosen. Raises ``Invalid`` naming the field."""
    chosen = form.term.data
    start: date | None = form.starts_on.data
    if chosen == LONG:
        return Term(start)
    if chosen == UNTIL:
        if form.ends_on.data is None:
            raise Invalid("请填写截止日期。", field="ends_on")
        return Term(start, end=form.ends_on.data)
    years = whole_number(chosen)
    if years is None:
        raise Invalid("请选择有效期。", field="term")
    return Term(start, years=years)


def decision_of(form: ReviewForm) -> Decision:
    """What the form says, for the service. Raises ``Invalid`` naming the field."""
    if form.speciality.data is None:
        raise Invalid("请选择行业领域。", field="speciality")
    if form.appointing_body.data is None:
        raise Invalid("请选择聘用单位。", field="appointing_body")
    return Decision(form.speciality.data.id, form.appointing_body.data, form.title.data or "", term_of(form))


def version_of(form: Any) -> int:
    """The version that the reviewer saw; a form without one is 0, which no row has: it is stale."""
    return whole_number(form.version.data) or 0
