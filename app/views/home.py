"""专家管理系统: where each role begins."""

from __future__ import annotations

from typing import Any

from flask import redirect
from flask_appbuilder import IndexView, expose
from flask_login import current_user

from app.views import current


class Home(IndexView):
    """The first page: an expert's desk, an official's desk, or the administrator's lists."""

    @expose("/")
    def index(self) -> Any:
        """Sends everybody to their own desk."""
        return redirect(current.first_page() if current_user.is_authenticated else "/login/")
