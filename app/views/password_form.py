"""Setting a password: one's own, or an expert's by staff (R25)."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from app.views.fields import plain_text

LONGEST = 128


def _password(label: str, autocomplete: str) -> PasswordField:
    checks = [InputRequired(f"请填写{label}。"), Length(max=LONGEST, message=f"{label}不能超过{LONGEST}个字符。")]
    return PasswordField(label, checks, render_kw={"autocomplete": autocomplete, "maxlength": LONGEST})


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    new = _password("新密码", "new-password")
    again = _password("确认新密码", "new-password")

    def validate_again(self, field: Any) -> None:
        """Twice the same."""
        if field.data != self.new.data:
            raise ValidationError("两次输入的密码不一致。")


class ChangeForm(NewPasswordForm):
    """One's own change."""

    old = _password("原密码", "current-password")


class ResetForm(FlaskForm):
    """An expert's password, given by staff: readable, for it is told to the expert."""

    new = StringField(
        "新密码",
        [
            InputRequired("请填写新密码。"),
            Length(max=LONGEST, message=f"新密码不能超过{LONGEST}个字符。"),
            plain_text,
        ],
        render_kw={"autocomplete": "off", "maxlength": LONGEST, "spellcheck": "false", "autocapitalize": "none"},
    )


class PasswordForm(FlaskForm):
    """One's password once more, before something that an intruder would like to do."""

    password = _password("密码", "current-password")


class MobileForm(PasswordForm):
    """A new mobile, the code sent to it, and the password: by the mobile alone a password is set anew."""

    mobile = StringField("新手机号", render_kw={"maxlength": 20, "inputmode": "tel", "autocomplete": "tel"})
    code = StringField(
        "短信验证码", render_kw={"maxlength": 6, "inputmode": "numeric", "autocomplete": "one-time-code"}
    )


class TotpForm(FlaskForm):
    """The code that the phone shows."""

    code = StringField(
        "动态口令",
        [InputRequired("请填写动态口令。"), Length(max=10, message="动态口令是6位数字。"), plain_text],
        render_kw={"maxlength": 10, "inputmode": "numeric", "autocomplete": "one-time-code"},
    )
