"""待审核 and 待备案 as inboxes: what waits for oneself, the longest first, and what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import flash, redirect
from sqlalchemy import ColumnElement, Select, not_, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from app.domain.states import ApplicationStatus
from app.domain.validity import today_in_shanghai
from app.models import Application, Organization
from app.policies.scope import decidable
from app.services import inbox
from app.views import current
from app.views.case_page import KIND, CaseView
from app.views.cases import wait_words
from app.views.filters import ListFilter

MINE = "mine"


def inbox_filters(status: ApplicationStatus) -> tuple[ListFilter, ...]:
    """办理: whose turn it is. 时限: overdue, or soon."""

    def whose(value: str) -> ColumnElement[bool]:
        mine = decidable(current.actor(), inbox.STEPS[status])
        return mine if value == MINE else not_(mine)

    def waiting(value: str) -> Select[Any] | None:
        return select(Application.id).where(Application.status == status, whose(MINE)) if value == MINE else None

    def due(value: str) -> ColumnElement[bool]:
        clause = inbox.overdue if value == "overdue" else inbox.overdue_soon
        return clause(status, current.calendar(), today_in_shanghai())

    return (
        ListFilter("whose", "办理", "select", whose, ((MINE, "等我办理"), ("others", "由他人办理")), keys=waiting),
        ListFilter("due", "时限", "select", due, (("overdue", "逾期"), ("soon", "即将逾期"))),
        KIND,
    )


class InboxView(CaseView):
    """Cases that wait for one act; by default those that the present user may decide, the longest waiting first."""

    status: ClassVar[ApplicationStatus]
    left_out_filters = ("status",)
    label_columns = {**CaseView.label_columns, "waiting": "已等待"}
    formatters_columns = {**CaseView.formatters_columns, "waiting": wait_words}
    base_order = ("changed_at", "asc")
    order_within = "status"

    def __init__(self, **kwargs: Any) -> None:
        self.datamodel.options += (joinedload(Application.organization).undefer(Organization.filing_days),)
        super().__init__(**kwargs)

    def opening_filters(self) -> dict[str, str]:
        """Who decides nothing here sees all that waits."""
        actor, permission = current.actor(), inbox.PERMISSIONS[inbox.STEPS[self.status]]
        return {"whose": MINE} if actor.may(permission) and actor.id_number is not None else {}

    def to_next(self, done: str) -> BaseResponse:
        """After a decision: the case that has waited longest for the next one, or the list where none is left."""
        following = inbox.next_for(current.actor(), self.status)
        flash(done + ("已是最后一件。" if following is None else "下面是等您办理的下一件。"), "success")
        return redirect(f"{self.route_base}/list/" if following is None else f"{self.route_base}/show/{following}")

    def values(self, found: Sequence[Any], columns: list[str]) -> Any:
        """With how long each case has waited, and the version that is seen here."""
        if not found:
            return
        days, today = current.calendar(), today_in_shanghai()
        for case, shown in zip(found, super().values(found, columns), strict=True):
            yield shown | {"waiting": inbox.wait_of(case, days, today), "rowid": f"{case.id}:{case.version}"}
