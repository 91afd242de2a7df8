"""Setting a password: one's own, or an expert's by staff (R25)."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

LONGEST = 128


def _password(label: str, autocomplete: str) -> PasswordField:
    checks = [InputRequired(f"请填写{label}。"), Length(max=LONGEST, message=f"{label}不能超过{LONGEST}个字符。")]
    return PasswordField(label, checks, render_kw={"autocomplete": autocomplete, "maxlength": LONGEST})


class ResetForm(FlaskForm):
    """A new password, twice."""

    new = _password("新密码", "new-password")
    again = _password("确认新密码", "new-password")

    def validate_again(self, field: Any) -> None:
        """Twice the same."""
        if field.data != self.new.data:
            raise ValueError("两次输入的密码不一致。")


class ChangeForm(ResetForm):
    """One's own change."""

    old = _password("原密码", "current-password")
