"""短信记录: what was sent and what became of it; what did not arrive is sent again from here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import action, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy import ColumnElement

from app.domain.errors import Invalid
from app.models import SmsMessage
from app.policies.roles import RESEND
from app.services import resending, rows
from app.views import current
from app.views.filters import ListFilter
from app.views.interface import ScopedInterface
from app.views.outcome import perform
from app.views.ticked import TickedRowsView

AGAIN = "resend"
NEEDS_CARE = {"recent": resending.waiting, "every": resending.stranded}


def _needs_care(value: str) -> ColumnElement[bool]:
    return NEEDS_CARE[value]()


class SmsView(TickedRowsView):
    """短信记录."""

    route_base = "/sms"
    resource = "短信记录"
    datamodel = ScopedInterface(SmsMessage)
    empty_text = "还没有发送过短信。"
    extra_filters = (
        ListFilter(
            "care", "需要处理", "select", _needs_care,
            (("recent", "近7天发送失败、未送达的（不含验证码）"), ("every", "全部发送失败、未送达的")),
        ),
    )  # fmt: skip
    list_template = "admin/sms_list.html"
    show_template = "admin/sms.html"
    method_permission_name = {"again": AGAIN, "resend": AGAIN}

    def row_links(self, found: Sequence[Any]) -> dict[Any, list[tuple[str, str]]]:
        """重新发送 where that can be done."""
        if not current.actor().may(RESEND):
            return {}
        able = [message.id for message in found if not resending.reason_against(message)]
        return {key: [("重新发送", _address(key))] for key in able}

    def _get_show_widget(self, pk: Any, item: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the address at which it is sent again, where that can be done."""
        able = current.actor().may(RESEND) and not resending.reason_against(item)
        return super()._get_show_widget(pk, item, *args, **kwargs) | {"again": _address(item.id) if able else ""}

    @action(AGAIN, "重新发送", "", "fa-share", single=False)
    def resend(self, chosen: list[int]) -> Any:
        """Several, which were ticked."""
        return self._page_beforehand(chosen)

    def ticked(self, texts: Sequence[str]) -> list[int]:
        """The ids; what is none stands for no row."""
        return [key for text in texts if (key := rows.key_of(text))]

    @expose("/resend", methods=["GET", "POST"])
    @has_access
    @permission_name(AGAIN)
    def again(self) -> Any:
        """GET: which go out again, which cannot and why. POST: sends them."""
        if request.method == "GET":
            return self._page_beforehand(self.ticked(request.args.getlist("rowid")))
        perform(_resend, self.ticked(request.form.getlist("rowid")), done="已重新列入待发送，结果见“状态”。")
        return redirect("/sms/list/")

    def _page_beforehand(self, chosen: list[int]) -> Any:
        try:
            lines = resending.plan(current.actor(), chosen)
        except Invalid as refusal:
            flash(refusal.message, "warning")
            return redirect("/sms/list/")
        return self.render_template(
            "admin/sms_resend.html",
            title="重新发送短信",
            going=[line for line in lines if not line.reason],
            staying=[line for line in lines if line.reason],
            shown=self._shown,
        )

    def _shown(self, message: SmsMessage, name: str) -> Any:
        """A value as the list shows it, masked."""
        return self.formatters_columns[name](getattr(message, name))


def _resend(chosen: list[int]) -> None:
    _, left = resending.resend(current.actor(), chosen)
    if left:
        flash(f"另有 {left} 条不能重新发送，没有改动。", "warning")


def _address(key: int) -> str:
    return f"/sms/resend?rowid={key}"
