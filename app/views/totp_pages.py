"""动态口令 of one's own account: bind a phone, renew the recovery codes, let the phone go."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from flask import abort, flash, redirect
from flask_appbuilder import BaseView, expose
from flask_login import current_user, login_required

from app.domain.errors import DomainError
from app.services import second_factor
from app.views import current, throttle
from app.views.outcome import refuse
from app.views.password_form import PasswordForm, TotpForm

HOME = "/account/totp/"
PIXELS_PER_DOT = 5


def staff_only(page: Callable[..., Any]) -> Callable[..., Any]:
    """The page is there for staff; experts log in by SMS where they have lost the password."""

    @wraps(page)
    @login_required
    def run(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_staff:
            abort(404)
        return page(*args, **kwargs)

    return run


class TotpPages(BaseView):
    """For staff. Binding the first phone needs no password: whoever is logged in has just proved to have it."""

    route_base = "/account/totp"
    default_view = "totp"
    base_permissions: list[str] = []

    @expose("/")
    @staff_only
    def totp(self) -> Any:
        """How it stands, with the picture while a phone is being bound."""
        return self._page()

    @expose("/start", methods=["POST"])
    @staff_only
    def start(self) -> Any:
        """Makes the secret for a phone."""
        if not current_user.has_totp:
            second_factor.start(current_user.id, "")
            return redirect(HOME)
        return self._by_password(
            lambda password: second_factor.start(current_user.id, password), lambda _: redirect(HOME)
        )

    @expose("/confirm", methods=["POST"])
    @staff_only
    def confirm(self) -> Any:
        """Binds the phone whose code is typed. Guesses need no count: the page shows the secret."""
        form = TotpForm()
        if form.validate_on_submit():
            try:
                codes = second_factor.confirm(current.actor(), form.code.data or "")
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                return self._codes(codes)
        return self._page(code_form=form), 422

    @expose("/codes", methods=["POST"])
    @staff_only
    def codes(self) -> Any:
        """Fresh recovery codes."""
        return self._by_password(lambda password: second_factor.renew_codes(current.actor(), password), self._codes)

    @expose("/drop", methods=["POST"])
    @staff_only
    def drop(self) -> Any:
        """Lets the phone go."""

        def dropped(_: None) -> Any:
            flash("动态口令已解除。", "success")
            return redirect("/account/")

        return self._by_password(lambda password: second_factor.drop(current.actor(), password), dropped)

    def _by_password(self, use_case: Callable[[str], Any], done: Callable[[Any], Any]) -> Any:
        """Runs what an intruder would like to do, if the password is right; guesses are counted."""
        form = PasswordForm()
        if form.validate_on_submit():
            with throttle.one_try(throttle.PASSWORD, f"#{current_user.id}", form):
                return done(use_case(form.password.data or ""))
        return self._page(password_form=form), 422

    def _codes(self, codes: list[str]) -> Any:
        """The recovery codes, this once."""
        return self.render_template("account/recovery_codes.html", title="恢复码", codes=codes)

    def _page(self, code_form: TotpForm | None = None, password_form: PasswordForm | None = None) -> Any:
        account = current.account()
        picture = segno.make(second_factor.picture_address(account), error="l") if account.totp_pending else None
        return self.render_template(
            "account/totp.html",
            title="动态口令",
            account=account,
            picture=picture.png_data_uri(scale=PIXELS_PER_DOT) if picture else "",
            due=second_factor.is_due(current.permissions(), account),
            codes_left=second_factor.codes_left(current_user.id),
            code_form=code_form or TotpForm(formdata=None),
            password_form=password_form or PasswordForm(formdata=None),
        )
