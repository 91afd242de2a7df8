"""Certificates and files, by id and in scope, for experts and staff alike (R1, R5)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, redirect, request, send_file
from flask_appbuilder import BaseView, expose
from flask_login import login_required

from app.domain.states import Action
from app.domain.validity import today_in_shanghai
from app.models import Certificate
from app.policies import explanation
from app.services import attachments, certificates, issuing, renewals
from app.services.audit import audit_apart
from app.views import current
from app.views.cases import certificate_tone, end_note
from app.views.reason import StepForm, step_form, take_step

PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
INLINE = {"application/pdf", "image/jpeg", "image/png"}


class Documents(BaseView):
    """What has an address of its own whoever asks; the services know who may."""

    route_base = ""
    default_view = "certificate"
    base_permissions: list[str] = []

    @expose("/certificate/<int:certificate_id>")
    @login_required
    def certificate(self, certificate_id: int) -> Any:
        """聘书, in the browser to zoom, print and download."""
        found = certificates.seen(certificate_id, current.actor())
        return self._page(found, step_form(found.version))

    def _page(self, found: Certificate, ending: StepForm) -> str:
        today, actor = today_in_shanghai(), current.actor()
        chain = certificates.replacements(found.application_id)
        page: str = self.render_template(
            "certificate/show.html",
            title="聘书",
            certificate=found,
            status=found.status_on(today),
            tone=certificate_tone(found, today),
            replaced=next((one for one in chain if one.old is found), None),
            replaces=next((one for one in chain if one.new is found), None),
            may_terminate=explanation.on_certificate(actor, Action.TERMINATE, found).open,
            may_reissue=explanation.on_certificate(actor, Action.REISSUE, found).open,
            may_renew=found.expert_id == actor.expert_id and not renewals.refusals([found])[found.id],
            end=end_note(found, today),
            ending=ending,
            check_url=issuing.check_url(found.check_code),
        )
        return page

    @expose("/certificate/<int:certificate_id>/pdf")
    @login_required
    def certificate_pdf(self, certificate_id: int) -> Response:
        """The PDF; ``?download=1`` as a file."""
        found = certificates.seen(certificate_id, current.actor())
        response = send_file(
            BytesIO(certificates.pdf(found)),
            "application/pdf",
            as_attachment="download" in request.args,
            download_name=f"聘书_{found.number}.pdf",
        )
        # The browser's own viewer styles itself; nothing in the file may run.
        response.headers["Content-Security-Policy"] = PDF_POLICY
        audit_apart(current.actor(), "打开聘书PDF", f"聘书#{certificate_id}")
        return response

    @expose("/certificate/<int:certificate_id>/terminate", methods=["POST"])
    @login_required
    def terminate(self, certificate_id: int) -> Any:
        """提前终止, with a reason (R19)."""
        form, actor = StepForm(), current.actor()

        def end(reason: str, version: int) -> None:
            certificates.terminate(certificate_id, actor, reason, version)

        if take_step(form, end, "聘书已终止，自即刻起失效。"):
            return redirect(f"/certificate/{certificate_id}")
        return self._page(certificates.seen(certificate_id, actor), form), 422

    @expose("/file/<int:attachment_id>")
    @login_required
    def file(self, attachment_id: int) -> Response:
        """An attachment: pictures and PDF in the browser, the rest as a file; ``?download=1`` always as a file."""
        found, data = attachments.read(current.actor(), attachment_id)
        response = send_file(
            BytesIO(data),
            found.content_type,
            as_attachment="download" in request.args or found.content_type not in INLINE,
            download_name=found.filename,
        )
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return response
