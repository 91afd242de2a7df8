"""Lists of people in which one is found by ID number or mobile. By POST: neither may stand in an address."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_wtf import FlaskForm
from wtforms import StringField

from app.domain.errors import DomainError
from app.domain.identity import LONGEST_INPUT
from app.services import look_up
from app.views import current
from app.views.base import READ, RegistryModelView
from app.views.outcome import refuse
from app.views.throttle import look_ups_by_account


class LookUpForm(FlaskForm):
    """One box. Browsers are asked not to remember what is typed into it."""

    number = StringField(render_kw={"maxlength": LONGEST_INPUT, "autocomplete": "off", "spellcheck": "false"})


class LookUpView(RegistryModelView):
    """A list whose rows are people with a blind index: above it stands the box."""

    list_template = "staff/look_up_list.html"

    def __init__(self, **kwargs: Any) -> None:
        self.method_permission_name = {"find": READ, **(self.method_permission_name or {})}
        super().__init__(**kwargs)
        labels = "或".join(look_up.kinds(self.datamodel.obj).values())
        self.extra_args = {"look_up_label": labels, "look_up_url": f"{self.route_base}/find"}

    @expose("/find", methods=["GET", "POST"])
    @has_access
    @permission_name(READ)
    @look_ups_by_account
    def find(self) -> Any:
        """The person's page; else the box with what was typed and why there is none."""
        form = LookUpForm()
        form.number.label.text = self.extra_args["look_up_label"]
        if form.validate_on_submit():
            try:
                found = look_up.by_number(
                    current.actor(), self.datamodel.obj, self.datamodel.clause(), form.number.data or ""
                )
                return redirect(f"{self.route_base}/show/{found}")
            except DomainError as refusal:
                refuse(form, refusal)
        page = self.render_template(
            "staff/look_up.html", title="按号码查找", form=form, back=f"{self.route_base}/list/"
        )
        return page, (422 if request.method == "POST" else 200)
