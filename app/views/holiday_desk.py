"""节假日: one by one as other reference data, or a year's at once."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Length

from app.domain.errors import Invalid
from app.models import Holiday
from app.services import holidays
from app.views import current
from app.views.admin_desk import ReferenceView
from app.views.base import WRITE
from app.views.fields import LinesField, plain_text
from app.views.interface import ScopedInterface
from app.views.outcome import refuse

TEXT_LENGTH = 5000


class PasteForm(FlaskForm):
    """Lines as ``holidays.paste`` reads them."""

    lines = LinesField(
        "节假日",
        [
            InputRequired("请粘贴节假日，一行一项。"),
            plain_text,
            Length(max=TEXT_LENGTH, message=f"不能超过{TEXT_LENGTH}个字。"),
        ],
        description="日期（可以写起止）、名称、类别，中间用空格隔开；类别是“放假”或“调休上班”。",
        render_kw={"maxlength": TEXT_LENGTH, "rows": 12},
    )


class HolidayView(ReferenceView):
    """节假日, which are no working days, and weekends that are."""

    route_base = "/holiday"
    resource = "节假日"
    datamodel = ScopedInterface(Holiday)
    list_columns = ["day", "name", "kind", "retired"]
    form_names = ("day", "name", "kind", "retired")
    base_order = ("day", "desc")
    list_template = "admin/holiday_list.html"
    empty_text = "还没有登记节假日，办理时限只扣除周末。请按国务院办公厅每年的通知登记。"
    method_permission_name = {"paste": WRITE}

    @expose("/paste", methods=["GET", "POST"])
    @has_access
    @permission_name(WRITE)
    def paste(self) -> Any:
        """Many days at once. A refusal names the line, and what was pasted stays."""
        form = PasteForm()
        if form.validate_on_submit():
            try:
                added = holidays.paste(current.actor(), form.lines.data or "")
            except Invalid as refusal:
                refuse(form, refusal)
            else:
                flash(f"已登记 {added} 天。", "success")
                return redirect("/holiday/list/")
        page = self.render_template("admin/holidays.html", title="登记多天节假日", form=form)
        return page, (422 if request.method == "POST" else 200)
