"""The forms that need no login (R21, R22)."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from app.domain.person_name import NAME_LENGTH
from app.views.fields import plain_text
from app.views.password_form import NewPasswordForm
from app.views.privacy import ConsentForm


def _field(label: str, most: int, kind: Any = StringField, **attributes: Any) -> Any:
    checks = [InputRequired(f"请填写{label}。"), Length(max=most, message=f"{label}不能超过{most}个字符。")]
    return kind(
        label, [*checks, plain_text] if kind is StringField else checks, render_kw={"maxlength": most, **attributes}
    )


def _mobile() -> Any:
    return _field("手机号", 20, autocomplete="tel", inputmode="tel")


def _code() -> Any:
    return _field("短信验证码", 6, autocomplete="one-time-code", inputmode="numeric")


class LoginForm(FlaskForm):
    """User name, password, and where the puzzle's piece was let go."""

    username = _field("账号", 60, autocomplete="username")
    password = _field("密码", 128, PasswordField, autocomplete="current-password")
    puzzle_token = HiddenField()
    puzzle_x = HiddenField()


class CodeLoginForm(FlaskForm):
    """For who cannot drag: the expert's mobile and a code sent to it."""

    mobile = _mobile()
    code = _code()


class SecondForm(FlaskForm):
    """The second step: a one-time password, or a recovery code."""

    code = _field("动态口令", 20, autocomplete="one-time-code")


class RecoveryForm(NewPasswordForm):
    """找回密码: the code sent to the expert's mobile, and a new password twice."""

    mobile = _mobile()
    code = _code()


class NumberCheckForm(FlaskForm):
    """证书查验 by what stands on the certificate."""

    number = _field("证书编号", 60, autocomplete="off", autocapitalize="characters", spellcheck="false")
    name = _field("姓名", NAME_LENGTH, autocomplete="off")


class RegistrationForm(ConsentForm):
    """专家注册."""

    name = _field("姓名", NAME_LENGTH, autocomplete="name")
    id_number = _field("身份证号", 20, autocomplete="off")
    mobile = _mobile()
    code = _code()
    password = _field("密码", 128, PasswordField, autocomplete="new-password")
    password_again = _field("确认密码", 128, PasswordField, autocomplete="new-password")

    def validate_password_again(self, field: Any) -> None:
        """Twice the same."""
        if field.data != self.password.data:
            raise ValidationError("两次输入的密码不一致。")
