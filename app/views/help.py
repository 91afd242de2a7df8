"""帮助文档, at the top right of every page."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, request
from flask_appbuilder import BaseView, expose

from app.services import faq
from app.views import manual

FAQ = "faq"
"""The chapter that 常见问题 of the administrators' stand in."""


class Help(BaseView):
    """The manual, open to everybody."""

    route_base = ""
    default_view = "manual"
    base_permissions: list[str] = []

    @expose("/help/")
    @expose("/help/<chapter>")
    def manual(self, chapter: str = "") -> Any:
        """A chapter of the manual; ``?q=``: the parts of all in which that stands."""
        every, typed = manual.chapters(), request.args.get("q", "").strip()[: manual.TYPED_AT_MOST]
        chapter = chapter or next(iter(every))
        if chapter not in every:
            abort(404)
        return self.render_template(
            "help/chapter.html",
            title=every[chapter].title if not typed else f"查找“{typed}”",
            chapter=chapter if not typed else "",
            chapters=every,
            typed=typed,
            found=manual.search(typed),
            entries=faq.holding(typed.casefold().split()) if typed or chapter == FAQ else [],
            support_phone=current_app.config["SUPPORT_PHONE"],
            support_qq=current_app.config["SUPPORT_QQ"],
        )
