"""个人信息与隐私: what people are told, what they agree to, and their rights over what is held about them."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, current_app, flash, redirect, request, session, stream_with_context
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField
from wtforms.validators import InputRequired, Length

from app.extensions import limiter
from app.policies.roles import APPLY, OWN
from app.services import closing, consents, personal_data
from app.views import current, throttle
from app.views.markdown import clean_html

ASKED = "consent_asked"
"""In the session: that this login has agreed to the present wordings."""
OPEN_WHILE_DUE = (
    "/static/",
    "/privacy/",
    "/my/privacy",
    "/my/data",
    "/my/close",
    "/account/",
    "/logout/",
    "/help/",
    "/check/",
)


def _consent_box(label: str) -> Any:
    return BooleanField(label, [InputRequired("请阅读后勾选；不同意则不能使用专家功能。")])


class ConsentForm(FlaskForm):
    """Notice and sensitive data, each agreed to by itself (PIPL, article 29)."""

    notice = _consent_box("我已阅读并同意《个人信息处理告知书》")
    sensitive = _consent_box("我单独同意按《敏感个人信息单独同意书》处理我的身份证号、照片等敏感个人信息")


class CloseForm(FlaskForm):
    """注销, with the password again."""

    password = PasswordField(
        "密码",
        [InputRequired("请填写密码。"), Length(max=128, message="密码不能超过128个字符。")],
        render_kw={"autocomplete": "current-password", "maxlength": 128},
    )
    understood = BooleanField(
        "我知道注销后不能再登录，期满后个人信息将被删除", [InputRequired("请勾选，表示您已知道注销的后果。")]
    )


class Privacy(BaseView):
    """The wordings, open to everybody; and agreeing to them."""

    route_base = "/privacy"
    default_view = "wording"
    base_permissions: list[str] = []

    @expose("/<kind>")
    def wording(self, kind: str) -> Any:
        """A document as it stands today."""
        found = next((wording for key, wording in consents.wordings().items() if key.value == kind), None)
        if found is None:
            abort(404)
        return self.render_template(
            "public/privacy.html", title=found.kind.label, html=clean_html(found.text), version=found.version
        )

    @expose("/consent", methods=["GET", "POST"])
    @login_required
    def consent(self) -> Any:
        """Asked of who has not agreed to the present wordings."""
        form = ConsentForm()
        if form.validate_on_submit():
            consents.agree(current_user.id)
            session[ASKED] = True
            flash("已记录您的同意。", "success")
            return redirect("/")
        page = self.render_template("expert/consent.html", title="个人信息处理告知与同意", form=form)
        return page, (422 if request.method == "POST" else 200)


class OwnData(BaseView):
    """The expert's rights: see, download, correct, close (PIPL, articles 44 to 47)."""

    route_base = "/my"
    default_view = "rights"
    class_permission_name = OWN
    base_permissions = ["can_apply"]

    @expose("/privacy")
    @has_access
    @permission_name("apply")
    def rights(self) -> Any:
        """What I agreed to, and what I can ask for."""
        return self.render_template(
            "expert/rights.html", title="个人信息与隐私", consents=consents.given_by(current_user.id)
        )

    @expose("/data", methods=["POST"])
    @has_access
    @permission_name("apply")
    @limiter.limit("5 per hour")
    def data(self) -> Response:
        """Everything that is held about me, as a ZIP sent in pieces."""
        pieces = stream_with_context(personal_data.archive(current.actor()))
        return Response(
            pieces,
            mimetype="application/zip",
            headers={"Content-Disposition": 'attachment; filename="personal-data.zip"'},
        )

    @expose("/close", methods=["GET", "POST"])
    @has_access
    @permission_name("apply")
    @limiter.limit("10 per hour", methods=["POST"])
    def close(self) -> Any:
        """注销."""
        form = CloseForm()
        if form.validate_on_submit():
            with throttle.one_try(throttle.PASSWORD, f"#{current_user.id}", form, guessed="password"):
                closing.close(current.actor(), form.password.data or "")
                session.clear()
                flash("账号已注销。", "info")
                return redirect("/login/")
        page = self.render_template(
            "expert/close.html",
            title="注销账号",
            form=form,
            days=current_app.config["CLOSING_DAYS"],
            years=current_app.config["RETENTION_YEARS"],
        )
        return page, (422 if request.method == "POST" else 200)


def init_app(app: Flask) -> None:
    """Whoever has not agreed to the present wordings is asked before anything else, once a login."""

    @app.before_request
    def consent_first() -> Any:
        if session.get(ASKED) or request.path.startswith(OPEN_WHILE_DUE) or APPLY not in current.permissions():
            return None
        if consents.lacking(current_user.id):
            return redirect("/privacy/consent")
        session[ASKED] = True
        return None
