"""导入专家: a workbook is sent, its check looked through, wrong cells mended, what is right imported."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, request, send_file
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Regexp

from app.documents.workbook import XLSX
from app.domain.errors import DomainError, Invalid
from app.domain.imports import ROWS_AT_MOST, ImportState, RowState
from app.domain.states import Labelled
from app.extensions import limiter
from app.models import Region
from app.policies.roles import IMPORT, READ_EXPERTS
from app.services import import_orders, import_sheet
from app.services.import_orders import StillWrong
from app.views import current
from app.views.bulk_form import KEY
from app.views.fields import whole_number
from app.views.filters import rows_named, specialities_named
from app.views.import_form import Mending, lines_of
from app.views.outcome import perform, refuse

LOST = "页面已失效，请重新打开“专家导入”再上传。"
TONES: dict[Labelled, str] = {
    ImportState.QUEUED: "warning",
    ImportState.CHECKING: "info",
    ImportState.CHECKED: "warning",
    ImportState.CONFIRMED: "warning",
    ImportState.IMPORTING: "info",
    ImportState.DONE: "success",
    ImportState.FAILED: "danger",
    RowState.READY: "success",
    RowState.WRONG: "danger",
    RowState.IMPORTED: "success",
}
"""Whatever is not here is neutral."""
_IMPORT = IMPORT.verb.removeprefix("can_")


class ImportForm(FlaskForm):
    """The workbook; a key that works once."""

    key = HiddenField(validators=[InputRequired(LOST), Regexp(KEY, message=LOST)])
    file = FileField("表格", description=f"按模板填写的 .xlsx，不超过 20 MB、{ROWS_AT_MOST} 行。")
    gaps = BooleanField(
        "资料不全也导入",
        description="姓名、身份证号、手机、所在地区仍须填写，其他缺少的必填项由专家本人登录后补填。",
    )


class ImportPages(BaseView):
    """One's own imports, by id."""

    route_base = "/imports"
    default_view = "mine"
    class_permission_name = IMPORT.resource
    base_permissions = [IMPORT.verb]

    @expose("/", methods=["GET", "POST"])
    @has_access
    @permission_name(_IMPORT)
    @limiter.limit("60 per hour", methods=["POST"])
    def mine(self) -> Any:
        """Sends a workbook; those sent before, the newest first."""
        actor = current.actor()
        jobs = import_orders.all_own(actor)
        form = ImportForm() if request.method == "POST" else ImportForm(formdata=None)
        if request.method == "POST" and form.validate():
            try:
                if not form.file.data or not form.file.data.filename:
                    raise Invalid("请先选择文件。", field="file")
                data, name = form.file.data.read(), form.file.data.filename
                job_id = import_orders.upload(actor, form.key.data or "", data, name, gaps=bool(form.gaps.data))
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                return redirect(f"/imports/{job_id}")
            jobs = import_orders.all_own(actor)
        if not form.key.data:
            form.key.data = secrets.token_urlsafe(16)
        page = self.render_template("staff/imports.html", title="专家导入", form=form, jobs=jobs, tones=TONES)
        return page, (422 if request.method == "POST" else 200)

    @expose("/template")
    @has_access
    @permission_name(_IMPORT)
    @limiter.limit("60 per hour")
    def template(self) -> Response:
        """The workbook to fill in."""
        import_orders.require(current.actor())
        return _sent(import_sheet.template(current.actor()), "专家导入模板.xlsx")

    @expose("/choices/<name>")
    @has_access
    @permission_name(_IMPORT)
    def choices(self, name: str) -> Response:
        """Rows for the AJAX controls of a row that is mended."""
        typed = request.args.get("q", "")[:100]
        if name == "region":
            span = current.actor().region_span or ("", "")
            return jsonify(rows_named(Region, typed, Region.level > 0, Region.code.between(*span)))
        if name == "specialities":
            return jsonify(specialities_named(typed))
        return abort(404)

    @expose("/<int:job_id>")
    @has_access
    @permission_name(_IMPORT)
    def one(self, job_id: int) -> Any:
        """How far it is, then what the check found. The page asks again by itself while there is work left."""
        actor = current.actor()
        job = import_orders.own(actor, job_id)
        counts = import_orders.counts(job)
        default = next((state for state in (RowState.WRONG, RowState.IMPORTED) if counts[state]), RowState.KNOWN)
        state = next((s for s in RowState if s.value == request.args.get("show", default.value)), None)
        number = whole_number(request.args.get("page", "0"))
        if state is None or number is None:
            raise BadRequest("网址不完整，请从“专家导入”重新打开。")
        rows = import_orders.page_of(job, state, number)
        return self.render_template(
            "staff/import.html",
            title="专家导入",
            job=job,
            ahead=import_orders.ahead_of(job) if job.state.is_working else 0,
            counts=counts,
            shown=state,
            rows=rows,
            lines=lines_of(rows.rows),
            may_read=actor.may(READ_EXPERTS),
            tones=TONES,
        )

    @expose("/<int:job_id>/rows/<int:number>", methods=["GET", "POST"])
    @has_access
    @permission_name(_IMPORT)
    def row(self, job_id: int, number: int) -> Any:
        """The wrong cells of a row, to be put right here."""
        actor = current.actor()
        row = import_orders.wrong_row(actor, job_id, number)
        mending = Mending.of(row)
        if request.method == "POST" and mending.form.validate():
            try:
                state = import_orders.mend(actor, job_id, number, mending.texts())
            except StillWrong as refusal:
                mending = mending.with_faults(refusal.faults)
            except DomainError as refusal:
                refuse(mending.form, refusal)
            else:
                flash(f"第{number}行已改好：{state.label}。", "success")
                return redirect(f"/imports/{job_id}")
        page = self.render_template(
            "staff/import_row.html", title=f"修改第 {number} 行", job_id=job_id, mending=mending, form=mending.form
        )
        return page, (422 if request.method == "POST" else 200)

    @expose("/<int:job_id>/confirm", methods=["POST"])
    @has_access
    @permission_name(_IMPORT)
    def confirm(self, job_id: int) -> BaseResponse:
        """Imports what is right."""
        perform(import_orders.confirm, current.actor(), job_id, done="已开始导入。")
        return redirect(f"/imports/{job_id}")

    @expose("/<int:job_id>/cancel", methods=["POST"])
    @has_access
    @permission_name(_IMPORT)
    def cancel(self, job_id: int) -> BaseResponse:
        """Gives it up."""
        perform(import_orders.cancel, current.actor(), job_id, done="已取消，没有导入，表格中的内容已删除。")
        return redirect(f"/imports/{job_id}")

    @expose("/<int:job_id>/xlsx")
    @has_access
    @permission_name(_IMPORT)
    @limiter.limit("60 per hour")
    def marked(self, job_id: int) -> Response:
        """The rows that are wrong, marked."""
        return _sent(import_orders.marked(current.actor(), job_id), f"专家导入_{job_id}_有误的行.xlsx")


def _sent(data: bytes, name: str) -> Response:
    return send_file(BytesIO(data), XLSX, as_attachment=True, download_name=name)
