"""Reference data, wordings of messages and roles, seeded so that twice changes nothing.

A seeded row is found again by the source's wording, never by its name: what an administrator
renamed or retired stays as they left it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import Permission as PermissionRow
from flask_appbuilder.security.sqla.models import PermissionView, Role, ViewMenu
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.domain.errors import Conflict
from app.domain.sms_wording import WORDINGS
from app.extensions import db
from app.models import (
    AppointingBody,
    Department,
    Field,
    Holiday,
    Industry,
    Organization,
    Region,
    SmsTemplate,
    Speciality,
)
from app.models.organization import Seeded
from app.policies.roles import GRANTS, UNGIVEN, Permission
from app.reference import read
from app.services import province
from app.services.unit_of_work import transactional

LEVELS = {read.Level.PROVINCE: 0, read.Level.PREFECTURE: 1, read.Level.COUNTY: 2}


@transactional
def seed() -> Counter[str]:
    """Adds what is missing. Gives how many rows of each table were added.

    Raises Conflict where the database is another province's than the files.
    """
    added: Counter[str] = Counter()
    own = province.own_files(current_app.config)
    _require_same_province(province.here())
    _seed_regions(added, own)
    _seed_organizations(added, own)
    _seed_taxonomy(added, own)
    _seed_holidays(added, own)
    _seed_templates(added)
    _seed_roles(added)
    return added


def _require_same_province(wanted: province.Province) -> None:
    there = db.session.scalars(select(Region).where(Region.parent_code.is_(None))).one_or_none()
    if there is not None and there.code != wanted.code:
        raise Conflict(f"数据库中是{there.name}的数据，REFERENCE_PATH 指定的是{wanted.name}。每个省须用自己的数据库。")


def _seed_regions(added: Counter[str], own: Path | None) -> None:
    known = set(db.session.scalars(select(Region.code)))
    names = {region.code: region for region in read.regions(own)}
    for region in names.values():
        if region.code in known:
            continue
        parent = names.get(region.parent_code or "")
        above = parent.name if parent and region.level is read.Level.COUNTY else ""
        db.session.add(
            Region(
                code=region.code,
                name=region.name,
                full_name=above + region.name,
                parent_code=region.parent_code,
                level=LEVELS[region.level],
            )
        )
        added["region"] += 1
    db.session.flush()


def _seed_organizations(added: Counter[str], own: Path | None) -> None:
    levels = {region.code: region.level for region in read.regions(own)}
    sources, departments = read.organizations(own), read.departments(own)
    organizations = _known(Organization, ("region_code",))
    values: dict[str, Any]
    for source in sources:
        values = {"region_code": source.region_code, "name": source.name, "prefix": source.prefix}
        _add(organizations, (source.region_code, source.name), Organization, values, added)
    db.session.flush()
    bodies = _known(AppointingBody, ("organization_id",))
    existing = _known(Department, ("organization_id",))
    for source in sources:
        organization_id = organizations[source.region_code, source.name].id
        for kind, name in enumerate(source.appointing_bodies, 1):
            values = {"organization_id": organization_id, "name": name, "kind": kind}
            _add(bodies, (organization_id, name), AppointingBody, values, added)
        for department in departments:
            if department.level is levels[source.region_code]:
                values = {
                    "organization_id": organization_id,
                    "name": department.name,
                    "receives": department.reviews,
                    "files": department.files,
                }
                _add(existing, (organization_id, department.name), Department, values, added)


def _seed_taxonomy(added: Counter[str], own: Path | None) -> None:
    """Level by level, so that each takes one round trip and knows the ids of the level above."""
    industries, fields = _known(Industry, ()), _known(Field, ("industry_id",))
    specialities = _known(Speciality, ("field_id",))
    below: list[tuple[Industry, read.Industry]] = []
    for position, industry in enumerate(read.taxonomy(own), 1):
        values = {"name": industry.name, "short_name": industry.short_name, "position": position}
        below.append((_add(industries, (industry.source,), Industry, values, added), industry))
    db.session.flush()
    lowest: list[tuple[Field, read.Field]] = []
    for row, industry in below:
        for position, field in enumerate(industry.fields, 1):
            values = {"industry_id": row.id, "name": field.name, "position": position}
            lowest.append((_add(fields, (row.id, field.source), Field, values, added), field))
    db.session.flush()
    for middle, field in lowest:
        for position, speciality in enumerate(field.specialities, 1):
            values = {"field_id": middle.id, "name": speciality.name, "position": position}
            _add(specialities, (middle.id, speciality.source), Speciality, values, added)


def _seed_holidays(added: Counter[str], own: Path | None) -> None:
    """What administrators entered themselves for a day stands."""
    known, days = _known(Holiday, ()), set(db.session.scalars(select(Holiday.day)))
    for one in read.holidays(own):
        if one.day not in days:
            values = {"day": one.day, "name": one.name, "kind": one.kind}
            _add(known, (one.day.isoformat(),), Holiday, values, added)


def _seed_templates(added: Counter[str]) -> None:
    known = set(db.session.scalars(select(SmsTemplate.purpose)))
    for purpose, wording in WORDINGS.items():
        if purpose not in known:
            db.session.add(SmsTemplate(purpose=purpose, text=wording.text))
            added["sms_template"] += 1


def _known(model: type[Seeded], parents: Iterable[str]) -> dict[tuple[Any, ...], Any]:
    """The seeded rows of a model by parent and source wording."""
    rows = db.session.scalars(select(model).where(model.source_name.is_not(None)))
    return {(*(getattr(row, parent) for parent in parents), row.source_name): row for row in rows}


def _add(
    known: dict[Any, Any], key: tuple[Any, ...], model: type[Any], values: dict[str, Any], added: Counter[str]
) -> Any:
    if key not in known:
        known[key] = model(source_name=key[-1], **values)
        db.session.add(known[key])
        added[model.__tablename__] += 1
    return known[key]


def _seed_roles(added: Counter[str]) -> None:
    """Each role with the permissions it begins with.

    A role that exists keeps what administrators made of it, and gets what came with a new version: of a permission
    that the registry did not know before, nobody can have taken it back.
    """
    existing = {role.name: role for role in db.session.scalars(select(Role).options(selectinload(Role.permissions)))}
    known = {(row.permission.name, row.view_menu.name) for row in db.session.scalars(select(PermissionView)).unique()}
    rows = {permission: _permission_row(permission) for grants in GRANTS.values() for permission in grants}
    for name, permissions in GRANTS.items():
        role = existing.get(name)
        if role is None:
            db.session.add(Role(name=name, permissions=[rows[permission] for permission in permissions]))
            added["role"] += 1
            continue
        new = [rows[permission] for permission in permissions if permission not in known]
        role.permissions += new
        if new:
            added["permission"] += len(new)
    for permission in UNGIVEN:
        _permission_row(permission)


def _permission_row(permission: Permission) -> PermissionView:
    verb = _named(PermissionRow, permission.verb)
    resource = _named(ViewMenu, permission.resource)
    pair = db.session.scalars(
        select(PermissionView).where(
            PermissionView.permission_id == verb.id, PermissionView.view_menu_id == resource.id
        )
    ).one_or_none()
    if pair is None:
        pair = PermissionView(permission=verb, view_menu=resource)
        db.session.add(pair)
        db.session.flush()
    return pair


def _named(model: type[Any], name: str) -> Any:
    row = db.session.scalars(select(model).where(model.name == name)).one_or_none()
    if row is None:
        row = model(name=name)
        db.session.add(row)
        db.session.flush()
    return row
