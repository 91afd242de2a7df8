"""账号 and 角色: who works here, and what they may."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect, request
from flask_appbuilder import BaseView, action, expose, has_access
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import Role
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, PasswordField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Regexp, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.errors import DomainError
from app.domain.identity import USERNAME, USERNAME_RULE
from app.models import Account, Department
from app.models.columns import all_fields
from app.policies.actor import Actor
from app.policies.roles import EXPERT
from app.services import accounts, delegations, profile_history, roles, second_factor, texts
from app.services.audit import audit
from app.services.roles import all_roles
from app.views import current
from app.views.base import READ, WRITE
from app.views.fields import choices_of, field_for, plain_text, whole_number
from app.views.interface import ScopedInterface
from app.views.look_up import LookUpView
from app.views.outcome import perform, refuse


class TickField(SelectMultipleField):
    """A few rows to tick, by id."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, coerce=lambda value: whole_number(value) or 0, **kwargs)

    def pre_validate(self, form: Any) -> None:
        """WTForms has no Chinese for this refusal."""
        if self.validate_choice and not set(self.data or []) <= {choice.value for choice in self.choices}:
            raise StopValidation("请从列表中勾选。")


class RolesField(TickField):
    """The roles of an account; ``data`` is a list of ids."""

    def populate_obj(self, obj: Any, name: str) -> None:
        """Gives the account exactly the ticked roles."""
        chosen = set(self.data or [])
        setattr(obj, name, [role for role in all_roles() if role.id in chosen])

    def process_data(self, value: Any) -> None:
        """Takes the roles of the account."""
        self.data = [role.id for role in value or []]


def staff_of_departments(actor: Actor) -> ColumnElement[bool]:
    """政府用户 are the accounts of a department; experts' accounts have their own screens."""
    return Account.department_id.is_not(None)


class StaffForm(DynamicForm):
    """A staff account."""

    first_name = field_for(Account, "first_name", str)
    username = StringField(
        "用户名",
        [
            InputRequired("请填写用户名。"),
            Regexp(USERNAME, message=f"用户名须{USERNAME_RULE}。"),
        ],
        description=f"登录用，{USERNAME_RULE}。",
    )
    department = field_for(Account, "department", "/account-staff/choices/{}".format)
    roles = RolesField(
        "角色", description="勾选即给予，去掉即收回，下一次操作就生效。调离或停用的，其给出和收到的委托随即结束。"
    )
    id_number = field_for(Account, "id_number", str)
    mobile = field_for(Account, "mobile", str)
    new_password = PasswordField(
        "初始密码",
        [Length(max=128, message="不能超过128个字符。")],
        description="新增时必填；修改时不填则不变。设置后，本人登录须立即修改。",
        render_kw={"autocomplete": "new-password"},
    )
    active = BooleanField("启用", default=True, description="停用后立即不能登录。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles.choices = choices_of(
            (role.id, f"{role.name}：{roles.explained(role)}") for role in all_roles() if role.name != EXPERT
        )
        if not self.is_submitted():
            for field in self._masked():
                field.data = self._hidden(field.name, field.data)

    def populate_obj(self, obj: Any) -> None:
        """All fields but the password, which the service hashes, and masked values that were left as they stood."""
        left = {
            field.name for field in self._masked() if field.data == self._hidden(field.name, getattr(obj, field.name))
        }
        for name, field in self._fields.items():
            if name not in left | {"new_password", "csrf_token"}:
                field.populate_obj(obj, name)

    def _masked(self) -> list[Any]:
        return [self[name] for name, field in all_fields(Account).items() if field.mask and name in self]

    def _hidden(self, name: str, value: str | None) -> str | None:
        return texts.masked(all_fields(Account)[name], value) if value else value


class StaffView(LookUpView):
    """政府用户: accounts with department and roles."""

    route_base = "/account-staff"
    resource = "账号"
    writable = True
    datamodel = ScopedInterface(
        Account,
        scope=staff_of_departments,
        options=(joinedload(Account.department).joinedload(Department.organization), joinedload(Account.roles)),
    )
    list_columns = ["first_name", "username", "place", "roles", "active", "last_login"]
    show_columns = [
        "first_name",
        "username",
        "place",
        "roles",
        "id_number",
        "mobile",
        "active",
        "last_login",
        "has_totp",
    ]
    label_columns = {
        "place": "所属部门",
        "roles": "角色",
        "active": "启用",
        "last_login": "最近登录",
        "has_totp": "绑定动态口令",
    }
    method_permission_name = {"reset_totp": WRITE}
    list_title = "账号"
    add_form = edit_form = StaffForm
    form_names = ("first_name", "username", "department", "roles", "id_number", "mobile", "new_password", "active")
    base_order = ("id", "asc")

    def check(self, item: Account, form: Any) -> None:
        """What an account needs (R6). Who moves or is stopped takes no 委托 along."""
        if item.last_name is None:
            item.last_name, item.session_epoch, item.must_change_password = "", 0, False
        accounts.check_staff(item, form.new_password.data or None)
        delegations.end_where_over(item, current.actor())

    def recorded(self, item: Account) -> dict[str, str]:
        """Besides the declared fields: roles, whether it may log in, and that a password was set, not which."""
        return super().recorded(item) | {
            "角色": "、".join(role.name for role in item.roles),
            "启用": texts.text_of(item.active),
            "密码": f"第{item.session_epoch}次设置" if item.session_epoch else "",
        }

    def written(self, item: Account, *, added: bool, changed: list[dict[str, str]]) -> None:
        """Accounts and roles given or taken stand in 操作日志."""
        audit(current.actor(), "新增账号" if added else "修改账号", f"账号#{item.id}", {"changes": changed})
        profile_history.note_account(current.actor(), item.id, "修改账号", changed)

    @action(
        "reset_totp",
        "重置动态口令",
        "请先核实是本人提出。重置后，其登录状态立即失效，下次只凭密码登录，须重新绑定手机。确认重置吗？",
        "fa-key",
        multiple=False,
    )
    def reset_totp(self, item: Account) -> BaseResponse:
        """For a colleague who has lost the phone."""
        account_id = item.id
        perform(second_factor.reset, account_id, current.actor(), done="动态口令已重置，其登录状态已失效。")
        return redirect(f"{self.route_base}/show/{account_id}")


class RoleForm(FlaskForm):
    """A role and what it may."""

    name = StringField("角色名称", [plain_text], render_kw={"maxlength": roles.NAME_LENGTH})
    permissions = TickField("权限", validate_choice=False)


class RoleView(BaseView):
    """角色: permissions in words, to tick."""

    route_base = "/role"
    default_view = "list"
    class_permission_name = "角色"
    base_permissions: ClassVar[list[str]] = ["can_read", "can_write"]

    @expose("/list/")
    @has_access
    @permission_name(READ)
    def list(self) -> Any:
        """Every role with its permissions in words."""
        found = all_roles()
        words = {
            role.id: [
                roles.in_words(roles.pair_of(row))
                for row in role.permissions
                if roles.pair_of(row).verb != "menu_access"
            ]
            for role in found
        }
        return self.render_template("admin/roles.html", title="角色", roles=found, words=words)

    @expose("/add", methods=["GET", "POST"])
    @has_access
    @permission_name(WRITE)
    def add(self) -> Any:
        """A new role."""
        return self._form(None)

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name(WRITE)
    def edit(self, pk: int) -> Any:
        """Changes what a role may."""
        return self._form(roles.one(pk))

    def _form(self, role: Role | None) -> Any:
        form = RoleForm()
        if request.method == "GET" and role is not None:
            form.name.data, form.permissions.data = role.name, [row.id for row in role.permissions]
        role_id = role.id if role else None
        if form.validate_on_submit():
            try:
                roles.save(current.actor(), role_id, form.name.data or "", form.permissions.data or [])
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                flash("角色已保存，下一次操作即生效。", "success")
                return redirect("/role/list/")
        page = self.render_template(
            "admin/role.html", title="修改角色" if role_id else "新增角色", form=form, groups=roles.offered()
        )
        return page, (422 if request.method == "POST" else 200)
