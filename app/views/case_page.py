"""The page of a case, and what every list of cases has in common (R1, R2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flask import Response, jsonify, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.errors import NotAllowed
from app.domain.states import Action, ApplicationStatus
from app.domain.validity import today_in_shanghai
from app.extensions import limiter
from app.models import Application, Expert
from app.models.application import FIRST, RENEWAL
from app.policies import explanation, permissions
from app.policies.roles import APPLICATIONS, READ_APPLICATIONS, REVEAL
from app.policies.scope import visible_applications
from app.services import (
    applications,
    case_visits,
    certificates,
    corrections,
    designs,
    disclosure,
    filings,
    profile_document,
    reviews,
)
from app.services.export_subjects import CASES
from app.services.listing import Condition
from app.views import current, review_form, session
from app.views.base import READ
from app.views.cases import TONES, end_note, timeline
from app.views.correction_pages import difference
from app.views.filters import ListFilter
from app.views.interface import ScopedInterface
from app.views.reason import StepForm, answer_with_reason, step_form
from app.views.table_export import TableExport
from app.views.throttle import account_key

KIND = ListFilter(
    "kind",
    "类别",
    "select",
    lambda value: Application.renews_id.is_not(None) if value == "renewal" else Application.renews_id.is_(None),
    (("first", FIRST), ("renewal", RENEWAL)),
    keys=lambda value: select(Application.id).where(Application.renews_id.is_not(None)) if value == "renewal" else None,
)
"""Whether a case is to follow a certificate."""


def kind_mark(kind: str) -> str:
    """A 续聘 stands out among the others."""
    return Markup('<span class="badge badge-info">{}</span>').format(kind) if kind == RENEWAL else kind


def scoped_cases() -> ScopedInterface:
    """Cases in scope, an interface of its own for each list."""
    return ScopedInterface(
        Application,
        scope=visible_applications,
        reach=(Application.expert_id, READ_APPLICATIONS),
        options=(
            joinedload(Application.expert).load_only(Expert.name),
            joinedload(Application.organization),
            joinedload(Application.department),
        ),
    )


class CaseView(TableExport):
    """Cases of one status, and the page of a case."""

    resource = APPLICATIONS
    subject = CASES
    list_columns = ["number", "kind", "expert", "organization", "department", "submitted_at", "status"]
    label_columns = {"number": "申报编号", "kind": "类别"}
    formatters_columns = {"kind": kind_mark}
    extra_filters: Sequence[ListFilter] = (KIND,)
    status: ClassVar[ApplicationStatus | None] = None

    def base_conditions(self) -> list[Condition]:
        """The cases of this list's status."""
        if self.status is None:
            return []
        only = self.datamodel.indexed(Application.status == self.status, Application.status)
        return [replace(only, leads=True)]

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """The case: snapshot, files, history, and what the present user may do (R2)."""
        application = reviews.case(pk, current.actor())
        return self._case_page(application, review_form.open_form(application))

    @expose("/why/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def why(self, pk: str) -> Any:
        """我为什么能/不能处理, in words."""
        actor = current.actor()
        application = reviews.case(pk, actor)
        return self.render_template(
            "staff/why.html",
            title="我为什么能/不能处理",
            application=application,
            actor=actor,
            sight=explanation.sight(actor, application),
            verdicts=explanation.verdicts(actor, application, certificates.of_application(application.id)),
            back=f"{self.route_base}/show/{application.id}",
        )

    @expose("/seen/<pk>", methods=["POST"])
    @has_access
    @permission_name(READ)
    @limiter.limit("1200 per hour", key_func=account_key)
    def seen(self, pk: str) -> Response:
        """The page says by itself that it is open; answers which colleagues have the case open too, in words."""
        session.not_in_use()
        return jsonify(said=[visitor.words for visitor in case_visits.seen(current.actor(), pk)])

    @expose("/reveal/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name(READ)
    def reveal(self, pk: str) -> Any:
        """查看完整信息: the case unmasked, on this one answer, for a reason and with the permission on 专家信息."""
        if not current.actor().may(REVEAL):
            raise NotAllowed("您没有查看完整信息的权限。")
        application = reviews.case(pk, current.actor())

        def answer(reason: str) -> Any:
            disclosure.reveal_case(current.actor(), pk, reason)
            found = reviews.case(pk, current.actor())
            return self._case_page(found, review_form.open_form(found), full=True)

        return answer_with_reason(
            self,
            answer,
            title="查看完整信息",
            about=f"将显示{application.expert.name}申报时填写的完整身份证号和手机号，只显示这一次。",
            button="查看",
            back=f"{self.route_base}/show/{pk}",
        )

    def _case_page(
        self,
        application: Application,
        form: review_form.ReviewForm,
        *,
        full: bool = False,
        back: StepForm | None = None,
    ) -> Any:
        actor = current.actor()
        pending = application.status is ApplicationStatus.PENDING_REVIEW
        waiting = application.status is ApplicationStatus.PENDING_FILING
        verb = Action.APPROVE if pending else Action.FILE
        may_review = pending and permissions.may(actor, Action.APPROVE, application)
        may_file = waiting and permissions.may(actor, Action.FILE, application)
        return self.render_template(
            "staff/case.html",
            title=f"{application.expert.name}的申报",
            list_url=f"{self.route_base}/list/",
            application=application,
            parts=profile_document.snapshot_parts(application.snapshot, full=full),
            reveal_url="" if full or not actor.may(REVEAL) else f"{self.route_base}/reveal/{application.id}",
            full=full,
            why_url=f"{self.route_base}/why/{application.id}",
            photo_id=application.snapshot.content["photo"],
            attachments=profile_document.snapshot_attachments(application.snapshot),
            changed_since=application.expert.updated_at > application.snapshot.taken_at,
            hints=reviews.hints(application.expert),
            timeline=timeline(applications.histories([application.id])[application.id]),
            certificates=certificates.of_case(application.id),
            tone=TONES[application.status],
            former_end=end_note(application.renews, today_in_shanghai()) if application.renews else None,
            form=form,
            back=back or step_form(application.version),
            markable=corrections.markable(application) if pending else {},
            difference=difference(application, request.args.get("since") == "first", full=full),
            term=filings.term_of(application),
            may_review=may_review,
            design=designs.current(application.organization_id).design if may_review else None,
            may_file=may_file,
            seen_url=f"{self.route_base}/seen/{application.id}" if may_review or may_file else "",
            visitors=case_visits.others(actor, application.id) if may_review or may_file else (),
            refusal=permissions.refusal(actor, verb, application) if pending or waiting else None,
        )
