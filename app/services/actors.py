"""From a login to an ``Actor``: who they are, what they may, where they stand."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import Permission as PermissionRow
from flask_appbuilder.security.sqla.models import (
    PermissionView,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import select

from app.extensions import db
from app.models import Account, Department, Expert, Organization, Region
from app.policies.actor import Actor
from app.policies.roles import APPLY, Permission


def permissions_of(user_id: int) -> frozenset[Permission]:
    """All permissions of all roles of a login, in one statement, never kept beyond a request."""
    rows = db.session.execute(
        select(PermissionRow.name, ViewMenu.name)
        .join(PermissionView, PermissionView.permission_id == PermissionRow.id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
        .join(assoc_user_role, assoc_user_role.c.role_id == assoc_permissionview_role.c.role_id)
        .where(assoc_user_role.c.user_id == user_id)
    )
    return frozenset(Permission(verb, resource) for verb, resource in rows)


def actor_of(user: Account, permissions: frozenset[Permission] | None = None) -> Actor:
    """The actor that a login stands for. Reads at most two rows besides the permissions."""
    found = permissions_of(user.id) if permissions is None else permissions
    expert_id = id_number = None
    if APPLY in found:
        row = db.session.execute(select(Expert.id, Expert.id_number).where(Expert.user_id == user.id)).one_or_none()
        expert_id, id_number = row or (None, None)
    if user.department_id is None:
        return Actor(user.id, user.name, found, expert_id=expert_id, id_number=id_number, place="专家本人")
    department, organization, region = db.session.execute(
        select(Department, Organization, Region)
        .join(Organization, Organization.id == Department.organization_id)
        .join(Region, Region.code == Organization.region_code)
        .where(Department.id == user.department_id)
    ).one()
    return Actor(
        user.id,
        user.name,
        found,
        department_id=department.id,
        organization_id=organization.id,
        place=f"{organization.name}{department.name}",
        region_span=region.span,
        expert_id=expert_id,
        id_number=id_number or user.id_number,
    )
