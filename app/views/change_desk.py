"""变更申请 of the expert: the way round a profile that an approval has shut (R10)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import DomainError
from app.domain.states import ChangeState
from app.extensions import limiter
from app.models import PROFILE_LISTS
from app.policies.roles import OWN
from app.services import change_requests, change_values, profiles
from app.services.form_drafts import DraftOf
from app.views import change_form, current, draft_pages, field_help, profile_form
from app.views.fields import whole_number
from app.views.outcome import perform, refuse

APPLY = "apply"
TONES = {ChangeState.OPEN: "info", ChangeState.DECIDED: "success", ChangeState.WITHDRAWN: "neutral"}


class ChangeDesk(BaseView):
    """The present expert's own requests (R5)."""

    route_base = "/my/changes"
    default_view = "requests"
    class_permission_name = OWN
    base_permissions = ["can_apply"]

    @expose("/")
    @has_access
    @permission_name(APPLY)
    def requests(self) -> Any:
        """Every request with its result, the newest first."""
        expert = profiles.own(current.actor())
        return self.render_template(
            "expert/changes.html",
            title="我的变更申请",
            requests=change_requests.of_expert(expert.id),
            locked=profiles.is_locked(expert.id),
            tones=TONES,
        )

    @expose("/new", methods=["GET", "POST"])
    @has_access
    @permission_name(APPLY)
    @limiter.limit("60 per hour", methods=["POST"])
    def new(self) -> Any:
        """申请变更: the profile as it stands; whatever is made another is proposed."""
        actor = current.actor()
        expert = profiles.own(actor)
        departments = change_requests.approving(expert.id)
        draft = draft_pages.open_draft(DraftOf.CHANGE, expert.version)
        if request.method == "POST":
            form = change_form.proposal_form()()
        else:
            form = change_form.open_proposal(expert, draft.typed if draft else None)
        change_form.with_departments(form, departments)
        if request.method == "POST" and form.validate():
            try:
                made = change_requests.propose(actor, change_form.proposal_of(form))
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                flash(f"变更申请 {made.number} 已提交，请等待处理。结果会通知您。", "success")
                return redirect("/my/changes/")
            expert = profiles.own(actor)
        pending = change_requests.open_request(expert.id)
        if request.method == "GET" and (pending or not departments):
            why = f"变更申请 {pending.number} 还没有处理。" if pending else change_requests.NOT_SHUT
            flash(why, "warning")
            return redirect("/my/changes/")
        page = self.render_template(
            "expert/change.html",
            title="申请变更",
            form=form,
            expert=expert,
            draft=draft,
            present=change_values.texts(expert),
            sections=profile_form.sections(),
            wide=profile_form.wide_names(),
            lists=PROFILE_LISTS,
            hints=field_help.hints(),
            row_hints=field_help.row_hints(),
        )
        return page, (422 if request.method == "POST" else 200)

    @expose("/<int:request_id>/withdraw", methods=["POST"])
    @has_access
    @permission_name(APPLY)
    def withdraw(self, request_id: int) -> BaseResponse:
        """Takes back a request that is not decided."""
        version = whole_number(request.form.get("version")) or 0
        perform(change_requests.take_back, current.actor(), request_id, version, done="变更申请已撤回。")
        return redirect("/my/changes/")
