"""The present user's own account, and the official's first page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, current_app, flash, jsonify, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_login import current_user, login_required
from werkzeug.wrappers import Response as BaseResponse

from app.extensions import limiter
from app.policies.roles import APPLICATIONS, APPLY, FILE, READ_JOBS, REVIEW
from app.services import accounts, desk, inbox, operations, passwords, rows, second_factor, sessions
from app.views import current, throttle
from app.views.base import READ
from app.views.password_form import ChangeForm
from app.views.session import present_token, start_session


class AccountPages(BaseView):
    """One's own account."""

    route_base = "/account"
    default_view = "own"
    base_permissions: list[str] = []

    @expose("/")
    @login_required
    def own(self) -> Any:
        """Who I am here, what I may, and where I am logged in."""
        token = present_token()
        living = [(row, sessions.is_of(row, token)) for row in sessions.of(current_user.id)]
        return self.render_template(
            "account/own.html",
            title="我的账号",
            actor=current.actor(),
            has_rights=current.actor().may(APPLY),
            account=current.account(),
            sessions=living,
            overview=_overview(),
            codes_left=second_factor.codes_left(current_user.id) if current_user.has_totp else 0,
        )

    @expose("/sessions/end", methods=["POST"])
    @login_required
    def end_others(self) -> BaseResponse:
        """退出其他设备."""
        count = sessions.end_others(current_user.id, present_token())
        flash(f"已退出其他 {count} 处登录。" if count else "没有其他设备登录。", "success")
        return redirect("/account/")

    @expose("/password", methods=["GET", "POST"])
    @login_required
    @limiter.limit("20 per hour", methods=["POST"])
    def password(self) -> Any:
        """修改密码; ends the other sessions."""
        form = ChangeForm()
        if form.validate_on_submit():
            with throttle.one_try(throttle.PASSWORD, f"#{current_user.id}", form, guessed="old"):
                start_session(accounts.change_password(current_user.id, form.old.data or "", form.new.data or ""))
                flash("密码已修改。", "success")
                return redirect("/")
        page = self.render_template(
            "account/password.html",
            title="修改密码",
            form=form,
            due=current_user.must_change_password,
            old=passwords.is_old(current.account()),
            rule=passwords.rule_for(staff=current_user.is_staff).words,
        )
        return page, (422 if request.method == "POST" else 200)


class OfficialDesk(BaseView):
    """专家管理系统 for officials: what waits."""

    route_base = "/desk"
    default_view = "desk"
    class_permission_name = APPLICATIONS
    base_permissions = ["can_read"]

    @expose("/waiting")
    @has_access
    @permission_name(READ)
    def waiting(self) -> Response:
        """For the menu: how much waits for one's own decision, by the entry's name."""
        loads = inbox.loads(current.actor())
        return jsonify({status.label: asdict(load) for status, load in loads.items()})

    @expose("/")
    @has_access
    @permission_name(READ)
    def desk(self) -> Any:
        """Counts in scope, one's own work first."""
        actor = current.actor()
        return self.render_template(
            "staff/desk.html",
            title="专家管理系统",
            actor=actor,
            counts=desk.counts(actor),
            most=rows.COUNT_CAP,
            ending_days=current_app.config["CERTIFICATE_REMINDERS"][0],
            reviews=actor.may(REVIEW),
            files=actor.may(FILE),
            overview=_overview(),
        )


def _overview() -> operations.Overview | None:
    """How the installation works, for who looks after it."""
    return operations.overview() if current.actor().may(READ_JOBS) else None
