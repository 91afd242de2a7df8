"""常用筛选: what a list is asked for, kept under a name, for oneself or for the department."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from flask import current_app, flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from app.domain.errors import DomainError, Invalid, NotFound
from app.models import SavedFilter
from app.models.saved_filter import NAME_LENGTH
from app.services import rows, saved_filters
from app.views import current
from app.views.base import RegistryModelView
from app.views.fields import plain_text
from app.views.filters import read_filters
from app.views.list_widget import may
from app.views.outcome import perform, refuse


class SaveForm(FlaskForm):
    """A name, and whether colleagues have it too."""

    name = StringField(
        "名称",
        [plain_text, Length(max=NAME_LENGTH, message=f"不能超过{NAME_LENGTH}个字。")],
        description="与已有的同名时，替换原来的条件。",
        render_kw={"maxlength": NAME_LENGTH, "autocomplete": "off"},
    )
    shared = BooleanField("本部门的同事也能使用", description="同事看到的，仍限于各自的数据范围。")


class Kept(NamedTuple):
    """One that is offered: ``words`` are its conditions, or nothing where the list does not know them any more."""

    row: SavedFilter
    words: list[tuple[str, str]] | None
    url: str
    is_own: bool


class SavedFilterPages(BaseView):
    """A page for each list that the present user reads. The list's filters stand in the address, as they do there."""

    route_base = "/saved-filters"
    base_permissions: list[str] = []

    @expose("/<listing>", methods=["GET", "POST"])
    @login_required
    def page(self, listing: str) -> Any:
        """What is kept for the list, and the form that keeps what the address asks for."""
        view, actor, form = list_of(listing), current.actor(), SaveForm()
        asked = view.asked_pairs()
        conditions = _words(view, MultiDict(asked))
        if form.validate_on_submit():
            try:
                if conditions is None:
                    raise Invalid("筛选条件有误，请回到列表重新查询。", field="name")
                # “all” alone asks for nothing: a list that is kept has a condition or an order of its own.
                query = urlencode(asked) if any(key != "all" for key, _ in asked) else ""
                saved_filters.save(actor, listing, form.name.data or "", query, shared=form.shared.data)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                flash("已保存。", "success")
                return redirect(request.full_path)
        page = self.render_template(
            "staff/saved_filters.html",
            title=f"常用筛选：{view.list_title}",
            form=form,
            saved=[_kept(view, row, actor.user_id) for row in saved_filters.offered(actor, listing)],
            conditions=conditions or [],
            orders=any(key.startswith("_oc_") for key, _ in asked),
            back=f"{view.route_base}/list/?{urlencode(asked)}",
        )
        return page, (422 if request.method == "POST" else 200)

    @expose("/<listing>/<int:filter_id>/drop", methods=["POST"])
    @login_required
    def drop(self, listing: str, filter_id: int) -> BaseResponse:
        """删除, by who kept it."""
        list_of(listing)
        perform(saved_filters.drop, current.actor(), filter_id, done="已删除。")
        return redirect(f"/saved-filters/{listing}")


def list_of(listing: str) -> RegistryModelView:
    """The list of this name, for who reads it. Raises ``NotFound``."""
    for view in current_app.appbuilder.baseviews:  # type: ignore[attr-defined]
        if isinstance(view, RegistryModelView) and view.__class__.__name__ == listing and may(view, "list"):
            return view
    raise NotFound(rows.NOT_THERE)


def _words(view: RegistryModelView, asked: MultiDict[str, str]) -> list[tuple[str, str]] | None:
    """Label and value of each condition; ``None`` where one, or the order, is none of the list's."""
    try:
        view.asked_page(asked)
        return [(label, words) for label, words, _ in read_filters(view.filters, asked, str, str, {}).active]
    except (BadRequest, Invalid):
        return None


def _kept(view: RegistryModelView, row: SavedFilter, user_id: int) -> Kept:
    words = _words(view, MultiDict(parse_qsl(row.query)))
    return Kept(row, words, f"{view.route_base}/list/?{row.query}", row.owner_id == user_id)
