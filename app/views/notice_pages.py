"""通知: what one was told, and 通知设置: what of it comes by SMS too."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_login import login_required
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField

from app.domain.errors import DomainError
from app.domain.notice_kinds import KINDS, Audience, Target
from app.services import notice_targets, notifications
from app.services.notifications import Choice
from app.views import current
from app.views.fields import whole_number
from app.views.outcome import refuse

BY_END = "_oc_CertificateView=valid_to&_od_CertificateView=asc"
ADDRESSES = {
    Target.OWN_CASE: "/my/applications#case-{}",
    Target.CASE: "/application/show/{}",
    Target.OWN_CHANGE: "/my/changes/",
    Target.CHANGE: "/change/show/{}",
    Target.CERTIFICATE: "/certificate/{}",
    Target.ENDING: f"/certificates/list/?department={{}}&ending={{days}}&{BY_END}",
    Target.EXPORT: "/exports/{}",
    Target.IMPORT: "/imports/{}",
    Target.OWN_QUESTION: "/feedback/#question-{}",
    Target.QUESTION: "/feedback-desk/show/{}",
    Target.ACCOUNT: "/account/",
    Target.DELEGATION: "/delegation/",
}


class NoticePages(BaseView):
    """One's own notices (R5)."""

    route_base = "/notices"
    default_view = "notices"
    base_permissions: list[str] = []

    @expose("/")
    @login_required
    def notices(self) -> Any:
        """Newest first; ``?before=`` an id for the older ones."""
        before = whole_number(request.args["before"]) if "before" in request.args else None
        if "before" in request.args and before is None:
            raise BadRequest("网址中的页码不是数字，请从通知页面重新翻页。")
        found, more = notifications.page(current.actor(), before)
        return self.render_template("account/notices.html", title="通知", notices=found, more=more, before=before)

    @expose("/<int:notification_id>/open", methods=["POST"])
    @login_required
    def open(self, notification_id: int) -> BaseResponse:
        """Ticks one off and leads to what it is about, as long as that is in scope."""
        actor = current.actor()
        notice = notifications.read(actor, notification_id)
        target = notice_targets.in_reach(actor, notice)
        if target is None:
            flash("这条通知所说的事项已不在您的查看范围内，通知已标为已读。", "warning")
            return redirect("/notices/")
        days = current_app.config["CERTIFICATE_REMINDERS"][0]
        return redirect(ADDRESSES[target].format(notice.target_id, days=days))

    @expose("/<int:notification_id>/read", methods=["POST"])
    @login_required
    def read(self, notification_id: int) -> BaseResponse:
        """Ticks one off."""
        notifications.read(current.actor(), notification_id)
        return redirect("/notices/")

    @expose("/read/<int:newest>", methods=["POST"])
    @login_required
    def read_all(self, newest: int) -> BaseResponse:
        """Ticks off everything up to the newest that was shown."""
        flash(f"已将 {notifications.read_all(current.actor(), newest)} 条通知标为已读。", "success")
        return redirect("/notices/")

    @expose("/choices", methods=["GET", "POST"])
    @login_required
    def choices(self) -> Any:
        """通知设置: one tick for each kind that may be chosen."""
        actor = current.actor()
        offered = notifications.choices(actor)
        form = _form(offered)
        if form.validate_on_submit():
            wanted = [name for name in KINDS if name in form and form[name].data]
            try:
                notifications.choose(actor, wanted)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                flash("通知设置已保存。", "success")
                return redirect("/notices/choices")
        page = self.render_template(
            "account/notice_choices.html",
            title="通知设置",
            form=form,
            offered=offered,
            has_mobile=notifications.has_mobile(actor),
        )
        return page, (422 if request.method == "POST" else 200)


def _form(offered: dict[Audience, list[Choice]]) -> Any:
    """A box for each kind that this person may choose; what is always sent has none."""
    boxes = {
        choice.kind.key: BooleanField(choice.kind.label, default=choice.by_sms)
        for under in offered.values()
        for choice in under
        if not choice.kind.always
    }
    return type("ChoicesForm", (FlaskForm,), boxes)()
