"""换发: what is wrong on a certificate is corrected, checked against what it was, and confirmed (R4, R6, R13, R16)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

from flask import flash, redirect, request, send_file
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name

from app.domain.errors import DomainError, NotFound
from app.domain.states import Action
from app.models import Certificate
from app.policies import explanation
from app.policies.roles import APPLICATIONS
from app.services import certificates, reissues
from app.services.issuing import Words
from app.services.reissues import in_words
from app.views import current, reissue_form
from app.views.documents import PDF_POLICY
from app.views.outcome import refuse
from app.views.reissue_form import ReissueForm
from app.views.review_form import version_of

FILE = "file"


class ReissueDesk(BaseView):
    """For who files: a form, a page that names each change, and the act itself."""

    route_base = "/certificate"
    default_view = "reissue"
    class_permission_name = APPLICATIONS
    base_permissions = ["can_file"]

    @expose("/<int:certificate_id>/reissue/check", methods=["POST"])
    @has_access
    @permission_name(FILE)
    def check(self, certificate_id: int) -> Any:
        """Old and new side by side, and the new certificate as it will be; nothing is written."""
        found = certificates.seen(certificate_id, current.actor())
        form = reissue_form.with_choices(ReissueForm(), found)
        if "again" in request.form:
            return self._page(found, form)
        words = _taken(form, partial(_checked, found, form))
        if words is None:
            return self._page(found, form), 422
        before, after = in_words(reissues.as_filed(found)), in_words(words)
        return self.render_template(
            "staff/reissue_check.html",
            title="核对换发内容",
            certificate=found,
            form=form,
            lines=[{"field": label, "before": text, "after": after[label]} for label, text in before.items()],
        )

    @expose("/<int:certificate_id>/reissue/preview", methods=["POST"])
    @has_access
    @permission_name(FILE)
    def preview(self, certificate_id: int) -> Any:
        """The new certificate as a PDF, from the form as it stands; nothing is written."""
        found = certificates.seen(certificate_id, current.actor())
        form = reissue_form.with_choices(ReissueForm(), found)
        pdf = _taken(form, lambda words: reissues.preview(found, _checked(found, form, words)))
        if pdf is None:
            message = "".join(str(error) for errors in form.errors.values() for error in errors)
            return self.render_template("staff/no_preview.html", title="聘书预览", message=message), 422
        response = send_file(BytesIO(pdf), "application/pdf", download_name="换发预览.pdf")
        response.headers["Content-Security-Policy"] = PDF_POLICY
        return response

    @expose("/<int:certificate_id>/reissue", methods=["GET", "POST"])
    @has_access
    @permission_name(FILE)
    def reissue(self, certificate_id: int) -> Any:
        """The certificate to be corrected, or why it cannot be; confirmed, it is replaced, and the new one opens."""
        actor = current.actor()
        found = certificates.seen(certificate_id, actor)
        if request.method == "GET":
            return self._page(found, reissue_form.open_form(found))
        form = reissue_form.with_choices(ReissueForm(), found)

        def replace(words: Words) -> tuple[int, str]:
            new = reissues.reissue(certificate_id, actor, words, form.reason.data or "", version_of(form))
            return new.id, new.number

        done = _taken(form, replace)
        if done is None:
            return self._page(certificates.seen(certificate_id, actor), form), 422
        flash(f"已换发，新聘书编号为 {done[1]}，原聘书不再有效。", "success")
        return redirect(f"/certificate/{done[0]}")

    def _page(self, found: Certificate, form: ReissueForm) -> str:
        page: str = self.render_template(
            "staff/reissue.html",
            title="换发聘书",
            certificate=found,
            form=form,
            verdict=explanation.on_certificate(current.actor(), Action.REISSUE, found),
            present=in_words(reissues.as_filed(found)),
        )
        return page


def _checked(found: Certificate, form: ReissueForm, words: Words) -> Words:
    """What would be issued, as the service will see it."""
    return reissues.checked(found, current.actor(), words, form.reason.data or "", version_of(form))


def _taken(form: ReissueForm, act: Callable[[Words], Any]) -> Any:
    """What ``act`` gives for what the form says; ``None`` where either is refused, and the form says why."""
    if not form.validate():
        return None
    try:
        return act(reissue_form.words_of(form))
    except NotFound:
        raise
    except DomainError as refusal:
        refuse(form, refusal)
        return None
