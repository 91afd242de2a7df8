"""登录, 专家注册, 找回密码 and codes: the pages before a login (R21, R22)."""

from __future__ import annotations

import base64
from typing import Any

from flask import Response, flash, jsonify, redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.views import AuthView
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.adapters.captcha import Puzzle
from app.domain.errors import DomainError
from app.extensions import limiter
from app.services import accounts, codes, passwords, puzzles, registration
from app.views import field_help, throttle
from app.views.entry import enter
from app.views.login_forms import CodeLoginForm, LoginForm, RecoveryForm, RegistrationForm
from app.views.outcome import refuse
from app.views.public_page import public_page
from app.views.session import end_session


def _as_json(token: str, puzzle: Puzzle) -> dict[str, Any]:
    """A puzzle as the page needs it: pictures as data addresses, lengths in pixels, no answer."""
    return {
        "token": token,
        "background": "data:image/jpeg;base64," + base64.b64encode(puzzle.background).decode("ascii"),
        "piece": "data:image/png;base64," + base64.b64encode(puzzle.piece).decode("ascii"),
        "y": puzzle.y,
        "width": puzzle.width,
        "height": puzzle.height,
    }


def _rule() -> str:
    """What an expert's password must be."""
    return passwords.rule_for(staff=False).words


def _send(send: Any) -> Any:
    """Has a code sent to the mobile of the form; JSON for sms.js."""
    try:
        send(request.form.get("mobile", ""))
    except DomainError as refusal:
        return jsonify(message=refusal.message), refusal.status
    return jsonify(message="验证码已发送，10分钟内有效。")


class LoginView(AuthView):
    """The pages before a login."""

    route_base = ""
    login_template = "public/login.html"

    @expose("/login/", methods=["GET", "POST"])
    @limiter.limit("60 per minute", methods=["POST"])
    def login(self) -> Any:
        """By ID number, mobile or user name, with password and puzzle (R21)."""
        if current_user.is_authenticated:
            return redirect(self._get_safe_next_url())
        form = LoginForm()
        if form.validate_on_submit():
            if not puzzles.solve(form.puzzle_token.data or "", form.puzzle_x.data or ""):
                form.puzzle_x.errors = ["拼图没有对准或已过期，请重新拖动。"]
            else:
                person = accounts.person_named(form.username.data)
                with throttle.one_try(throttle.PASSWORD, person, form):
                    return enter(accounts.authenticate(form.username.data, form.password.data))
        token, puzzle = puzzles.pose()
        form.puzzle_token.data, form.puzzle_x.data = token, ""
        return public_page(self, "public/login.html", form, puzzle=_as_json(token, puzzle))

    @expose("/login/code", methods=["GET", "POST"])
    @limiter.limit("20 per 15 minutes", methods=["POST"])
    def login_by_code(self) -> Any:
        """By a code to the expert's mobile, for who cannot drag the puzzle."""
        form = CodeLoginForm()
        if form.validate_on_submit():
            person = accounts.person_named(form.mobile.data)
            with throttle.one_try(throttle.CODE, person, form):
                return enter(accounts.authenticate_by_code(form.mobile.data, form.code.data))
        return public_page(self, "public/login_by_code.html", form)

    @expose("/register/", methods=["GET", "POST"])
    @throttle.registrations_by_address
    @throttle.registrations_by_device
    def register(self) -> Any:
        """专家注册: from its own address, or from the login page (R22)."""
        form = RegistrationForm()
        if form.validate_on_submit():
            typed = registration.Registration(
                form.name.data, form.id_number.data, form.mobile.data, form.code.data, form.password.data
            )
            try:
                registration.register(typed)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                # The same words whether or not there was an account already: nobody learns who is registered.
                flash("注册申请已受理，请用手机号或身份证号和密码登录。已有账号的，结果见发给本人的短信。", "success")
                return redirect("/login/")
        return public_page(self, "public/register.html", form, rule=_rule(), hints=field_help.hints())

    @expose("/register/code", methods=["POST"])
    @throttle.sms_by_address
    @throttle.sms_by_device
    def registration_code(self) -> Any:
        """Sends a code for a registration."""
        return _send(lambda mobile: codes.send(mobile, codes.REGISTER))

    @expose("/login/code/send", methods=["POST"])
    @throttle.sms_by_address
    @throttle.sms_by_device
    def login_code(self) -> Any:
        """Sends a code for a login."""
        return _send(accounts.send_login_code)

    @expose("/puzzle", methods=["GET"])
    @limiter.limit("60 per minute")
    def puzzle(self) -> Response:
        """A new puzzle, as pictures in JSON; the answer stays here."""
        return jsonify(_as_json(*puzzles.pose()))

    @expose("/logout/", methods=["POST"])
    def logout(self) -> BaseResponse:
        """Ends the session, for whoever has copied its cookie too."""
        end_session()
        flash("您已安全退出。", "info")
        return redirect("/login/")


class Recovery(BaseView):
    """找回密码, for experts."""

    route_base = "/password"
    default_view = "forgot"
    base_permissions: list[str] = []

    @expose("/forgot", methods=["GET", "POST"])
    @limiter.limit("20 per 15 minutes", methods=["POST"])
    def forgot(self) -> Any:
        """A new password by a code sent to the mobile; answers alike for a mobile that is nobody's."""
        form = RecoveryForm()
        if form.validate_on_submit():
            person = accounts.person_named(form.mobile.data)
            with throttle.one_try(throttle.RECOVERY, person, form):
                accounts.recover_password(form.mobile.data, form.code.data, form.new.data or "")
                flash("密码已重新设置，请用新密码登录。", "success")
                return redirect("/login/")
        return public_page(self, "public/forgot.html", form, rule=_rule())

    @expose("/forgot/code", methods=["POST"])
    @throttle.sms_by_address
    @throttle.sms_by_device
    def forgot_code(self) -> Any:
        """Sends a code for a forgotten password."""
        return _send(accounts.send_recovery_code)
