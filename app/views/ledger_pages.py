"""聘书台账: the register of an organization and a year, on a page that prints, and as an Excel workbook."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, jsonify, request, send_file
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from werkzeug.exceptions import BadRequest

from app.documents.ledger import COLUMNS
from app.documents.ledger_xlsx import render_ledger
from app.documents.workbook import XLSX
from app.extensions import limiter
from app.models import Organization
from app.policies.roles import CERTIFICATES, EXPORT_CERTIFICATES
from app.policies.scope import overseen_organizations
from app.services import ledger
from app.views import current
from app.views.base import READ
from app.views.fields import whole_number
from app.views.filters import rows_named
from app.views.table_export import EXPORT

LINES_ON_PAGE = 2000
"""What a browser still shows and prints at ease; a longer register is printed from the workbook."""


class LedgerPages(BaseView):
    """The register; whose, and of which year, stands in the address."""

    route_base = "/ledger"
    default_view = "page"
    class_permission_name = CERTIFICATES
    base_permissions = ["can_read", "can_export"]

    @expose("/")
    @has_access
    @permission_name(READ)
    def page(self) -> Any:
        """On screen and on paper: by default of one's own organization, in this year."""
        actor = current.actor()
        office, year = _asked()
        found = ledger.read(actor, office, year, LINES_ON_PAGE)
        return self.render_template(
            "certificate/ledger.html",
            title="聘书台账",
            office=office,
            years=ledger.years(office),
            ledger=found,
            columns=[label for label, _ in COLUMNS],
            lines=list(found.lines),
            may_export=actor.may(EXPORT_CERTIFICATES),
        )

    @expose("/xlsx")
    @limiter.limit("60 per hour")
    @has_access
    @permission_name(EXPORT)
    def xlsx(self) -> Response:
        """The same as a workbook, whole."""
        office, year = _asked()
        found = ledger.exported(current.actor(), office, year)
        return send_file(BytesIO(render_ledger(found)), XLSX, as_attachment=True, download_name=f"{found.title}.xlsx")

    @expose("/organizations")
    @has_access
    @permission_name(READ)
    def organizations(self) -> Response:
        """Organizations in scope to choose from: ``?q=`` → ``[{id, text}]``."""
        return jsonify(rows_named(Organization, request.args.get("q", ""), overseen_organizations(current.actor())))


def _asked() -> tuple[Organization, int]:
    """What the address asks for. Raises ``NotFound`` out of scope, ``BadRequest`` for a year that is none of it."""
    wanted = request.args.get("organization", "")
    office = ledger.organization(current.actor(), (whole_number(wanted) or 0) if wanted else None)
    text = request.args.get("year", "")
    known = ledger.years(office)
    year = whole_number(text) if text else known[0]
    if year is None or (text and year not in known):
        raise BadRequest("没有这一年的台账，请从页面上选择年份。")
    return office, year
