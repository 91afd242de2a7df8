"""角色 on screen: what is offered, what a save refuses (R7)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.domain.errors import Invalid, NotAllowed, NotFound
from app.extensions import db
from app.models import AuditEntry
from app.policies.actor import Actor
from app.policies.roles import (
    ADMINISTRATOR,
    FILE,
    FILER,
    GRANTS,
    READ_EXPERTS,
    REVIEW,
    REVIEWER,
    STAFF,
    UNGIVEN,
    Permission,
)
from app.services import actors, audit, roles
from tests.support import people


@pytest.fixture
def administrator(app: Flask) -> Actor:
    """Who keeps roles."""
    return people.actor(people.staff(ADMINISTRATOR, name="管理员"))


def ids(*pairs: Permission) -> list[int]:
    known = {words: row_id for _, group in roles.offered() for row_id, words in group}
    return [known[roles.in_words(pair)] for pair in pairs]


def granted(name: str) -> set[Permission]:
    role = db.session.scalars(select(Role).where(Role.name == name)).one()
    return {roles.pair_of(pair) for pair in role.permissions}


def test_everything_that_can_be_granted_is_offered_in_words_once(app: Flask) -> None:
    groups = dict(roles.offered())
    words = [text for group in groups.values() for _, text in group]
    assert set(words) == {roles.in_words(pair) for pairs in (*GRANTS.values(), UNGIVEN) for pair in pairs}
    assert len(set(words)) == len(words)
    assert {"审核申报", "备案申报", "查看专家信息", "重置专家密码"} <= {text for _, text in groups["业务权限"]}
    assert all(text.startswith("菜单：") for _, text in groups["菜单"])


def test_a_role_is_given_exactly_what_was_ticked(administrator: Actor) -> None:
    roles.save(administrator, None, " 科长 ", ids(REVIEW, READ_EXPERTS))
    assert granted("科长") == {REVIEW, READ_EXPERTS}
    role_id = db.session.scalars(select(Role.id).where(Role.name == "科长")).one()
    roles.save(administrator, role_id, "股长", ids(FILE))
    assert granted("股长") == {FILE}
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(e.actor_name, e.action, e.subject) for e in entries] == [
        ("管理员", "新增角色", f"角色#{role_id}"), ("管理员", "修改角色权限", f"角色#{role_id}"),
    ]  # fmt: skip
    assert audit.detail_of(entries[1])["changes"] == [
        {"field": "角色名称", "before": "科长", "after": "股长"},
        {"field": "权限", "before": "审核申报、查看专家信息", "after": "备案申报"},
    ]


def test_a_change_counts_at_the_next_request_of_everybody_who_has_the_role(administrator: Actor) -> None:
    head = people.staff(REVIEWER)
    assert REVIEW in actors.actor_of(head).permissions
    (role,) = people.roles(REVIEWER)
    roles.save(administrator, role.id, REVIEWER, ids(READ_EXPERTS))
    assert actors.actor_of(head).permissions == {READ_EXPERTS}


def test_the_permissions_of_several_roles_add_up(app: Flask) -> None:
    both = people.staff(STAFF, ADMINISTRATOR)
    assert actors.actor_of(both).permissions == {*GRANTS[STAFF], *GRANTS[ADMINISTRATOR]}


@pytest.mark.parametrize("name", ["", "  ", "长" * (roles.NAME_LENGTH + 1), STAFF])
def test_a_role_needs_a_name_of_its_own(administrator: Actor, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        roles.save(administrator, None, name, [])
    assert refused.value.field == "name"
    assert len(roles.all_roles()) == 5


def test_a_seeded_role_keeps_its_name(administrator: Actor) -> None:
    (role,) = people.roles(STAFF)
    with pytest.raises(Invalid, match="不能改名"):
        roles.save(administrator, role.id, "别的名称", [])
    assert granted(STAFF) == set(GRANTS[STAFF])


@pytest.mark.parametrize("unknown", [0, -1, 10**8, 10**30])
def test_a_permission_that_is_none_is_refused(administrator: Actor, unknown: int) -> None:
    with pytest.raises(Invalid) as refused:
        roles.save(administrator, None, "科长", [*ids(REVIEW), unknown])
    assert refused.value.field == "permissions"
    assert len(roles.all_roles()) == 5


@pytest.mark.parametrize("kept", roles.KEPT)
def test_r7_the_administrators_cannot_lock_themselves_out(administrator: Actor, kept: Permission) -> None:
    (role,) = people.roles(ADMINISTRATOR)
    rest = [pair for pair in GRANTS[ADMINISTRATOR] if pair != kept]
    with pytest.raises(Invalid, match="必须保留"):
        roles.save(administrator, role.id, ADMINISTRATOR, ids(*rest))
    roles.save(administrator, role.id, ADMINISTRATOR, ids(*roles.KEPT))
    assert granted(ADMINISTRATOR) == set(roles.KEPT)


def test_r7_only_who_keeps_roles_saves_one(app: Flask) -> None:
    for person in (people.staff(STAFF, REVIEWER), people.expert()):
        with pytest.raises(NotAllowed):
            roles.save(people.actor(person), None, "科长", ids(REVIEW))
    assert len(roles.all_roles()) == 5


def test_a_role_that_is_not_there_is_not_found(administrator: Actor) -> None:
    with pytest.raises(NotFound):
        roles.save(administrator, 10**6, "科长", [])


def test_what_a_role_means_is_said_in_words(app: Flask) -> None:
    said = {name: roles.explained(people.roles(name)[0]) for name in (STAFF, REVIEWER, FILER, ADMINISTRATOR)}
    assert "审核本部门收到的申报" in said[REVIEWER]
    assert "备案本机构的申报" in said[FILER]
    assert said[STAFF] == "只能查看，不能审核、备案"
    assert "给予或收回" in said[ADMINISTRATOR]
