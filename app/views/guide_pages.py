"""新手指引: a few points on a person's first page, till they are put away; 帮助文档 brings them back."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from app.services import guide
from app.views import current

AGAIN = "guide"


class GuidePages(BaseView):
    """The way back to the guide, and the end of it."""

    route_base = "/guide"
    base_permissions: list[str] = []

    @expose("/")
    @login_required
    def again(self) -> Any:
        """One's first page, with the guide."""
        return redirect(f"{current.first_page()}?{AGAIN}=1")

    @expose("/done", methods=["POST"])
    @login_required
    def done(self) -> BaseResponse:
        """知道了."""
        guide.put_away(current.actor())
        return redirect(url_for("Home.index"))


def is_due() -> bool:
    """Whether the present page shows it: who has not put it away yet, or asks for it."""
    caller = current.caller()
    return caller is not None and (not caller.is_guided or AGAIN in request.args)
