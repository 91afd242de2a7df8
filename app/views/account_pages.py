"""The present user's own account, and the official's first page."""

from __future__ import annotations

from typing import Any

from flask import Flask, flash, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_login import current_user, login_required

from app.domain.errors import DomainError
from app.extensions import limiter
from app.policies.roles import APPLICATIONS, FILE, REVIEW
from app.services import accounts, desk
from app.views import current
from app.views.base import READ
from app.views.outcome import refuse
from app.views.password_form import ChangeForm
from app.views.session import start_session

OPEN_WHILE_DUE = ("/static/", "/account/password", "/logout/", "/help/")


class AccountPages(BaseView):
    """One's own account."""

    route_base = "/account"
    default_view = "own"
    base_permissions: list[str] = []

    @expose("/")
    @login_required
    def own(self) -> Any:
        """Who I am here, and what I may."""
        return self.render_template("account/own.html", title="我的账号", actor=current.actor(), account=current_user)

    @expose("/password", methods=["GET", "POST"])
    @login_required
    @limiter.limit("20 per hour", methods=["POST"])
    def password(self) -> Any:
        """修改密码; ends the other sessions."""
        form = ChangeForm()
        if form.validate_on_submit():
            try:
                account = accounts.change_password(current_user.id, form.old.data or "", form.new.data or "")
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                start_session(account)
                flash("密码已修改。", "success")
                return redirect("/")
        page = self.render_template(
            "account/password.html", title="修改密码", form=form, due=current_user.must_change_password
        )
        return page, (422 if request.method == "POST" else 200)


class OfficialDesk(BaseView):
    """专家管理系统 for officials: what waits."""

    route_base = "/desk"
    default_view = "desk"
    class_permission_name = APPLICATIONS
    base_permissions = ["can_read"]

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
            reviews=actor.may(REVIEW),
            files=actor.may(FILE),
        )


def init_app(app: Flask) -> None:
    """Whoever must change the password changes it before anything else (R25)."""

    @app.before_request
    def change_first() -> Any:
        if request.path.startswith(OPEN_WHILE_DUE):
            return None
        if current_user.is_authenticated and current_user.must_change_password:
            return redirect("/account/password")
        return None
