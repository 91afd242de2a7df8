"""导出 from the list of certificates: those that are ticked, or all that the filters find, as one file."""

from __future__ import annotations

import secrets
from typing import Any

from flask import redirect, request
from flask_appbuilder import action, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, Regexp, StopValidation

from app.domain.errors import Conflict, Invalid
from app.domain.exports import CERTIFICATE_KINDS, ExportKind
from app.extensions import limiter
from app.services import export_orders
from app.views import current
from app.views.bulk_form import KEY
from app.views.fields import choices_of
from app.views.outcome import refuse
from app.views.table_export import EXPORT, TableExport, picked

LOST = "页面已失效，请回到聘书列表重新选择。"


class KindField(RadioField):
    """One of the kinds."""

    def pre_validate(self, form: Any) -> None:
        """WTForms has no Chinese for this refusal."""
        if self.data is not None and self.data not in {kind.value for kind in CERTIFICATE_KINDS}:
            raise StopValidation("请从列出的格式中选择。")


class ExportForm(FlaskForm):
    """What the file is to be; a key that works once. The rows, where any were ticked, stand beside it as ``rowid``."""

    key = HiddenField(validators=[InputRequired(LOST), Regexp(KEY, message=LOST)])
    kind = KindField(
        "格式",
        [InputRequired("请选择格式。")],
        choices=choices_of((kind.value, f"{kind.label}（一次最多 {kind.at_most} 份）") for kind in CERTIFICATE_KINDS),
        validate_choice=False,
    )


class CertificateExport(TableExport):
    """A list of certificates that can be taken out. The page beforehand says how many; nothing is made yet."""

    list_template = "certificate/list.html"
    method_permission_name = dict.fromkeys(("export", "export_picked"), EXPORT)

    @action("export_picked", "导出聘书", "", "fa-download", single=False)
    def export_picked(self, picks: list[int]) -> Any:
        """Those that were ticked."""
        return self._page(_fresh(), picks)

    @expose("/export", methods=["GET", "POST"])
    @limiter.limit("60 per hour", methods=["POST"])
    @has_access
    @permission_name(EXPORT)
    def export(self) -> Any:
        """Asks how, then puts it in the queue: what was ticked, else all that the filters in the address find."""
        if request.method == "GET":
            return self._page(_fresh(), [])
        form, picks, actor = ExportForm(), picked(request.form.getlist("rowid")), current.actor()
        if form.validate():
            try:
                kind = next(kind for kind in ExportKind if kind.value == form.kind.data)
                ids = picks or self._found()
                job_id = export_orders.order(actor, form.key.data or "", kind, ids)
            except (Conflict, Invalid) as refusal:
                refuse(form, refusal)
            else:
                return redirect(f"/exports/{job_id}")
        return self._page(form, picks), 422

    def _found(self) -> list[int]:
        """What the filters in the address find. Raises ``BadRequest`` for an address that is none of the list's."""
        return export_orders.matching(current.actor(), self.asked().filtering.clauses)

    def _page(self, form: ExportForm, picks: list[int]) -> Any:
        return self.render_template(
            "exports/certificates.html",
            title="导出聘书",
            form=form,
            picks=picks,
            count=len(picks or self._found()),
            conditions=[(label, words) for label, words, _ in self.asked().filtering.active],
            route_base=self.route_base,
        )


def _fresh() -> ExportForm:
    """The form as the page first shows it."""
    form = ExportForm(formdata=None)
    form.key.data, form.kind.data = secrets.token_urlsafe(16), ExportKind.PDF.value
    return form
