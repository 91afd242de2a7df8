"""权限一览: one page of who may what in each department, for administrators, with a download."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import Response, current_app, redirect, request, send_file
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from markupsafe import Markup
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import joinedload

from app.documents.csv_file import render_csv
from app.domain.duties import Duty
from app.models import Department, Organization, Region
from app.services import rights, rows
from app.services.listing import Order
from app.views import current
from app.views.base import READ, RegistryModelView
from app.views.filters import ListFilter, read_filters
from app.views.interface import ScopedInterface
from app.views.paging import read_page

DUTIES = {"reviewers": Duty.REVIEW, "filers": Duty.FILE}


class RightsInterface(ScopedInterface):
    """Departments as the tree of regions goes, each with those who have a duty there."""

    def order(self, *_asked: Any) -> Order:
        """That of the tree, whatever is asked: the page offers no other."""
        return Order(tuple(rights.BY_TREE))

    def get_values(self, lst: Sequence[Any], list_columns: list[str]) -> Any:
        """The columns of the list; the people of all of its departments are read at once."""
        found = rights.holders(lst)
        for department in lst:
            duties = {
                name: (found.get((department.id, duty), []), rights.gap(department, duty, found))
                for name, duty in DUTIES.items()
            }
            yield {"organization": department.organization.name, "department": department} | duties


def _people(value: tuple[list[rights.Holder], str]) -> Markup:
    people, lack = value
    template: Any = current_app.jinja_env.get_template("admin/holders.html").module
    return template.holders(people, lack)


def _name(department: Department) -> str:
    return f"{department.name}（已停用）" if department.retired else department.name


def _in_region(region: Region) -> ColumnElement[bool]:
    return Department.organization.has(Organization.region_code.between(*region.span))


_GAPS = {duty.value: (duty, f"无人可{duty.label}") for duty in Duty}
_CHOICES = tuple((value, words) for value, (_, words) in _GAPS.items())


class RightsView(RegistryModelView):
    """权限一览."""

    route_base = "/rights"
    resource = "权限一览"
    datamodel = RightsInterface(Department, options=(joinedload(Department.organization),))
    list_columns = ["organization", "department", "reviewers", "filers"]
    label_columns = {"organization": "机构", "department": "部门", "reviewers": "可以审核", "filers": "可以备案"}
    formatters_columns = {"department": _name, **dict.fromkeys(DUTIES, _people)}
    offers_more_columns = False
    extra_filters = (
        ListFilter("region", "行政区划", "ajax", _in_region, target=Region),
        ListFilter("gap", "缺人", "select", lambda value: rights.lacking(_GAPS[value][0]), _CHOICES),
    )
    list_template = "admin/rights.html"
    list_title = "权限一览"
    page_size = 50
    method_permission_name = {"csv": READ}

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """The accounts of a department, where duties are given and taken."""
        return redirect(f"/account-staff/list/?department={rows.one(Department, pk, true()).id}")

    @expose("/csv")
    @has_access
    @permission_name(READ)
    def csv(self) -> Response:
        """What the filters pass, as a table for a spreadsheet."""
        # For what it refuses: an address that names none of the list's filters.
        read_page(request.args, self.__class__.__name__, self.filters, (), self.base_order, self.page_size)
        chosen = read_filters(self.filters, request.args, str, str, {})
        table = rights.exported(current.actor(), chosen.clauses)
        return send_file(BytesIO(render_csv(table)), "text/csv", as_attachment=True, download_name="权限一览.csv")
