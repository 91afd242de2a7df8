"""续聘 on the expert's screens: which certificates can be renewed, and check-your-answers before it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name

from app.domain.states import OPEN_STATUSES
from app.domain.validity import today_in_shanghai
from app.models import Application
from app.policies.roles import OWN
from app.services import certificates, profiles, renewals
from app.views import current
from app.views.answers import answers
from app.views.cases import certificate_tone, end_note
from app.views.outcome import perform

APPLY = "apply"
DONE = "续聘申请已提交，请等待部门审核。结果请留意右上角的通知。"


def own_certificates(cases: Iterable[Application]) -> dict[str, Any]:
    """For the expert's own pages: the certificates, which can be renewed, and which of ``cases`` are to follow them."""
    found = certificates.of_expert(current.actor().expert_id or 0)
    return {
        "certificates": found,
        "renewable": renewals.renewable(found),
        "renewing": {case.renews_id: case for case in cases if case.renews_id and case.status in OPEN_STATUSES},
        "certificate_tone": certificate_tone,
        "end_note": end_note,
        "today": today_in_shanghai(),
    }


class RenewalDesk(BaseView):
    """续聘 of the expert's own certificate (R5)."""

    route_base = "/my/certificates"
    default_view = "renew"
    class_permission_name = OWN
    base_permissions = ["can_apply"]

    @expose("/<int:certificate_id>/renew", methods=["GET", "POST"])
    @has_access
    @permission_name(APPLY)
    def renew(self, certificate_id: int) -> Any:
        """Check your answers, then send (R8-R12)."""
        actor = current.actor()
        if request.method == "POST" and perform(renewals.renew, actor, certificate_id, done=DONE):
            return redirect("/my/applications")
        certificate = renewals.own(actor, certificate_id)
        refusal = renewals.refusals([certificate])[certificate.id]
        if refusal and request.method == "GET":
            flash(refusal, "warning")
            return redirect("/my/certificates")
        expert = profiles.own(actor)
        page = self.render_template(
            "expert/renew.html",
            title="申请续聘",
            certificate=certificate,
            end=end_note(certificate, today_in_shanghai()),
            refusal=refusal,
            locked=profiles.is_locked(expert.id),
            **answers(expert),
        )
        return page, (422 if request.method == "POST" else 200)
