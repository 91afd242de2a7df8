"""The forms of a 变更申请: the profile's own form as it stands, to be made another; and a decision for each field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Length

from app.domain.transitions import REASON_LENGTH
from app.domain.values import too_long
from app.models import ChangeRequest, Expert
from app.services.change_decisions import Verdict
from app.services.change_requests import Proposal, Upload
from app.services.change_values import NAME
from app.services.profile_values import listed_rows
from app.views import profile_form
from app.views.fields import choices_of, field_for, plain_text, whole_number

ACCEPT, DECLINE = "accept", "decline"
DECISION, WHY = "decision_{}", "why_{}"


def _words(label: str, **options: Any) -> Any:
    checks = [plain_text, Length(max=REASON_LENGTH, message=too_long(REASON_LENGTH))]
    return options.pop("kind", StringField)(label, checks, render_kw={"maxlength": REASON_LENGTH}, **options)


@cache
def proposal_form() -> type[FlaskForm]:
    """The form class: every field that is open, the photo, and what goes with it."""
    fields = {
        NAME: field_for(Expert, NAME, profile_form.CHOICES.format, required=False),
        "department": RadioField(
            "处理部门", coerce=int, validate_choice=False, description="从审核通过的部门中选择一个。"
        ),
        "reason": _words("变更理由", kind=TextAreaField),
        "evidence": MultipleFileField(
            "证明材料",
            description="PDF、JPEG、PNG 或 Word，可选多个，合计不超过 20 MB。提交没有成功的，须重新选择文件。",
        ),
        "new_photo": FileField("新照片", description="不更换照片的不用选。近期免冠证件照，JPEG 或 PNG。"),
    }
    return type("ProposalForm", (profile_form.profile_form(),), fields)


def open_proposal(expert: Expert, typed: Any = None) -> Any:
    """The form as the profile stands, or as somebody has ``typed`` it."""
    form = proposal_form()(typed) if typed else proposal_form()(formdata=None, obj=expert, **listed_rows(expert.id))
    form["version"].data = str(expert.version)
    return form


def with_departments(form: Any, departments: Sequence[Any]) -> Any:
    """The departments to choose from; one alone is chosen by itself."""
    form.department.choices = choices_of((one.id, f"{one.organization.name}{one.name}") for one in departments)
    if len(departments) == 1 and form.department.data is None:
        form.department.data = departments[0].id
    for field in (form.department, form.reason, form.evidence, form[NAME]):
        field.flags.required = True
    profile_form.mark_required(form)
    return form


def proposal_of(form: Any) -> Proposal:
    """What the form says, for the service."""
    values, lists = profile_form.values_of(form)
    values[NAME] = form[NAME].data
    files = [upload for file in form.evidence.data or [] if (upload := _upload(file))]
    version = whole_number(form.version.data) or 0
    photo = _upload(form.new_photo.data)
    return Proposal(form.department.data, form.reason.data or "", values, lists, files, photo, version)


def _upload(file: Any) -> Upload | None:
    return (file.read(), file.filename) if file and getattr(file, "filename", "") else None


def decision_form(request: ChangeRequest, profile_version: int, *, fresh: bool = False) -> Any:
    """Accept or decline for each field of the request, and why; ``fresh`` as a page first shows it."""
    fields: dict[str, Any] = {"version": HiddenField(), "profile": HiddenField()}
    for item in request.items:
        fields[DECISION.format(item.field)] = RadioField(
            f"{item.label}：处理结果",
            choices=choices_of([(ACCEPT, "接受"), (DECLINE, "不接受")]),
            validate_choice=False,
        )
        fields[WHY.format(item.field)] = _words(f"{item.label}：不接受的理由", description="不接受的必填，专家会看到。")
    made: Any = type("DecisionForm", (FlaskForm,), fields)
    form = made(formdata=None) if fresh else made()
    if fresh:
        form.version.data, form.profile.data = str(request.version), str(profile_version)
    return form


def verdicts_of(form: Any, request: ChangeRequest) -> dict[str, Verdict]:
    """Field to verdict, as far as one was chosen."""
    chosen = {item.field: form[DECISION.format(item.field)].data for item in request.items}
    return {
        name: Verdict(outcome == ACCEPT, form[WHY.format(name)].data or "")
        for name, outcome in chosen.items()
        if outcome in (ACCEPT, DECLINE)
    }
