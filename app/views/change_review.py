"""变更申请 for officials: the list in scope, each request field by field, the decision, confirmed (R1-R3, R6, R10)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy.orm import joinedload

from app.domain.errors import DomainError, Invalid, NotFound
from app.domain.states import ChangeAction, ChangeState
from app.models import ChangeRequest, Expert
from app.policies import permissions
from app.policies.roles import APPLICATIONS, READ_APPLICATIONS
from app.policies.scope import visible_change_requests
from app.services import change_decisions
from app.services.export_subjects import CHANGES
from app.views import change_form, current
from app.views.base import READ
from app.views.change_desk import TONES
from app.views.change_form import DECISION, WHY
from app.views.fields import whole_number
from app.views.interface import ScopedInterface
from app.views.outcome import refuse
from app.views.table_export import TableExport

REVIEW = "review"


class ChangeView(TableExport):
    """变更申请: by default those that wait."""

    route_base = "/change"
    resource = APPLICATIONS
    subject = CHANGES
    datamodel = ScopedInterface(
        ChangeRequest,
        scope=visible_change_requests,
        reach=(ChangeRequest.expert_id, READ_APPLICATIONS),
        options=(
            joinedload(ChangeRequest.expert).load_only(Expert.name),
            joinedload(ChangeRequest.organization),
            joinedload(ChangeRequest.department),
        ),
    )
    list_columns = ["number", "expert", "organization", "department", "subject", "proposed_at", "state"]
    label_columns = {"number": "编号", "subject": "变更内容"}
    default_filters = {"state": ChangeState.OPEN.value}
    list_title = "变更申请"
    empty_text = "没有待处理的变更申请。可把“状态”改为“全部”查看已处理的。"
    method_permission_name = {"check": REVIEW, "decide": REVIEW}

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """Field by field: as it was, as it is, as it is proposed; and the decision for who may take it."""
        found = change_decisions.seen(pk, current.actor())
        return self._page(found, change_form.decision_form(found, found.expert.version, fresh=True))

    @expose("/check/<pk>", methods=["POST"])
    @has_access
    @permission_name(REVIEW)
    def check(self, pk: str) -> Any:
        """Names what the decision will change, and asks once more; nothing is written."""
        actor = current.actor()
        found = change_decisions.seen(pk, actor)
        form = change_form.decision_form(found, found.expert.version)
        if form.validate():
            verdicts = change_form.verdicts_of(form, found)
            try:
                permissions.require(actor, ChangeAction.DECIDE, found)
                change_decisions.checked(found, verdicts)
            except DomainError as refusal:
                _refuse(form, refusal)
            else:
                return self.render_template(
                    "staff/change_check.html",
                    title="确认处理结果",
                    change=found,
                    present=change_decisions.present(found),
                    verdicts=verdicts,
                    form=form,
                )
        return self._page(found, form), 422

    @expose("/decide/<pk>", methods=["POST"])
    @has_access
    @permission_name(REVIEW)
    def decide(self, pk: str) -> Any:
        """The decision; what is accepted is in the profile from now on."""
        actor = current.actor()
        found = change_decisions.seen(pk, actor)
        form = change_form.decision_form(found, found.expert.version)
        if form.validate():
            version, profile = (whole_number(one.data) or 0 for one in (form.version, form.profile))
            try:
                change_decisions.decide(pk, actor, change_form.verdicts_of(form, found), version, profile)
            except NotFound:
                raise
            except DomainError as refusal:
                _refuse(form, refusal)
            else:
                flash("变更申请已处理，结果已通知专家。", "success")
                return redirect(f"/change/show/{pk}")
        found = change_decisions.seen(pk, actor)
        # The page shows the profile as it is now: what is decided next is decided on that.
        form.profile.data = str(found.expert.version)
        return self._page(found, form), 422

    def _page(self, found: ChangeRequest, form: Any) -> str:
        actor, waits = current.actor(), found.state is ChangeState.OPEN
        page: str = self.render_template(
            "staff/change.html",
            title=f"{found.expert.name}的变更申请",
            change=found,
            tone=TONES[found.state],
            present=change_decisions.present(found),
            form=form,
            may_decide=waits and permissions.may(actor, ChangeAction.DECIDE, found),
            refusal=permissions.refusal(actor, ChangeAction.DECIDE, found) if waits else None,
        )
        return page


def _refuse(form: Any, refusal: DomainError) -> None:
    """Beside the controls of the field that the service names, or above the form."""
    decision = DECISION.format(refusal.field)
    if decision in form:
        declined = form[decision].data == change_form.DECLINE
        refusal = Invalid(refusal.message, field=WHY.format(refusal.field) if declined else decision)
    refuse(form, refusal)
