"""待审核, 待备案, 申报记录: cases in scope, and the page on which one is decided (R1-R4, R13, R15)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, jsonify, redirect, request, send_file
from flask_appbuilder import action, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from markupsafe import Markup
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.domain.errors import DomainError
from app.domain.states import Action, ApplicationStatus
from app.domain.titles import clean_title
from app.domain.validity import today_in_shanghai
from app.models import Application
from app.services import certificates, corrections, designs, filings, reviews, specimens, taxonomy
from app.views import current, review_form
from app.views.base import READ
from app.views.bulk_desk import BulkView
from app.views.case_page import KIND, CaseView, scoped_cases
from app.views.expert_filters import CASE_FILTERS
from app.views.fields import whole_number
from app.views.filters import specialities_named
from app.views.inbox import inbox_filters
from app.views.outcome import perform, refuse
from app.views.reason import StepForm, take_step

REVIEW, FILE = "review", "file"
DECIDED = {
    "approve": "审核通过，已转科信部门备案。",
    "return": "已退回补正，须补正的内容已告知专家。",
    "reject": "已驳回，理由已告知专家。",
}


class ReviewView(BulkView):
    """待审核: the department's inbox."""

    route_base = "/review"
    datamodel = scoped_cases()
    status = ApplicationStatus.PENDING_REVIEW
    extra_filters = inbox_filters(ApplicationStatus.PENDING_REVIEW)
    several = (Action.APPROVE, Action.REJECT)
    list_columns = ["number", "kind", "expert", "organization", "department", "changed_at", "waiting"]
    list_title = "待审核"
    empty_text = "没有等您审核的申报。要看管理范围内其他部门的，请把“办理”改为“全部”再查询。"
    method_permission_name = {
        "reveal": READ,
        "why": READ,
        **dict.fromkeys(("decide", "preview", "proposed_title", "specialities"), REVIEW),
        **dict.fromkeys(("approve", "reject", "bulk", "bulk_result"), REVIEW),
    }

    @action("approve", "批量通过", "", "fa-check", single=False)
    def approve(self, picks: Any) -> Any:
        """Those that can be approved, with what all of them need."""
        return self.prepared(Action.APPROVE, picks)

    @action("reject", "批量驳回", "", "fa-xmark", single=False)
    def reject(self, picks: Any) -> Any:
        """Those that can be rejected, with one reason."""
        return self.prepared(Action.REJECT, picks)

    @expose("/decide/<pk>", methods=["POST"])
    @has_access
    @permission_name(REVIEW)
    def decide(self, pk: str) -> Any:
        """通过, 退回补正 or 驳回. A refusal keeps what was typed."""
        actor = current.actor()
        application = reviews.case(pk, actor)
        form = review_form.with_bodies(review_form.ReviewForm(), application)
        if not form.outcome.data:
            form.outcome.errors = ["请选择审核结果。"]
        elif form.validate():
            version = review_form.version_of(form)
            try:
                if form.outcome.data == "approve":
                    reviews.approve(application.id, actor, review_form.decision_of(form), version)
                elif form.outcome.data == "return":
                    corrections.give_back(application.id, actor, form.reason.data or "", form.marks.data or {}, version)
                else:
                    reviews.reject(application.id, actor, form.reason.data or "", version)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                return self.to_next(DECIDED[form.outcome.data])
        return self._case_page(reviews.case(pk, actor), form), 422

    @expose("/preview/<pk>", methods=["POST"])
    @has_access
    @permission_name(REVIEW)
    def preview(self, pk: str) -> Any:
        """The certificate as it would be, from the form as it stands; nothing is written."""
        application = reviews.case(pk, current.actor())
        form = review_form.with_bodies(review_form.ReviewForm(), application)
        bodies = {body.value: body.label for body in form.appointing_body.choices}
        try:
            pdf = render_certificate(_preview_data(application, form, bodies))
        except DomainError as refusal:
            return self.render_template("staff/no_preview.html", title="聘书预览", message=refusal.message), 422
        return send_file(BytesIO(pdf), "application/pdf", download_name="聘书预览.pdf")

    @expose("/title/<pk>")
    @has_access
    @permission_name(REVIEW)
    def proposed_title(self, pk: str) -> Response:
        """The wording proposed for another speciality (R17)."""
        application = reviews.case(pk, current.actor())
        chosen = taxonomy.one(request.args.get("speciality", ""))
        return jsonify(title=reviews.title_for(application, chosen))

    @expose("/choices/speciality")
    @has_access
    @permission_name(REVIEW)
    def specialities(self) -> Response:
        """Specialities to choose from, by any of the three levels."""
        return jsonify(specialities_named(request.args.get("q", "")[:100]))


def _preview_data(application: Application, form: Any, bodies: dict[Any, str]) -> CertificateData:
    first, last = review_form.term_of(form).on(today_in_shanghai())
    return specimens.of(
        application.organization,
        designs.current(application.organization_id).design,
        name=application.snapshot.content["name"],
        body=bodies.get(form.appointing_body.data) or next(iter(bodies.values()), ""),
        title=clean_title(form.title.data or ""),
        first=first,
        last=last,
    )


class FilingView(BulkView):
    """待备案: the 科信 department's inbox."""

    route_base = "/filing"
    datamodel = scoped_cases()
    status = ApplicationStatus.PENDING_FILING
    extra_filters = inbox_filters(ApplicationStatus.PENDING_FILING)
    several = (Action.FILE,)
    list_columns = [
        "number", "kind", "expert", "organization", "department", "title", "appointing_body", "changed_at", "waiting",
    ]  # fmt: skip
    list_title = "待备案"
    empty_text = "没有等您备案的申报。要看管理范围内其他机构的，请把“办理”改为“全部”再查询。"
    method_permission_name = {
        "reveal": READ,
        "why": READ,
        **dict.fromkeys(("file", "file_several", "send_back", "bulk", "bulk_result"), FILE),
    }

    def __init__(self, **kwargs: Any) -> None:
        self.datamodel.options += (joinedload(Application.appointing_body),)
        super().__init__(**kwargs)

    @action(
        "file",
        "备案",
        "备案后将生成聘书和编号，并短信通知专家，不能撤销。确认备案吗？",
        "fa-certificate",
        multiple=False,
    )
    def file(self, item: Application) -> BaseResponse:
        """Files one, and says which certificate it has become (R15)."""
        application_id, number = item.id, item.number
        version = whole_number(request.form.get("version", str(item.version))) or 0
        if not perform(filings.file, application_id, current.actor(), version, done=""):
            return redirect(f"/filing/show/{application_id}")
        made = certificates.of_application(application_id)
        link = Markup(' <a href="/certificate/{}">{}</a> ').format(made.id, made.number) if made else ""
        return self.to_next(Markup("{} 备案成功，聘书{}已生成。").format(number, link))

    @action("file_several", "批量备案", "", "fa-certificate", single=False)
    def file_several(self, picks: Any) -> Any:
        """Those that can be filed."""
        return self.prepared(Action.FILE, picks)

    @expose("/send_back/<pk>", methods=["POST"])
    @has_access
    @permission_name(FILE)
    def send_back(self, pk: str) -> Any:
        """备案退回, with a reason: the reviewer decides again."""
        form, actor = StepForm(), current.actor()

        def back(reason: str, version: int) -> None:
            filings.send_back(application.id, actor, reason, version)

        application = reviews.case(pk, actor)
        if take_step(form, back, done=""):
            return self.to_next("已退回审核部门。")
        application = reviews.case(pk, actor)
        return self._case_page(application, review_form.open_form(application), back=form), 422


class ApplicationView(CaseView):
    """申报记录: all cases in scope, whatever their status."""

    route_base = "/application"
    from_replica = True
    datamodel = scoped_cases()
    method_permission_name = {"reveal": READ, "why": READ}
    extra_filters = (KIND, *CASE_FILTERS)
    list_title = "申报记录"
    empty_text = "没有符合条件的申报记录。"
