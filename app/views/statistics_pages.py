"""统计分析: figures of the official's own region and those below, each leading to its list."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, jsonify, request, send_file
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name

from app.documents.statistics_svg import COVERAGE, render_coverage, render_picture, shade_of
from app.documents.statistics_xlsx import render_statistics
from app.documents.workbook import XLSX
from app.domain.errors import NotFound
from app.domain.statistics import APPLICATIONS, CERTIFICATES, EXPERTS, Block, Figure
from app.extensions import limiter
from app.models import Region
from app.policies.roles import EXPERTS as RESOURCE
from app.services import rows, statistics, statistics_scope
from app.services.audit import audit_apart
from app.services.statistics_scope import Asked
from app.views import current, replica
from app.views.base import READ
from app.views.filters import rows_named

ADDRESSES = {EXPERTS: "/expert/list/", APPLICATIONS: "/application/list/", CERTIFICATES: "/certificates/list/"}


class StatisticsPages(BaseView):
    """Which region, and whether all experts or the approved alone, stands in the address."""

    route_base = "/statistics"
    default_view = "page"
    class_permission_name = RESOURCE
    base_permissions = ["can_read"]

    @expose("/")
    @has_access
    @permission_name(READ)
    def page(self) -> Any:
        """Every block."""
        asked = _asked()
        found = replica.read(lambda: statistics.kept(current.actor(), asked))
        return self.render_template(
            "staff/statistics.html",
            title="统计分析",
            asked=asked,
            statistics=found,
            address=_address,
            shade=lambda figure: shade_of(figure, found.coverage.most),
            query=urlencode({"region": asked.region.code, "approved": "1" if asked.approved else ""}),
        )

    @expose("/xlsx")
    @limiter.limit("60 per hour")
    @has_access
    @permission_name(READ)
    def xlsx(self) -> Response:
        """The same as a workbook."""
        actor, asked = current.actor(), _asked()
        found = replica.read(lambda: statistics.kept(actor, asked))
        audit_apart(actor, "导出统计", f"地区#{asked.region.code}", {"approved": asked.approved})
        name = f"{found.place}专家统计{found.day:%Y%m%d}.xlsx"
        return send_file(BytesIO(render_statistics(found)), XLSX, as_attachment=True, download_name=name)

    @expose("/svg/<name>")
    @limiter.limit("240 per hour")
    @has_access
    @permission_name(READ)
    def svg(self, name: str) -> Response:
        """A block, or what is covered where, as a picture of its own."""
        actor, asked = current.actor(), _asked()
        found = replica.read(lambda: statistics.kept(actor, asked))
        source = current_app.config["APP_NAME"]
        block = next((block for block in found.blocks if block.name == name), None)
        if block is not None:
            title, drawn = block.title, render_picture(found, block, source)
        elif name == COVERAGE:
            title, drawn = "领域覆盖", render_coverage(found, source)
        else:
            raise NotFound(rows.NOT_THERE)
        audit_apart(actor, "下载统计图", f"地区#{asked.region.code}", {"picture": title, "approved": asked.approved})
        called = f"{found.place}{title}{found.day:%Y%m%d}.svg"
        return send_file(BytesIO(drawn.encode()), "image/svg+xml", as_attachment=True, download_name=called)

    @expose("/regions")
    @has_access
    @permission_name(READ)
    def regions(self) -> Response:
        """Regions in scope to choose from: ``?q=`` → ``[{id, text}]``."""
        return jsonify(rows_named(Region, request.args.get("q", ""), statistics_scope.regions(current.actor())))


def _asked() -> Asked:
    return statistics_scope.asked(
        current.actor(), request.args.get("region", "")[:6], approved=request.args.get("approved", "1") == "1"
    )


def _address(block: Block, figure: Figure) -> str:
    """Of the list that shows what the figure counts; empty where there is none."""
    return "" if figure.query is None else f"{ADDRESSES[block.of]}?{urlencode(figure.query)}"
