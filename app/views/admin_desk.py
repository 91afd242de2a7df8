"""系统管理: organizations, taxonomy, messages, audit: generated screens, rows retired and never deleted."""

from __future__ import annotations

import re
from typing import Any

from flask import abort, current_app, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy import inspect
from sqlalchemy.orm import joinedload

from app.domain.errors import Invalid
from app.domain.sms_wording import WORDINGS, Wording, render
from app.models import (
    AppointingBody,
    AuditEntry,
    Department,
    Field,
    Industry,
    Organization,
    Region,
    SmsTemplate,
    Speciality,
)
from app.policies.roles import AUDIT
from app.services import audit_seals, certificates, export_subjects, province
from app.services.audit import audit, detail_of
from app.views import current, merger
from app.views.base import READ, WRITE, RegistryModelView
from app.views.interface import ScopedInterface
from app.views.table_export import TableExport

DETAIL_LABELS = {
    "reason": "原因",
    "fields": "内容",
    "kind": "类别",
    "content": "内容",
    "expert": "专家",
    "principal": "受托于",
    "delegation": "委托编号",
    "count": "次数",
    "minute": "起始时间",
    "items": "变更内容",
    "declined": "不接受",
    "network": "来源",
    "version": "版本",
    "note": "说明",
    "former_status": "原来的状态",
    "former_outcome": "原来的结果",
    "former_key": "原来的发送标识",
    "list": "列表",
    "columns": "列",
    "filters": "筛选条件",
    "rows": "记录（内部编号）",
    "certificates": "聘书（内部编号）",
}
"""What the parts of an entry's detail are called."""

PREFIX = re.compile(r"[A-Z]{2,12}")


class ReferenceView(RegistryModelView):
    """Reference data: what administrators add, rename and retire."""

    writable = True
    base_order = ("id", "asc")
    page_size = 50

    def written(self, item: Any, *, added: bool, changed: list[dict[str, str]]) -> None:
        """Each change stands in 操作日志."""
        verb, detail = "新增" if added else "修改", {"changes": changed}
        audit(current.actor(), f"{verb}{item.__label__}", f"{item.__label__}#{item.id}", detail)


class OrganizationView(ReferenceView):
    """机构."""

    route_base = "/organization"
    resource = "机构"
    datamodel = ScopedInterface(Organization, options=(joinedload(Organization.region),))
    form_names = ("name", "region", "prefix", "phone", "retired")
    fixed_after_add = ("region",)

    def check(self, item: Organization, form: Any) -> None:
        """A number's prefix is capital letters; it never changes once numbers bear it (R16)."""
        if not PREFIX.fullmatch(item.prefix or ""):
            raise Invalid("证书编号前缀须为 2 至 12 个大写字母。", field="prefix")
        if item.id and inspect(item).attrs.prefix.history.deleted and certificates.bears_prefix(item.id):
            raise Invalid("已有聘书使用原来的前缀，不能修改。", field="prefix")


class DepartmentView(ReferenceView):
    """部门."""

    route_base = "/department"
    resource = "部门"
    datamodel = ScopedInterface(Department, options=(joinedload(Department.organization),))
    form_names = ("organization", "name", "receives", "files", "handling_days", "phone", "retired")
    fixed_after_add = ("organization",)
    show_template = "admin/department.html"
    method_permission_name = {"merge": WRITE}

    @expose("/merge/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name(WRITE)
    def merge(self, pk: str) -> Any:
        """并入 another department: first into which, then what that moves, then yes."""
        return merger.answer(self, pk)


class AppointingBodyView(ReferenceView):
    """聘用单位: three for each organization (R14)."""

    route_base = "/body"
    resource = "聘用单位"
    datamodel = ScopedInterface(AppointingBody, options=(joinedload(AppointingBody.organization),))
    form_names = ("organization", "name", "retired")
    fixed_after_add = ("organization",)


class IndustryView(ReferenceView):
    """行业类别."""

    route_base = "/industry"
    resource = "行业类别"
    datamodel = ScopedInterface(Industry)
    form_names = ("name", "short_name", "position", "retired")


class FieldView(ReferenceView):
    """重点领域."""

    route_base = "/field"
    resource = "重点领域"
    datamodel = ScopedInterface(Field)
    form_names = ("industry", "name", "position", "retired")
    fixed_after_add = ("industry",)


class SpecialityView(ReferenceView):
    """专业类别."""

    route_base = "/speciality"
    resource = "专业类别"
    datamodel = ScopedInterface(Speciality)
    form_names = ("field", "name", "position", "retired")
    fixed_after_add = ("field",)


class RegionView(RegistryModelView):
    """行政区划, to look up."""

    route_base = "/region"
    resource = "行政区划"
    datamodel = ScopedInterface(Region)
    base_order = ("code", "asc")
    page_size = 50


def _wording(template: SmsTemplate) -> Wording:
    return WORDINGS[template.purpose].of(province.here().words)


class SmsTemplateView(ReferenceView):
    """短信模板: the text is the administrators', the placeholders are the program's."""

    route_base = "/sms-template"
    resource = "短信模板"
    datamodel = ScopedInterface(SmsTemplate)
    exclude_route_methods = {"add"}
    form_names = ("text", "provider_code", "enabled")
    edit_template = "admin/sms_template.html"

    def check(self, item: SmsTemplate, form: Any) -> None:
        """The rules of the wording; and nobody could register or log in without codes."""
        wording = _wording(item)
        if problem := wording.problem(item.text, current_app.config["SMS_SIGN_NAME"]):
            raise Invalid(problem, field="text")
        if wording.is_code and not item.enabled:
            raise Invalid("验证码短信不能停用。", field="enabled")

    def _get_edit_widget(self, form: Any, **kwargs: Any) -> dict[str, Any]:
        """With what the template's page shows beside the form: the wording, and what is typed as it would arrive."""
        wording = _wording(self.datamodel.get((request.view_args or {})["pk"]))
        signature = current_app.config["SMS_SIGN_NAME"]
        shown = render(form.text.data or "", wording.samples, signature)
        return {
            **super()._get_edit_widget(form, **kwargs),
            "wording": wording,
            "signature": signature,
            "preview": shown,
        }


class AuditView(TableExport):
    """操作日志: append-only; a row opens with what it changed, before and after."""

    route_base = "/audit"
    resource = AUDIT
    from_replica = True
    subject = export_subjects.AUDIT
    datamodel = ScopedInterface(AuditEntry)
    empty_text = "没有符合条件的操作记录。"

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """One act: its columns, its reason, and a table of what was before and after."""
        entry = self.datamodel.get(pk)
        if entry is None:
            abort(404)
        detail = detail_of(entry)
        return self.render_template(
            "admin/audit.html",
            title="操作日志",
            entry=entry,
            fields=self.declared,
            changes=detail.pop("changes", []),
            facts=[(DETAIL_LABELS.get(name, name), value) for name, value in detail.items()],
            seal=audit_seals.seal_on(entry.id),
        )
