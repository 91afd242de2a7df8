"""聘书样式: how each organization's certificates read and look, with every version that there was (R17, R20)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import Response, flash, redirect, request, send_file
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy import ColumnElement, not_

from app.documents.certificate_pdf import render_certificate
from app.domain.design import DEFAULT, LENGTHS, Design, departures
from app.domain.errors import DomainError
from app.models import Organization, Region
from app.policies.roles import DESIGNS, KEEP_DESIGNS
from app.policies.scope import designed_organizations
from app.services import design_versions, designs, specimens
from app.services.design_versions import Revision
from app.services.listing import Condition
from app.views import current
from app.views.base import READ, WRITE, RegistryModelView
from app.views.design_form import DesignForm, design_of, filled
from app.views.documents import PDF_POLICY
from app.views.fields import whole_number
from app.views.filters import ListFilter
from app.views.interface import ScopedInterface
from app.views.outcome import perform, refuse


class DesignInterface(ScopedInterface):
    """Organizations, each with the design that is in force for it."""

    def get_values(self, lst: Sequence[Any], list_columns: list[str]) -> Any:
        """The columns of the list; what is in force is read for all of its rows at once."""
        found = designs.in_force([organization.id for organization in lst])
        for organization in lst:
            one = found[organization.id]
            yield {
                "name": organization.name,
                "used": one.words,
                "author": one.version and one.version.author_name,
                "changed": one.version and one.version.created_at,
            }


def _in_region(region: Region) -> ColumnElement[bool]:
    return Organization.region_code.between(*region.span)


class DesignView(RegistryModelView):
    """聘书样式, by organization."""

    route_base = "/design"
    resource = DESIGNS
    writable = True
    exclude_route_methods = {"add"}
    form_names = ("name",)
    datamodel = DesignInterface(Organization, scope=designed_organizations)
    list_columns = ["name", "used", "author", "changed"]
    label_columns = {"name": "机构", "used": "现用样式", "author": "修改人", "changed": "修改时间"}
    extra_filters = (
        ListFilter("region", "行政区划", "ajax", _in_region, target=Region),
        ListFilter(
            "own", "样式", "select", lambda value: designs.has_own() if value == "1" else not_(designs.has_own()),
            (("1", "自有样式"), ("0", "沿用上级或系统默认")),
        ),
    )  # fmt: skip
    left_out_filters = ("retired",)
    offers_more_columns = False
    list_title = DESIGNS
    base_order = ("region_code", "asc")
    page_size = 50
    method_permission_name = {"sample": READ, "preview": WRITE, "follow": WRITE}

    def base_conditions(self) -> list[Condition]:
        """Organizations that still issue certificates."""
        return [Condition(Organization.retired.is_(False))]

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """What is in force for an organization, and how it came to be."""
        organization = design_versions.organization(current.actor(), pk)
        history = design_versions.history(organization.id)
        used = designs.current(organization.id)
        return self.render_template(
            "admin/design.html",
            title=f"{organization.name}的聘书样式",
            organization=organization,
            used=used,
            facts=list(design_versions.in_words(used.design).items()),
            departures=departures(used.design),
            followers=design_versions.followers(organization),
            history=history,
            newest=_newest(history),
            may_keep=current.actor().may(KEEP_DESIGNS),
        )

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name(WRITE)
    def edit(self, pk: str) -> Any:
        """A new version, begun from the one in force or, by ``?from=``, another. A refusal keeps what was typed."""
        actor = current.actor()
        organization = design_versions.organization(actor, pk)
        history = design_versions.history(organization.id)
        if request.method == "GET":
            begun = whole_number(request.args.get("from"))
            return self._form(organization, history, _begun_from(begun, organization, history), begun)
        form = DesignForm()
        if form.validate():
            seen = whole_number(form.version.data) or 0
            try:
                saved = design_versions.save(actor, pk, design_of(form), form.note.data or "", seen)
            except DomainError as refusal:
                refuse(form, refusal)
                # The rollback has let all rows go. Who is told of a version that came between, decides about it.
                organization = design_versions.organization(actor, pk)
                history = design_versions.history(organization.id)
                form.version.data = str(_newest(history))
            else:
                flash(f"已保存为第{saved.version}版，从下一份聘书起生效，已生成的聘书不变。", "success")
                return redirect(f"/design/show/{organization.id}")
        return self._form(organization, history, form), 422

    def _form(
        self, organization: Organization, history: Sequence[Revision], form: DesignForm, begun: int | None = None
    ) -> str:
        page: str = self.render_template(
            "admin/design_edit.html",
            title=f"修改{organization.name}的聘书样式",
            organization=organization,
            used=designs.current(organization.id),
            followers=design_versions.followers(organization),
            history=history,
            form=form,
            departed=any(form[name].data != getattr(DEFAULT, name) for name in LENGTHS),
            begun=begun,
            page_wide=True,
        )
        return page

    @expose("/preview/<pk>", methods=["POST"])
    @has_access
    @permission_name(WRITE)
    def preview(self, pk: str) -> Any:
        """The certificate of the chosen sample, from the form as it stands; nothing is written."""
        organization = design_versions.organization(current.actor(), pk)
        form = DesignForm()
        if not form.validate():
            return self._no_preview([problem for problems in form.errors.values() for problem in problems])
        return self._drawn(organization, design_of(form), form.sample.data or "")

    @expose("/sample/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def sample(self, pk: str) -> Any:
        """The certificate of a sample by the design in force or, by ``?version=``, by one of the organization's own."""
        organization = design_versions.organization(current.actor(), pk)
        number = whole_number(request.args.get("version"))
        if number is None:
            design = designs.current(organization.id).design
        else:
            design = design_versions.designed(design_versions.history(organization.id), number)
        return self._drawn(organization, design, request.args.get("sample", ""))

    def _drawn(self, organization: Organization, design: Design, sample: str) -> Any:
        try:
            pdf = render_certificate(specimens.sample_of(organization, design, sample))
        except DomainError as refusal:
            return self._no_preview([refusal.message])
        response: Response = send_file(BytesIO(pdf), "application/pdf", download_name="聘书预览.pdf")
        response.headers["Content-Security-Policy"] = PDF_POLICY
        return response

    def _no_preview(self, problems: Sequence[Any]) -> Any:
        return self.render_template("admin/design_no_preview.html", title="聘书预览", problems=problems), 422

    @expose("/follow/<pk>", methods=["POST"])
    @has_access
    @permission_name(WRITE)
    def follow(self, pk: str) -> Any:
        """Gives up a design of one's own for the one above."""
        seen = whole_number(request.form.get("version")) or 0
        perform(
            design_versions.save, current.actor(), pk, None, "", seen,
            done="已改为沿用上级的样式，从下一份聘书起生效，已生成的聘书不变。",
        )  # fmt: skip
        return redirect(f"/design/show/{design_versions.organization(current.actor(), pk).id}")


def _begun_from(number: int | None, organization: Organization, history: Sequence[Revision]) -> DesignForm:
    """The form filled with version ``number``, 0 being the built-in one, or with what is in force."""
    if number is None:
        return filled(designs.current(organization.id).design, _newest(history))
    note = f"恢复第{number}版" if number else "恢复系统默认"
    return filled(design_versions.designed(history, number), _newest(history), note)


def _newest(history: Sequence[Revision]) -> int:
    return history[0].version.version if history else 0
