"""委托 on the screens: one's own, and all of them for administrators."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import joinedload
from wtforms import SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.duties import LONGEST_DAYS
from app.domain.errors import DomainError, NotAllowed, NotFound
from app.domain.transitions import REASON_LENGTH
from app.domain.validity import today_in_shanghai
from app.models import Delegation, Department
from app.policies.delegation import with_status, within_days
from app.policies.roles import APPLICATIONS, END_DELEGATIONS
from app.services import delegations, rows
from app.views import current
from app.views.base import READ, RegistryModelView
from app.views.fields import DateField, choices_of, plain_text, whole_number
from app.views.filters import ListFilter
from app.views.interface import ScopedInterface
from app.views.outcome import refuse

END = "end"
TONES = {"有效": "success", "暂不生效": "warning", "未开始": "info"}
"""What is over is neutral."""


class DutiesField(SelectMultipleField):
    """Duties to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        """Of those that are the person's own."""
        if not set(self.data or ()) <= {choice.value for choice in self.choices}:
            raise StopValidation("请从列表中勾选。")


class ColleagueField(SelectField):
    """One of a few people of the department, by id, a blank first."""

    def pre_validate(self, form: Any) -> None:
        """WTForms has no Chinese for this refusal."""
        if self.data not in {choice.value for choice in self.choices}:
            raise StopValidation("请从列表中选择受托人。")


class GiveForm(FlaskForm):
    """What is handed to whom, from when to when."""

    duties = DutiesField("委托事项", [InputRequired("请勾选委托事项。")])
    delegate = ColleagueField(
        "受托人", [InputRequired("请选择受托人。")], description="本部门已启用、登记了身份证号的人员。"
    )
    starts_on = DateField("起始日", [InputRequired("请填写起始日。")])
    ends_on = DateField(
        "截止日", [InputRequired("请填写截止日。")], description=f"含起止两日最长{LONGEST_DAYS}天，到期自动结束。"
    )

    def days(self) -> tuple[date, date]:
        """First and last, of a form that has passed."""
        assert self.starts_on.data is not None
        assert self.ends_on.data is not None
        return self.starts_on.data, self.ends_on.data


class EndForm(FlaskForm):
    """Why it ends before its day."""

    reason = TextAreaField(
        "结束原因",
        [
            InputRequired("请填写结束原因。"),
            plain_text,
            Length(max=REASON_LENGTH, message=f"不能超过{REASON_LENGTH}个字。"),
        ],
        render_kw={"maxlength": REASON_LENGTH, "rows": 3},
    )


def end_page(view: BaseView, found: Delegation, form: EndForm, *, may_end: bool, back: str) -> Any:
    """One 委托; for who may end it, the form that does."""
    return view.render_template(
        "staff/delegation.html",
        title="委托",
        delegation=found,
        tone=TONES.get(found.status_now, "neutral"),
        form=form if may_end and not found.is_over else None,
        action=f"{view.route_base}/end/{found.id}",
        back=back,
    )


class MyDelegations(BaseView):
    """我的委托: given and received."""

    route_base = "/delegation"
    default_view = "list"
    class_permission_name = APPLICATIONS
    base_permissions = ["can_read"]

    @expose("/")
    @has_access
    @permission_name(READ)
    def list(self) -> Any:
        """The newest first."""
        actor = current.actor()
        found = delegations.own(actor)
        return self.render_template(
            "staff/delegations.html",
            title="我的委托",
            given=[one for one in found if one.principal_id == actor.user_id],
            received=[one for one in found if one.delegate_id == actor.user_id],
            tones=TONES,
            may_give=bool(delegations.duties_of(actor)),
        )

    @expose("/new", methods=["GET", "POST"])
    @has_access
    @permission_name(READ)
    def new(self) -> Any:
        """新设委托, for who holds a duty by a role."""
        actor = current.actor()
        own = delegations.duties_of(actor)
        if not own:
            raise NotAllowed("您的角色没有审核或备案权限，不能委托；他人委托给您的不能转委托。")
        form = GiveForm()
        people = delegations.colleagues(actor)
        form.duties.choices = choices_of((duty.value, duty.label) for duty in own)
        form.delegate.choices = choices_of([("", "请选择"), *((str(person.id), person.name) for person in people)])
        if request.method == "GET":
            form.duties.data = [duty.value for duty in own]
        if form.validate_on_submit():
            try:
                delegations.give(
                    actor,
                    [duty for duty in own if duty.value in (form.duties.data or ())],
                    whole_number(form.delegate.data) or 0,
                    *form.days(),
                )
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                flash("委托已设立。受托人从起始日起可以办理，到期自动结束。", "success")
                return redirect("/delegation/")
        page = self.render_template("staff/delegation_new.html", title="新设委托", form=form, people=people)
        return page, (422 if request.method == "POST" else 200)

    @expose("/show/<pk>")
    @has_access
    @permission_name(READ)
    def detail(self, pk: str) -> Any:
        """One that is the person's own."""
        return self._page(pk, EndForm(formdata=None))

    @expose("/end/<pk>", methods=["POST"])
    @has_access
    @permission_name(READ)
    def end(self, pk: str) -> Any:
        """提前结束, by the principal."""
        form = EndForm()
        # What is not the person's own is not there, whoever else may end it elsewhere.
        delegations.one(pk, current.actor())
        return redirect("/delegation/") if ended(pk, form) else (self._page(pk, form), 422)

    def _page(self, pk: str, form: EndForm) -> Any:
        actor = current.actor()
        found = delegations.one(pk, actor)
        return end_page(self, found, form, may_end=found.principal_id == actor.user_id, back="/delegation/")


def ended(pk: str, form: EndForm) -> bool:
    """Whether the form has ended it; a refusal stands in the form. Raises ``NotFound``."""
    if not form.validate():
        return False
    try:
        delegations.end(pk, current.actor(), form.reason.data or "")
    except NotFound:
        raise
    except DomainError as refusal:
        refuse(form, refusal)
        return False
    flash("委托已提前结束，受托人不能再办理。", "success")
    return True


def _state(value: str) -> ColumnElement[bool]:
    today = today_in_shanghai()
    clauses = {
        "now": within_days(today),
        "later": and_(Delegation.ended_at.is_(None), Delegation.starts_on > today),
        "over": or_(Delegation.ended_at.is_not(None), Delegation.ends_on < today),
    }
    return clauses[value]


STATES = (("now", "在起止日之内"), ("later", "未开始"), ("over", "已结束"))


class DelegationView(RegistryModelView):
    """委托 of everybody, for administrators: to look up, and to end early."""

    route_base = "/delegation-desk"
    resource = "委托"
    datamodel = ScopedInterface(
        Delegation,
        options=(
            *delegations.PEOPLE,
            joinedload(Delegation.department).joinedload(Department.organization),
            with_status(),
        ),
    )
    list_columns = ["principal", "delegate", "place", "duty", "starts_on", "ends_on", "status_now"]
    label_columns = {"place": "部门", "status_now": "状态"}
    extra_filters = (ListFilter("state", "状态", "select", _state, STATES),)
    method_permission_name = {"end": END}
    list_title = "委托"
    empty_text = "没有符合条件的委托。有审核或备案权限的人员在“我的委托”中设立。"

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    @permission_name(READ)
    def show(self, pk: str) -> Any:
        """One, and the form that ends it."""
        return self._page(pk, EndForm(formdata=None))

    @expose("/end/<pk>", methods=["POST"])
    @has_access
    @permission_name(END)
    def end(self, pk: str) -> Any:
        """提前结束, by an administrator."""
        form = EndForm()
        return redirect("/delegation-desk/list/") if ended(pk, form) else (self._page(pk, form), 422)

    def _page(self, pk: str, form: EndForm) -> Any:
        found = rows.one(Delegation, pk, self.datamodel.clause(), *self.datamodel.options)
        return end_page(self, found, form, may_end=current.actor().may(END_DELEGATIONS), back="/delegation-desk/list/")
