"""专家信息 and 聘书 as lists in scope (R1), with Word, 审核历史 and 重置密码 (R25)."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, redirect, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy.orm import joinedload

from app.domain.errors import DomainError
from app.domain.validity import chinese_date, today_in_shanghai
from app.models import Certificate, Expert
from app.models.certificate import in_number_order
from app.policies.roles import (
    CERTIFICATES,
    EXPERTS,
    EXPORT_FULL,
    READ_CERTIFICATES,
    READ_EXPERTS,
    RESET_PASSWORD,
    REVEAL,
)
from app.policies.scope import visible_certificates, visible_experts
from app.services import (
    accounts,
    case_history,
    certificates,
    disclosure,
    dossier,
    export_subjects,
    passwords,
    profile_document,
    rows,
)
from app.views import current, replica
from app.views.base import READ
from app.views.cases import certificate_tone, end_note
from app.views.certificate_export import CertificateExport
from app.views.expert_filters import EXPERT_FILTERS, certificate_filters
from app.views.interface import ScopedInterface
from app.views.look_up import LookUpView
from app.views.outcome import refuse
from app.views.password_form import ResetForm
from app.views.reason import answer_with_reason
from app.views.table_export import TableExport
from app.views.word import full_word, history_word, masked_word


class ExpertView(TableExport, LookUpView):
    """专家信息: by default the experts with an approved case."""

    route_base = "/expert"
    resource = EXPERTS
    from_replica = True
    subject = export_subjects.EXPERTS
    datamodel = ScopedInterface(Expert, scope=visible_experts, reach=(Expert.id, READ_EXPERTS))
    extra_filters = EXPERT_FILTERS
    default_filters = {"approved": "1"}
    list_title = "专家信息"
    empty_text = "没有符合条件的专家。默认只列出审核通过的专家，可把“审核通过”改为“全部”再查询。"
    method_permission_name = {
        "word": READ,
        "reset": "reset_password",
        "history": READ,
        "history_word": READ,
        "reveal": "reveal",
        "full_word": "export_full",
    }

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """The expert: profile, files, certificates, 审核历史."""
        return replica.read(lambda: self._page(self._expert(pk)))

    @expose("/reveal/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("reveal")
    def reveal(self, pk: str) -> Any:
        """查看完整信息: the same page unmasked, on this one answer, for a reason."""

        def answer(reason: str) -> Any:
            disclosure.reveal_expert(current.actor(), pk, reason)
            return self._page(self._expert(pk), full=True)

        return answer_with_reason(
            self,
            answer,
            title="查看完整信息",
            about=f"将显示专家{self._expert(pk).name}的完整身份证号和手机号，只显示这一次。",
            button="查看",
            back=f"/expert/show/{pk}",
        )

    def _page(self, expert: Expert, *, full: bool = False) -> str:
        today, actor, found = today_in_shanghai(), current.actor(), dossier.of(expert)
        return self.render_template(
            "staff/expert.html",
            title=expert.name,
            expert=expert,
            parts=profile_document.parts_of(expert, full=full, lists=found.lists),
            full=full,
            photo=found.photo,
            attachments=found.attachments,
            certificates=found.certificates,
            today=today,
            tone=certificate_tone,
            end_note=end_note,
            history=case_history.entries(found),
            may_reset=actor.may(RESET_PASSWORD),
            may_reveal=actor.may(REVEAL),
            may_export_full=actor.may(EXPORT_FULL),
        )

    @expose("/word/<pk>")
    @has_access
    @permission_name(READ)
    def word(self, pk: str) -> Response:
        """下载专家信息: the Word form, masked."""
        return masked_word(self._expert(pk))

    @expose("/history/<pk>")
    @has_access
    @permission_name(READ)
    def history(self, pk: str) -> Any:
        """审核历史 across departments, on a page to print."""
        data = case_history.printed(current.actor(), self._expert(pk))
        return self.render_template("staff/history.html", title=f"{data.name}的审核历史", data=data, pk=pk)

    @expose("/history_word/<pk>")
    @has_access
    @permission_name(READ)
    def history_word(self, pk: str) -> Response:
        """The same as a Word file."""
        return history_word(self._expert(pk))

    @expose("/full_word/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("export_full")
    def full_word(self, pk: str) -> Any:
        """导出完整信息: the Word form unmasked, for a reason."""
        expert = self._expert(pk)
        return answer_with_reason(
            self,
            lambda reason: full_word(expert, reason),
            title="导出完整信息",
            about=f"导出的文件含专家{expert.name}的完整身份证号和手机号，并注明导出人和时间。",
            button="导出",
            back=f"/expert/show/{pk}",
        )

    @expose("/reset/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("reset_password")
    def reset(self, pk: str) -> Any:
        """重置密码 in scope (R25): offers a password, and shows the one that was taken this once."""
        expert = self._expert(pk)
        form = ResetForm()
        if form.validate_on_submit():
            password = form.new.data or ""
            try:
                accounts.reset_password(expert.id, current.actor(), password)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                # Not by way of another page: the password would have to travel in an address or a cookie.
                return self.render_template(
                    "staff/reset_done.html", title="密码已重置", expert=expert, password=password
                )
        if request.method == "GET":
            form.new.data = passwords.generated()
        rule = passwords.rule_for(staff=False).words
        page = self.render_template("staff/reset.html", title="重置密码", expert=expert, form=form, rule=rule)
        return page, (422 if request.method == "POST" else 200)

    def _expert(self, pk: str) -> Expert:
        return rows.one(Expert, pk, visible_experts(current.actor()), joinedload(Expert.region))


class CertificateView(CertificateExport):
    """聘书 in scope; each opens on its own page."""

    route_base = "/certificates"
    resource = CERTIFICATES
    from_replica = True
    subject = export_subjects.CERTIFICATES
    datamodel = ScopedInterface(
        Certificate,
        scope=visible_certificates,
        reach=(Certificate.expert_id, READ_CERTIFICATES),
        options=(joinedload(Certificate.department),),
    )
    list_columns = ["number", "name", "title", "body", "department", "valid_from", "valid_to", "status_now"]
    label_columns = {"status_now": "状态"}
    order_keys = {"number": in_number_order(Certificate.number)}
    list_title = "聘书"
    empty_text = "没有符合条件的聘书。备案之后，聘书列在这里。"
    formatters_columns = {"valid_to": lambda value: chinese_date(value) if value else "长期"}

    def __init__(self, **kwargs: Any) -> None:
        self.extra_filters = certificate_filters(current_app.config["CERTIFICATE_REMINDERS"])
        super().__init__(**kwargs)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """The certificate's page is the same for everybody who may see it."""
        return redirect(f"/certificate/{certificates.seen(pk, current.actor()).id}")
