"""角色: what each role may, for administrators to change on screen."""

from __future__ import annotations

from collections.abc import Iterable

from flask_appbuilder.security.sqla.models import PermissionView, Role
from sqlalchemy import select, true
from sqlalchemy.orm import selectinload

from app.domain.errors import Invalid, NotAllowed
from app.extensions import db
from app.policies.actor import Actor
from app.policies.roles import (
    ADMINISTRATOR,
    APPLICATIONS,
    EXPERTS,
    FILE,
    GRANTS,
    KEEP_ACCOUNTS,
    KEEP_ROLES,
    MENU,
    READ_APPLICATIONS,
    REVIEW,
    UNGIVEN,
    VERBS,
    WORDS,
    Permission,
)
from app.services import rows, texts
from app.services.audit import audit
from app.services.unit_of_work import transactional

NAME_LENGTH = 40
KEPT = (KEEP_ACCOUNTS, KEEP_ROLES)
"""What 系统管理员 cannot lose: nobody could give it back."""


def all_roles() -> list[Role]:
    """Every role with its permissions."""
    return list(db.session.scalars(select(Role).options(selectinload(Role.permissions)).order_by(Role.id)))


def one(role_id: int) -> Role:
    """A role. Raises ``NotFound``."""
    return rows.one(Role, role_id, true(), selectinload(Role.permissions))


def pair_of(row: PermissionView) -> Permission:
    """A stored permission as a pair."""
    return Permission(row.permission.name, row.view_menu.name)


def in_words(permission: Permission) -> str:
    """A permission as officials say it: 审核申报."""
    if permission.verb == MENU:
        return f"菜单：{permission.resource}"
    return WORDS.get(permission) or f"{VERBS[permission.verb]}{permission.resource}"


_LETS = {
    REVIEW: "审核本部门收到的申报（通过、退回补正、驳回），提前终止本部门的聘书",
    FILE: "备案本机构的申报，生成聘书；更正换发本机构的聘书",
    KEEP_ACCOUNTS: "维护账号，给予或收回他人的审核、备案权限",
}
"""What matters most to who gives a role."""


def explained(role: Role) -> str:
    """What giving a role means, and taking it away takes away, in words."""
    held = {pair_of(row) for row in role.permissions}
    lets = [words for permission, words in _LETS.items() if permission in held]
    if lets:
        return "可以" + "；".join(lets)
    return "只能查看，不能审核、备案" if READ_APPLICATIONS in held else "没有审核、备案权限"


def offered() -> list[tuple[str, list[tuple[int, str]]]]:
    """The permissions that can be given, grouped: business, administration, menus; as (id, words)."""
    known = {pair for pairs in GRANTS.values() for pair in pairs} | {*UNGIVEN}
    groups: dict[str, list[tuple[int, str]]] = {"业务权限": [], "系统管理": [], "菜单": []}
    business = {APPLICATIONS, EXPERTS, "聘书", "个人业务"}
    for row in db.session.scalars(select(PermissionView).order_by(PermissionView.id)).unique():
        pair = pair_of(row)
        if pair in known:
            group = "菜单" if pair.verb == MENU else "业务权限" if pair.resource in business else "系统管理"
            groups[group].append((row.id, in_words(pair)))
    return list(groups.items())


@transactional
def save(actor: Actor, role_id: int | None, name: str, permission_ids: Iterable[int]) -> None:
    """Adds a role, or gives one exactly these permissions. Counts at everybody's next request.

    Raises ``NotAllowed`` but for who keeps roles (R7), and ``Invalid``: no name, a name that is taken, a
    permission that is none, or 系统管理员 without what it cannot lose.
    """
    if not actor.may(KEEP_ROLES):
        raise NotAllowed("您没有维护角色的权限。")
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise Invalid(f"请填写角色名称，不超过{NAME_LENGTH}个字。", field="name")
    role = Role(name=name) if role_id is None else one(role_id)
    if role.name in GRANTS and name != role.name:
        raise Invalid("系统自带的角色不能改名。", field="name")
    taken = db.session.scalar(select(Role.id).where(Role.name == name, Role.id != (role_id or 0)))
    if taken is not None:
        raise Invalid(f"角色“{name}”已存在。", field="name")
    wanted = set(permission_ids)
    possible = [permission_id for permission_id in wanted if 0 < permission_id <= rows.LARGEST_ID]
    given = list(db.session.scalars(select(PermissionView).where(PermissionView.id.in_(possible))).unique())
    if len(given) != len(wanted):
        raise Invalid("请从列表中勾选权限。", field="permissions")
    if role.name == ADMINISTRATOR and not set(KEPT) <= {pair_of(row) for row in given}:
        raise Invalid("系统管理员必须保留维护账号和维护角色的权限。", field="permissions")
    before = {} if role_id is None else _recorded(role)
    role.name, role.permissions = name, given
    db.session.add(role)
    db.session.flush()
    changed = texts.changes(before, _recorded(role))
    audit(actor, "新增角色" if role_id is None else "修改角色权限", f"角色#{role.id}", {"changes": changed})


def _recorded(role: Role) -> dict[str, str]:
    return {"角色名称": role.name, "权限": "、".join(sorted(in_words(pair_of(row)) for row in role.permissions))}
