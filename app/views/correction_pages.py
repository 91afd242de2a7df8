"""退回补正 on the screens: the reviewer's marks, what the expert sees of them, 重新提交, and the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from wtforms import Field
from wtforms.validators import StopValidation

from app.domain.errors import DomainError, NotFound
from app.domain.states import ApplicationStatus
from app.domain.values import UNPRINTABLE, unprintable
from app.models import Application
from app.models.correction import NOTE_LENGTH
from app.policies.roles import OWN
from app.services import applications, corrections, differences, profiles
from app.services.differences import Change
from app.views import current
from app.views.answers import answers
from app.views.audit_trail import note_refusal
from app.views.fields import whole_number
from app.views.text import text_of

APPLY = "apply"


class MarksField(Field):
    """Boxes to tick, each with a word beside it: ``data`` is item to word. What was typed stays."""

    note_length = NOTE_LENGTH
    data: dict[str, str]

    def process_formdata(self, valuelist: list[str]) -> None:
        """The ticked items, and what stands beside each."""
        self.data = {item: request.form.get(self.note_name(item), "").replace("\r\n", "\n") for item in valuelist}

    def note_name(self, item: str) -> str:
        """The name of the box for a word on ``item``."""
        return f"{self.name}-{item}"

    def note(self, item: str) -> str:
        """What was typed there."""
        return request.form.get(self.note_name(item), "")

    def pre_validate(self, form: Any) -> None:
        """Words that can be kept and printed; which items there are is the service's to say."""
        if any(map(unprintable, self.data or {})) or any(map(unprintable, (self.data or {}).values())):
            raise StopValidation(UNPRINTABLE)


@dataclass(frozen=True)
class Difference:
    """What the last submission changed. ``other`` is the address of the other comparison, where there is one."""

    title: str
    changes: list[Change]
    other: str = ""
    other_text: str = ""


def difference(application: Application, since_first: bool, *, full: bool) -> Difference | None:
    """Against the submission before, or the first; ``None`` for a case that was submitted once."""
    made = list(corrections.submissions(application))
    if len(made) < 2:
        return None
    before = made[0 if since_first else -2].snapshot
    found = differences.between(before, made[-1].snapshot, full=full)
    which = "首次申报" if before is made[0].snapshot else "上次提交"
    title = f"与{which}（{text_of(before.taken_at)}）的差异"
    if len(made) == 2 or full:
        return Difference(title, found)
    if since_first:
        return Difference(title, found, request.path, "与上次提交比较")
    return Difference(title, found, f"{request.path}?since=first", "与首次申报比较")


def own_returns() -> dict[str, Any]:
    """For the expert's own pages: the cases that are returned, and item to what is said about it."""
    found = corrections.returned(current.actor())
    return {"returned": found, "marked": corrections.marked(found)}


class CorrectionDesk(BaseView):
    """重新提交 of the expert's own case."""

    route_base = "/my/applications"
    default_view = "resubmit"
    class_permission_name = OWN
    base_permissions = ["can_apply"]

    @expose("/<int:application_id>/resubmit", methods=["GET", "POST"])
    @has_access
    @permission_name(APPLY)
    def resubmit(self, application_id: int) -> Any:
        """Check your answers, then send the same case again (R8, R11)."""
        actor = current.actor()
        status = 200
        if request.method == "POST":
            version = whole_number(request.form.get("version")) or 0
            try:
                corrections.resubmit(actor, application_id, version)
            except NotFound:
                raise
            except DomainError as refusal:
                note_refusal(refusal)
                flash(refusal.message, "danger")
                status = 422
            else:
                flash("已重新提交，请等待部门审核。结果请留意右上角的通知。", "success")
                return redirect("/my/applications")
        case = applications.own_case(actor, application_id)
        if case.status is not ApplicationStatus.RETURNED:
            if status == 200:
                flash(f"申报 {case.number} 当前状态为“{case.status.label}”，不需要重新提交。", "warning")
            return redirect("/my/applications")
        expert = profiles.own(actor)
        page = self.render_template(
            "expert/resubmit.html",
            title="重新提交",
            case=case,
            returned=[one for one in corrections.returned(actor) if one.application.id == case.id],
            **answers(expert),
        )
        return page, status
