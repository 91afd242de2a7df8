"""常用筛选: one's own and the department's, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.domain.errors import Invalid, NotFound
from app.extensions import db
from app.models import Account
from app.models.saved_filter import NAME_LENGTH, QUERY_LENGTH
from app.policies.actor import Actor
from app.policies.roles import REVIEWER, STAFF
from app.services import saved_filters
from app.services.saved_filters import AT_MOST
from tests.support import people

LIST, QUERY = "ExpertView", "name=%E5%BC%A0"


def save(account: Account, name: str = "张姓专家", query: str = QUERY, shared: bool = False) -> None:
    saved_filters.save(people.actor(account), LIST, name, query, shared=shared)


def seen(account: Account, listing: str = LIST) -> list[str]:
    return [one.name for one in saved_filters.offered(people.actor(account), listing)]


def test_one_is_kept_for_its_list_and_its_owner(app: Flask) -> None:
    owner, colleague = people.staff(REVIEWER), people.staff(STAFF)
    save(owner, "  张姓  专家 ")
    assert seen(owner) == ["张姓 专家"]
    assert seen(owner, "CertificateView") == seen(colleague) == []


def test_one_that_is_shared_is_the_departments_while_its_owner_is_there(app: Flask) -> None:
    owner, colleague = people.staff(REVIEWER), people.staff(STAFF)
    elsewhere = people.staff(STAFF, at=people.department(people.SCIENCE))
    save(owner, shared=True)
    save(colleague, "自己的")
    assert seen(colleague) == ["自己的", "张姓专家"]
    assert seen(elsewhere) == []
    for ended in ({"active": False}, {"active": True, "department_id": elsewhere.department_id}):
        for name, value in ended.items():
            setattr(owner, name, value)
        db.session.commit()
        assert seen(colleague) == ["自己的"]


def test_the_same_name_replaces_what_was_kept(app: Flask) -> None:
    owner, colleague = people.staff(REVIEWER), people.staff(STAFF)
    save(owner, shared=True)
    save(owner, query="sex=%E5%A5%B3")
    ((kept),) = saved_filters.offered(people.actor(owner), LIST)
    assert (kept.query, kept.department_id) == ("sex=%E5%A5%B3", None)
    assert seen(colleague) == []


def test_only_its_owner_takes_it_away(app: Flask) -> None:
    owner, colleague = people.staff(REVIEWER), people.staff(STAFF)
    save(owner, shared=True)
    (kept,) = saved_filters.offered(people.actor(colleague), LIST)
    with pytest.raises(NotFound):
        saved_filters.drop(people.actor(colleague), kept.id)
    saved_filters.drop(people.actor(owner), kept.id)
    assert seen(owner) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "  "}, "请填写名称"),
        ({"name": "长" * (NAME_LENGTH + 1)}, "不能超过20个字"),
        ({"query": ""}, "没有筛选条件"),
        ({"query": "q" * (QUERY_LENGTH + 1)}, "太长"),
    ],
)
def test_what_will_not_do_is_refused(app: Flask, values: dict[str, Any], said: str) -> None:
    owner = people.staff(REVIEWER)
    with pytest.raises(Invalid, match=said):
        save(owner, **values)
    assert seen(owner) == []


def test_who_has_no_department_shares_nothing(app: Flask) -> None:
    with pytest.raises(Invalid, match="不属于任何部门"):
        saved_filters.save(Actor(1, "李", frozenset()), LIST, "甲", QUERY, shared=True)


def test_there_is_an_end_to_them(app: Flask) -> None:
    owner = people.staff(REVIEWER)
    for number in range(AT_MOST):
        save(owner, f"第{number}个")
    with pytest.raises(Invalid, match="最多保存20个"):
        save(owner, "多一个")
    save(owner, "第3个", "sex=x")
    assert len(seen(owner)) == AT_MOST
