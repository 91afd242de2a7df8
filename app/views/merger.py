"""并入 on the screens: the receiving department is chosen, what would move is named, and then agreed to."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import BaseView
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField

from app.domain.errors import DomainError, Invalid, NotFound
from app.domain.states import OPEN_STATUSES
from app.services import departments
from app.views import current
from app.views.fields import choices_of, whole_number
from app.views.outcome import refuse


class TargetForm(FlaskForm):
    """Which department receives; asked by GET, for nothing is written."""

    class Meta:
        csrf = False

    into = SelectField("接收部门", validate_choice=False, description="同一机构中仍在使用的部门。")


class MergeForm(FlaskForm):
    """What was read and is agreed to."""

    into = HiddenField()
    seen = HiddenField()
    with_people = BooleanField(
        "人员一并转入接收部门",
        description="转入的人员保留原有角色：有审核权限的，转入后可以审核接收部门的申报。不转入的，仍在原部门，不再有可办理的申报。",
    )


def answer(view: BaseView, pk: str) -> Any:
    """The page for what has been chosen so far; the list of departments once it is done."""
    actor, form = current.actor(), MergeForm()
    source = departments.one(actor, pk)
    chosen = whole_number(form.into.data if request.method == "POST" else request.args.get("into")) or 0
    status = 200
    if request.method == "POST":
        status = 422
        try:
            done = departments.merge(actor, pk, chosen, form.seen.data or "", with_people=bool(form.with_people.data))
        except NotFound:
            raise
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            flash(f"{done.source.name}已并入{done.target.name}，并已停用。", "success")
            return redirect("/department/list/")
        source = departments.one(actor, pk)
    target, plan = TargetForm(formdata=None), None
    receivers = ((str(one.id), one.name) for one in departments.receivers(source))
    target.into.choices = choices_of([("", "请选择"), *receivers])
    if chosen or "into" in request.args or request.method == "POST":
        try:
            plan = departments.plan(actor, pk, chosen)
        except Invalid as refusal:
            refuse(target, refusal)
            status = 422
        else:
            target.into.data, form.into.data, form.seen.data = str(chosen), str(chosen), plan.seen
    page = view.render_template(
        "admin/merge.html",
        title="部门并入",
        source=source,
        target=target,
        form=form,
        plan=plan,
        counts=[(status.label, plan.cases[status]) for status in OPEN_STATUSES] if plan else [],
    )
    return page, status
