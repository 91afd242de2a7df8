"""Seeding: complete, twice the same, and respectful of what administrators changed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from app.extensions import db
from app.models import AppointingBody, Department, Field, Industry, Organization, Region, Speciality
from app.policies.roles import ADMINISTRATOR, GRANTS, REVIEWER, Permission
from app.services import reference, roles
from tests.support import people
from tests.support.databases import REFERENCE
from tests.support.people import KUNMING


def everything() -> dict[str, list[Any]]:
    """Every row of every reference table."""
    tables = [table for table in Region.metadata.sorted_tables if table.name in REFERENCE]
    return {
        table.name: sorted(db.session.execute(select(table)).all(), key=lambda row: [str(value) for value in row])
        for table in tables
    }


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_seed_is_complete(app: Flask) -> None:
    found = {model: count(model) for model in (Industry, Field, Speciality, Region, Organization)}
    assert list(found.values()) == [18, 49, 385, 146, 146]
    assert (count(AppointingBody), count(Department)) == (3 * 146, 17 * 13)
    levels = db.session.execute(select(Region.level, func.count()).group_by(Region.level).order_by(Region.level)).all()
    assert [tuple(row) for row in levels] == [(0, 1), (1, 16), (2, 129)]


def test_prefixes_are_unique_and_the_provinces_is_that_of_the_domain(app: Flask) -> None:
    prefixes = db.session.scalars(select(Organization.prefix)).all()
    assert len(set(prefixes)) == len(prefixes)
    assert people.organization().prefix == "YNS"
    assert all(prefix.isascii() and prefix.isalpha() and prefix.isupper() for prefix in prefixes)


def test_one_department_of_each_organization_files_and_takes_no_applications(app: Flask) -> None:
    filing = db.session.scalars(select(Department).where(Department.files)).all()
    assert {department.name for department in filing} == {"科技和信息化处", "科技和信息化科"}
    assert len({department.organization_id for department in filing}) == len(filing) == 17
    assert not any(department.receives for department in filing)


def test_a_damaged_cell_is_mended_and_its_source_is_kept(app: Flask) -> None:
    row = db.session.scalars(select(Speciality).where(Speciality.source_name == "地址工程（水文工程及矿山工程）")).one()
    assert row.name == "地质工程（水文工程及矿山工程）"
    assert row.path.endswith(f" / {row.field.name} / {row.name}")


def test_twice_changes_nothing(app: Flask) -> None:
    before = everything()
    assert reference.seed() == {}
    assert everything() == before


def test_what_an_administrator_renamed_or_retired_stays(app: Flask) -> None:
    speciality, body = people.speciality(), people.organization(KUNMING)
    speciality.name, speciality.field.retired, speciality.field.industry.short_name = "防火与防爆", True, "危化"
    body.name, body.prefix = "昆明市应急管理和安全生产局", "KMX"
    department = people.department(region=KUNMING)
    department.name, department.receives = "危化科", False
    db.session.commit()
    before = everything()
    assert reference.seed() == {}
    assert everything() == before
    assert people.department(region=KUNMING).name == "危化科"


def test_what_an_administrator_added_stays(app: Flask) -> None:
    field = people.speciality().field
    db.session.add(Speciality(field=field, name="新的专业"))
    people.county_department()
    assert reference.seed() == {}
    assert db.session.scalars(select(Speciality).where(Speciality.name == "新的专业")).one().source_name is None


def test_what_is_missing_is_added_alone(app: Flask) -> None:
    gone = people.speciality("防火防爆")
    field_id = gone.field_id
    db.session.execute(delete(Speciality).where(Speciality.id == gone.id))
    db.session.commit()
    assert reference.seed() == {"speciality": 1}
    back = db.session.scalars(select(Speciality).where(Speciality.field_id == field_id, Speciality.name == "防火防爆"))
    assert back.one().source_name == "防火防爆"


@pytest.mark.parametrize("role", list(GRANTS))
def test_each_of_the_five_roles_begins_with_its_grants(app: Flask, role: str) -> None:
    (row,) = people.roles(role)
    assert {roles.pair_of(pair) for pair in row.permissions} == set(GRANTS[role])


def test_a_permission_that_was_taken_from_a_role_is_not_given_back(app: Flask) -> None:
    (row,) = people.roles(REVIEWER)
    row.permissions = row.permissions[:1]
    db.session.commit()
    assert reference.seed() == {}
    db.session.refresh(row)
    assert len(row.permissions) == 1


def test_a_permission_of_a_new_version_comes_to_its_roles_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    new = Permission("can_read", "统计")
    monkeypatch.setitem(GRANTS, ADMINISTRATOR, (*GRANTS[ADMINISTRATOR], new))
    assert reference.seed() == {"permission": 1}
    assert "查看统计" in {words for _, group in roles.offered() for _, words in group}
    (administrator,), (reviewer,) = people.roles(ADMINISTRATOR), people.roles(REVIEWER)
    assert new in {roles.pair_of(pair) for pair in administrator.permissions}
    assert new not in {roles.pair_of(pair) for pair in reviewer.permissions}
    administrator.permissions = [pair for pair in administrator.permissions if roles.pair_of(pair) != new]
    db.session.commit()
    assert reference.seed() == {}
    db.session.refresh(administrator)
    assert new not in {roles.pair_of(pair) for pair in administrator.permissions}
