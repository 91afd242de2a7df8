"""批量办理 from an inbox: the page beforehand, which names what changes and what cannot; then each row's result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import flash, redirect, request
from flask_appbuilder import expose, has_access

from app.domain.errors import Conflict, Invalid
from app.domain.states import Action
from app.services import bulk, bulk_plan
from app.services.bulk_plan import Pick
from app.views import bulk_form, current, review_form
from app.views.bulk_form import BulkForm
from app.views.inbox import InboxView
from app.views.outcome import refuse

LOST = "页面已失效，请重新勾选后再办理。"


class BulkView(InboxView):
    """An inbox with acts on several rows. Its ``@action``s are given the rows that were ticked, as ``Pick``s."""

    several: ClassVar[tuple[Action, ...]]

    def ticked(self, texts: Sequence[str]) -> list[Pick]:
        """Each row with the version that the list showed."""
        return bulk_form.picks_of(list(texts))

    @expose("/bulk", methods=["POST"])
    @has_access
    def bulk(self) -> Any:
        """Acts on each row by itself, and leads to the results; sent again, to the same ones."""
        action = bulk_form.action_of(request.form.get("action", ""), self.several)
        key = request.form.get("key", "")
        if action is None or not bulk_form.KEY.fullmatch(key):
            flash(LOST, "warning")
            return redirect(f"{self.route_base}/list/")
        form, actor = bulk_form.FORMS[action](), current.actor()
        lines: list[bulk_plan.Line] = []

        def order() -> bulk_plan.Order:
            picks = bulk_form.picks_of(request.form.getlist("rowid"))
            lines.extend(bulk_plan.prepare(actor, action, picks))
            self._with_bodies(form, lines)
            if not form.validate():
                raise Invalid("请改正下面的内容。")
            return bulk_form.order_of(form, action)

        try:
            bulk.run(actor, key, order)
        except (Conflict, Invalid) as refusal:
            if not form.errors:
                refuse(form, refusal)
            if not lines or isinstance(refusal, Conflict):
                return redirect(f"{self.route_base}/list/")
            return self._page_beforehand(action, form, lines), 422
        return redirect(f"{self.route_base}/bulk/{key}")

    @expose("/bulk/<key>", methods=["GET"])
    @has_access
    def bulk_result(self, key: str) -> Any:
        """What became of each row."""
        outcome = bulk.outcome(current.actor(), key)
        return self.render_template(
            "staff/bulk_result.html",
            title=f"批量{outcome.action.label}结果",
            outcome=outcome,
            route_base=self.route_base,
            is_filing=outcome.action is Action.FILE,
        )

    def prepared(self, action: Action, picks: list[Pick]) -> Any:
        """The page beforehand, with a key that no form has had. Raises as ``bulk_plan.prepare`` does."""
        lines, form = bulk_plan.prepare(current.actor(), action, picks), bulk_form.fresh(action)
        self._with_bodies(form, lines)
        return self._page_beforehand(action, form, lines)

    @staticmethod
    def _with_bodies(form: BulkForm, lines: list[bulk_plan.Line]) -> None:
        """What can be approved is all of one's own department, and so of one organization."""
        if isinstance(form, bulk_form.ApprovalForm):
            case = next((line.application for line in lines if not line.reasons), None)
            form.appointing_body.choices = []
            if case is not None:
                review_form.with_bodies(form, case)

    def _page_beforehand(self, action: Action, form: BulkForm, lines: list[bulk_plan.Line]) -> Any:
        chosen = bulk_form.chosen_specialities()
        return self.render_template(
            "staff/bulk.html",
            title=f"批量{action.label}",
            action=action,
            form=form,
            changing=[line for line in lines if not line.reasons],
            standing=[line for line in lines if line.reasons],
            selected=lambda line: bulk_form.selected(line, chosen),
            number_of=bulk_plan.number_of,
            route_base=self.route_base,
        )
