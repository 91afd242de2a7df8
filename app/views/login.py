"""登录, 专家注册 and codes: the pages before a login (R21, R22)."""

from __future__ import annotations

import base64
from typing import Any

from flask import Response, current_app, flash, jsonify, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.views import AuthView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.adapters.captcha import Puzzle
from app.domain.errors import DomainError
from app.extensions import limiter
from app.models import Account
from app.services import accounts, codes, puzzles, registration
from app.views.fields import plain_text
from app.views.outcome import refuse
from app.views.session import end_session, start_session

WAIT = "尝试次数过多，请15分钟后再试。"


def _field(label: str, most: int, kind: Any = StringField, **attributes: Any) -> Any:
    checks = [InputRequired(f"请填写{label}。"), Length(max=most, message=f"{label}不能超过{most}个字符。")]
    return kind(
        label, [*checks, plain_text] if kind is StringField else checks, render_kw={"maxlength": most, **attributes}
    )


class LoginForm(FlaskForm):
    """User name, password, and where the puzzle's piece was let go."""

    username = _field("账号", 60, autocomplete="username")
    password = _field("密码", 128, PasswordField, autocomplete="current-password")
    puzzle_token = HiddenField()
    puzzle_x = HiddenField()


class CodeLoginForm(FlaskForm):
    """For who cannot drag: the expert's mobile and a code sent to it."""

    mobile = _field("手机号", 20, autocomplete="tel", inputmode="tel")
    code = _field("短信验证码", 6, inputmode="numeric", autocomplete="one-time-code")


class RegistrationForm(FlaskForm):
    """专家注册."""

    name = _field("姓名", registration.NAME_LENGTH, autocomplete="name")
    id_number = _field("身份证号", 20, autocomplete="off")
    mobile = _field("手机号", 20, autocomplete="tel", inputmode="tel")
    code = _field("短信验证码", 6, inputmode="numeric", autocomplete="one-time-code")
    password = _field("密码", 128, PasswordField, autocomplete="new-password")
    password_again = _field("确认密码", 128, PasswordField, autocomplete="new-password")

    def validate_password_again(self, field: Any) -> None:
        """Twice the same."""
        if field.data != self.password.data:
            raise ValueError("两次输入的密码不一致。")


def _person_named() -> str:
    """The key of the login limit: the person, however they name themselves; else the name typed."""
    typed = request.form.get("username", "").replace("\x00", "").strip()[:60]
    user = accounts.find_login(typed)
    return f"login:#{user.id}" if user else f"login:{typed.upper()}"


def _failed(response: Response) -> bool:
    """Only a login that failed counts against its name."""
    return response.status_code != 302


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


class LoginView(AuthView):
    """The pages before a login."""

    route_base = ""
    login_template = "public/login.html"

    @expose("/login/", methods=["GET", "POST"])
    @limiter.limit("60 per minute", methods=["POST"])
    @limiter.limit(
        "5 per 15 minutes", key_func=_person_named, methods=["POST"], deduct_when=_failed, error_message=WAIT
    )
    def login(self) -> Any:
        """By ID number, mobile or user name, with password and puzzle (R21)."""
        if current_user.is_authenticated:
            return redirect(self._get_safe_next_url())
        form = LoginForm()
        if form.validate_on_submit():
            if not puzzles.solve(form.puzzle_token.data or "", form.puzzle_x.data or ""):
                form.puzzle_x.errors = ["拼图没有对准或已过期，请重新拖动。"]
            else:
                try:
                    user = accounts.authenticate(form.username.data, form.password.data)
                except DomainError as refusal:
                    refuse(form, refusal)
                else:
                    return self._enter(user)
        token, puzzle = puzzles.pose()
        form.puzzle_token.data, form.puzzle_x.data = token, ""
        return self._page("public/login.html", form, puzzle=_as_json(token, puzzle))

    @expose("/login/code", methods=["GET", "POST"])
    @limiter.limit("20 per 15 minutes", methods=["POST"])
    def login_by_code(self) -> Any:
        """By a code to the expert's mobile, for who cannot drag the puzzle."""
        form = CodeLoginForm()
        if form.validate_on_submit():
            try:
                user = accounts.authenticate_by_code(form.mobile.data, form.code.data)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                return self._enter(user)
        return self._page("public/login_by_code.html", form)

    @expose("/register/", methods=["GET", "POST"])
    @limiter.limit("20 per hour", methods=["POST"])
    def register(self) -> Any:
        """专家注册: from its own address, or from the login page (R22)."""
        form = RegistrationForm()
        if form.validate_on_submit():
            typed = registration.Registration(
                form.name.data, form.id_number.data, form.mobile.data, form.code.data, form.password.data
            )
            try:
                user = registration.register(typed)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                return self._enter(user, "注册成功，请完善基本信息。")
        return self._page("public/register.html", form)

    @expose("/register/code", methods=["POST"])
    @limiter.limit("20 per hour")
    def registration_code(self) -> Any:
        """Sends a code for a registration."""
        return self._send(lambda mobile: codes.send(mobile, codes.REGISTER))

    @expose("/login/code/send", methods=["POST"])
    @limiter.limit("20 per hour")
    def login_code(self) -> Any:
        """Sends a code for a login."""
        return self._send(accounts.send_login_code)

    @expose("/puzzle", methods=["GET"])
    @limiter.limit("60 per minute")
    def puzzle(self) -> Response:
        """A new puzzle, as pictures in JSON; the answer stays here."""
        return jsonify(_as_json(*puzzles.pose()))

    @expose("/logout/", methods=["POST"])
    def logout(self) -> BaseResponse:
        """Ends the session."""
        end_session()
        flash("您已安全退出。", "info")
        return redirect("/login/")

    def _enter(self, user: Account, welcome: str = "") -> BaseResponse:
        target = get_safe_redirect(request.args.get("next", "/"))
        accounts.note_login(user.id)
        start_session(user)
        if welcome:
            flash(welcome, "success")
        return redirect(target)

    def _send(self, send: Any) -> Any:
        try:
            send(request.form.get("mobile", ""))
        except DomainError as refusal:
            return jsonify(message=refusal.message), refusal.status
        return jsonify(message="验证码已发送，10分钟内有效。")

    def _page(self, template: str, form: FlaskForm, **extra: Any) -> Any:
        page = self.render_template(
            template,
            form=form,
            support_phone=current_app.config["SUPPORT_PHONE"],
            support_qq=current_app.config["SUPPORT_QQ"],
            **extra,
        )
        return page, (422 if request.method == "POST" else 200)
