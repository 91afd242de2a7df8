"""常用筛选 over HTTP: kept as the list asks, opened as it was kept."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask

from app.extensions import db
from app.models import SavedFilter
from app.policies.roles import ADMINISTRATOR, REVIEWER, STAFF
from tests.support import people
from tests.support.browser import Browser

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]
ASKED = f"name={quote('张')}&_oc_ExpertView=name&_od_ExpertView=desc"
ADDRESS = f"/saved-filters/ExpertView?{ASKED}"


def test_a_list_leads_to_its_page_and_back(app: Flask, sign_in: SignIn) -> None:
    people.expert(name="张三")
    browser = sign_in(people.staff(REVIEWER))
    listed = browser.get(f"/expert/list/?{ASKED}&psize_ExpertView=10&employer=").text
    assert ADDRESS.replace("&", "&amp;") in listed
    browser.submit(ADDRESS, {"name": "张姓专家"})
    page = browser.get("/saved-filters/ExpertView").text
    assert "张姓专家" in page
    assert "姓名：张" in page
    assert f'href="/expert/list/?{ASKED.replace("&", "&amp;")}"' in page
    assert "张三" in browser.get(f"/expert/list/?{ASKED}").text


def test_a_colleague_uses_it_and_cannot_take_it_away(app: Flask, sign_in: SignIn) -> None:
    sign_in(people.staff(REVIEWER)).submit(ADDRESS, {"name": "张姓专家", "shared": "y"})
    colleague = sign_in(people.staff(STAFF))
    page = colleague.get("/saved-filters/ExpertView").text
    assert "张姓专家" in page
    assert "/drop" not in page
    kept = db.session.query(SavedFilter).one()
    assert colleague.submit(f"/saved-filters/ExpertView/{kept.id}/drop").status_code == 404


def test_a_list_that_one_does_not_read_has_no_page(app: Flask, sign_in: SignIn) -> None:
    for who, listing in ((ADMINISTRATOR, "ExpertView"), (REVIEWER, "StaffView"), (REVIEWER, "Home"), (REVIEWER, "x")):
        browser = sign_in(people.staff(who))
        assert browser.get(f"/saved-filters/{listing}").status_code == 404
        assert browser.submit(f"/saved-filters/{listing}?name=x", {"name": "甲"}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    ["", "?all=1", "?nonsense=1", "?title_level=%E6%97%A0", "?name=x&_oc_ExpertView=id_number", "?region=99999999999"],
)
def test_what_a_list_does_not_take_is_not_kept(app: Flask, sign_in: SignIn, asked: str) -> None:
    browser = sign_in(people.staff(REVIEWER))
    answer = browser.submit(f"/saved-filters/ExpertView{asked}", {"name": "甲"})
    assert answer.status_code == 422
    assert db.session.query(SavedFilter).count() == 0


def test_conditions_that_have_gone_are_said_to_be_gone(app: Flask, sign_in: SignIn) -> None:
    owner = people.staff(REVIEWER)
    db.session.add(SavedFilter(owner_id=owner.id, listing="ExpertView", name="旧", query="region=990000"))
    db.session.commit()
    assert "条件中的内容已不存在" in sign_in(owner).get("/saved-filters/ExpertView").text
