"""Acts on several rows of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, request
from flask_appbuilder import expose
from flask_login import login_required

from app.domain.errors import Invalid
from app.views.base import RegistryModelView


class TickedRowsView(RegistryModelView):
    """A list whose ``@action``s get what was ticked, as ``ticked`` reads it, and answer with a page beforehand."""

    @expose("/action_post", methods=["POST"])
    @login_required
    def action_post(self) -> Any:
        """The page beforehand. Nothing is written yet."""
        name = request.form.get("action", "")
        self._may_act(name)
        if not self.actions[name].multiple:
            abort(404)
        try:
            return self.actions[name].func(self.ticked(request.form.getlist("rowid")))
        except Invalid as refusal:
            flash(refusal.message, "warning")
            return redirect(f"{self.route_base}/list/")

    def ticked(self, texts: Sequence[str]) -> Any:
        """The rows that these values stand for. Raises ``Invalid`` where nothing can be done with them."""
        raise NotImplementedError  # of this class itself no view is made
