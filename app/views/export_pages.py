"""我的导出: how far each is, the file where it is there, and the way to give one up."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, redirect
from flask_appbuilder import BaseView, expose
from flask_login import login_required
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as BaseResponse

from app.documents.workbook import XLSX
from app.domain.exports import ExportKind, ExportState
from app.domain.states import Labelled
from app.services import export_orders
from app.views import current
from app.views.outcome import perform

TONES: dict[Labelled, str] = {
    ExportState.QUEUED: "warning",
    ExportState.RUNNING: "info",
    ExportState.DONE: "success",
    ExportState.FAILED: "danger",
}
"""What is over and has no file is neutral."""
MIMETYPES = {ExportKind.PDF: "application/pdf", ExportKind.ZIP: "application/zip", ExportKind.XLSX: XLSX}


class ExportPages(BaseView):
    """One's own exports, by id; the services ask for the permission of each."""

    route_base = "/exports"
    default_view = "mine"
    base_permissions: list[str] = []

    @expose("/")
    @login_required
    def mine(self) -> Any:
        """The newest first."""
        jobs = export_orders.all_own(current.actor())
        return self.render_template(
            "exports/mine.html", title="我的导出", jobs=jobs, tones=TONES, contents=export_orders.contents
        )

    @expose("/<int:job_id>")
    @login_required
    def one(self, job_id: int) -> Any:
        """How far it is. The page asks again by itself while there is something to wait for."""
        job = export_orders.own(current.actor(), job_id)
        return self.render_template(
            "exports/one.html",
            title="导出",
            job=job,
            contents=export_orders.contents(job),
            ahead=export_orders.ahead_of(job) if job.state is ExportState.QUEUED else 0,
            size=sum(part.size for part in job.parts),
            tones=TONES,
        )

    @expose("/<int:job_id>/cancel", methods=["POST"])
    @login_required
    def cancel(self, job_id: int) -> BaseResponse:
        """Gives it up."""
        # Whoever may not see it is told so as on the other pages.
        export_orders.own(current.actor(), job_id)
        perform(export_orders.cancel, current.actor(), job_id, done="已取消，没有生成文件。")
        return redirect(f"/exports/{job_id}")

    @expose("/<int:job_id>/file")
    @login_required
    def download(self, job_id: int) -> Response:
        """The file, piece by piece."""
        found = export_orders.download(current.actor(), job_id)
        headers = Headers({"Content-Length": str(found.size)})
        # RFC 6266: a header is ASCII, and a Chinese name is written the second way.
        names = {"filename": found.plain_name, "filename*": f"UTF-8''{quote(found.name)}"}
        headers.set("Content-Disposition", "attachment", **names)
        return Response(found.pieces, mimetype=MIMETYPES[found.kind], headers=headers)
