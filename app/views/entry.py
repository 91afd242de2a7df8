"""From a proved name to a session: at once, or by the second step."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, session
from flask_appbuilder import BaseView, expose
from flask_appbuilder.utils.base import get_safe_redirect
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import DomainError
from app.extensions import limiter
from app.models import Account
from app.models.types import now
from app.services import accounts, refusals, second_factor
from app.views import throttle
from app.views.login_forms import SecondForm
from app.views.public_page import public_page
from app.views.session import start_session

WAITING = "second"
"""The cookie's note of who has passed the first step: account, its epoch, when, and where to go."""
PATIENCE_SECONDS = 600
FEW_CODES = 3


def enter(user: Account, welcome: str = "") -> BaseResponse:
    """Lets ``user`` in, who has proved who they are; asks for the second step where a phone is bound."""
    target = get_safe_redirect(request.args.get("next", "/"))
    if user.totp_secret is not None:
        session.clear()
        session[WAITING] = [user.id, user.session_epoch, int(now().timestamp()), target]
        return redirect("/login/second")
    return _admit(user, target, welcome)


def _admit(user: Account, target: str, welcome: str = "") -> BaseResponse:
    accounts.note_login(user.id)
    start_session(user)
    if welcome:
        flash(welcome, "success")
    return redirect(target)


class SecondStep(BaseView):
    """动态口令 after the password."""

    route_base = "/login/second"
    default_view = "second"
    base_permissions: list[str] = []

    @expose("", methods=["GET", "POST"])
    @limiter.limit("60 per minute", methods=["POST"])
    def second(self) -> Any:
        """One page: a one-time password or a recovery code; five tries in a quarter of an hour."""
        user_id, epoch, since, target = session.get(WAITING) or (0, 0, 0, "/")
        user = second_factor.waiting(user_id, epoch) if now().timestamp() - since < PATIENCE_SECONDS else None
        if user is None:
            session.pop(WAITING, None)
            flash("请先输入账号和密码。", "info")
            return redirect("/login/")
        person = f"#{user_id}.{epoch}"
        form = SecondForm()
        if form.validate_on_submit():
            with throttle.one_try(throttle.SECOND, person, form):
                left = second_factor.codes_left(user_id)
                try:
                    second_factor.verify(user_id, form.code.data or "")
                except DomainError:
                    refusals.login_failed(refusals.WRONG_SECOND, "", user)
                    raise
                return _admit(user, target, _codes_used(left, second_factor.codes_left(user_id)))
        return public_page(self, "public/second.html", form)


def _codes_used(before: int, after: int) -> str:
    """What to say to who has used a recovery code."""
    if before == after:
        return ""
    more = "请到“我的账号”更换恢复码。" if after <= FEW_CODES else ""
    return f"已使用一个恢复码，还剩{after}个。{more}"
