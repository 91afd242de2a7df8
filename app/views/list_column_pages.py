"""选列: which columns of a list one sees, remembered with one's account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from app.services import list_columns
from app.views import current
from app.views.base import RegistryModelView
from app.views.fields import choices_of
from app.views.outcome import perform
from app.views.saved_filter_pages import list_of
from app.views.table_export import ColumnsField


class ColumnsForm(FlaskForm):
    """The columns besides the first, which says whose row it is and always stands."""

    columns = ColumnsField("显示的列", validate_choice=False)


class ListColumnPages(BaseView):
    """A page for each list that the present user reads."""

    route_base = "/list-columns"
    base_permissions: list[str] = []

    @expose("/<listing>", methods=["GET", "POST"])
    @login_required
    def page(self, listing: str) -> Any:
        """The columns that the list can show, and those that it shows now."""
        view, form = list_of(listing), ColumnsForm()
        head, *others = view.offered_columns
        form.columns.choices = choices_of((name, view.label_columns[name]) for name in others)
        back = f"{view.route_base}/list/?{urlencode(list(request.args.items(multi=True)))}"
        if not form.is_submitted():
            form.columns.data = view.shown_columns()
        elif form.validate():
            chosen = [name for name in others if name in form.columns.data]
            list_columns.save(current.actor(), listing, [head, *chosen])
            flash("已保存，下次打开仍是这些列。", "success")
            return redirect(back)
        page = self.render_template(
            "staff/list_columns.html",
            title=f"选列：{view.list_title}",
            form=form,
            head=view.label_columns[head],
            usual=_usual(view),
            back=back,
        )
        return page, (422 if request.method == "POST" else 200)

    @expose("/<listing>/usual", methods=["POST"])
    @login_required
    def usual(self, listing: str) -> BaseResponse:
        """恢复默认."""
        view = list_of(listing)
        perform(list_columns.forget, current.actor(), listing, done="已恢复默认的列。")
        return redirect(f"{view.route_base}/list/")


def _usual(view: RegistryModelView) -> str:
    return "、".join(str(view.label_columns[name]) for name in view.list_columns)
