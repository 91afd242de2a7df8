"""选列: a list shows the columns that its reader has chosen, and they cost no statement more."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.extensions import db
from app.models import FaqEntry, Feedback
from app.policies.roles import ADMINISTRATOR, REVIEWER
from tests.support import cases, changes, lending, people
from tests.support.browser import Browser
from tests.support.databases import Registry
from tests.support.list_views import browsers, generated, reader
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]
ADDRESS = "/list-columns/ExpertView"


def headings(page: str) -> list[str]:
    """What stands above the columns of a list."""
    if "<thead>" not in page:
        return []
    head = page[page.index("<thead>") : page.index("</thead>")]
    cells = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', head, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


@pytest.mark.one_database
def test_a_reader_chooses_columns_and_they_stay(app: Flask, sign_in: SignIn) -> None:
    expert, person = people.expert(), people.staff(REVIEWER)
    browser = sign_in(person)
    usual = headings(browser.get("/expert/list/?all=1").text)
    assert f'href="{ADDRESS}?' in browser.get("/expert/list/?all=1").text
    answer = browser.submit(f"{ADDRESS}?name={expert.name}", {"columns": ["sex", "employer", "id_number"]})
    assert answer.headers["Location"].startswith("/expert/list/?name=")
    page = sign_in(person).get("/expert/list/?all=1").text
    assert headings(page) == ["姓名", "性别", "工作单位", "身份证号", "操作"]
    assert expert.id_number not in page
    assert f"{expert.id_number[:3]}" in page
    assert headings(sign_in(people.staff(REVIEWER)).get("/expert/list/?all=1").text) == usual
    assert browser.submit(f"{ADDRESS}/usual").status_code == 302
    assert headings(browser.get("/expert/list/?all=1").text) == usual


@pytest.mark.one_database
def test_what_a_list_does_not_offer_is_refused(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(people.staff(REVIEWER))
    for name in ("password", "id_number_index", "user_id", "x"):
        answer = browser.submit(ADDRESS, {"columns": ["sex", name]})
        assert answer.status_code == 422
        assert "性别" in answer.text
    assert "请至少选择一列" in browser.submit(ADDRESS, {}).text
    for listing in ("StaffView", "Home", "x"):
        assert browser.get(f"/list-columns/{listing}").status_code == 404
        assert browser.submit(f"/list-columns/{listing}/usual").status_code == 404


@pytest.mark.one_database
def test_a_column_that_is_gone_is_passed_over(app: Flask, sign_in: SignIn) -> None:
    person = people.staff(REVIEWER)
    person.list_columns = {"ExpertView": ["name", "abolished"], "ReviewView": ["abolished"]}
    db.session.commit()
    people.expert()
    cases.pending_case()
    browser = sign_in(person)
    assert headings(browser.get("/expert/list/?all=1").text) == ["姓名", "操作"]
    assert "申报编号" in headings(browser.get("/review/list/?all=1").text)


def test_every_list_can_show_all_that_it_offers_without_a_statement_more(registry: Registry, app: Flask) -> None:
    """And its first column alone."""
    made = browsers(app, people.department())
    for _ in range(2):
        certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(at=people.department())))
        changes.open_request(certificate.expert)
        cases.approved_case(cases.pending_case(at=people.department()))
        cases.pending_case(at=people.department())
        db.session.add(Feedback(asker_id=people.staff().id, asker_name="李", question="？"))
    db.session.add(FaqEntry(question="？", answer="！"))
    db.session.commit()
    lending.lend(people.staff(REVIEWER), people.staff(), first=1)
    tried = 0
    for view in generated(app):
        browser, (head, *others) = reader(view, made), view.offered_columns
        url = f"{view.route_base}/list/?all=1"
        with counted(registry.engine) as usual:
            assert browser.get(url).status_code == 200
        for chosen in (others, others[:1]):
            assert browser.submit(f"/list-columns/{view.endpoint}", {"columns": chosen}).status_code == 302
            with counted(registry.engine) as ran:
                page = browser.get(url).text
            labels = [str(view.label_columns[name]) for name in (head, *chosen)]
            assert headings(page)[: len(labels)] == (labels if headings(page) else []), view.endpoint
            assert len(ran) == len(usual), (view.endpoint, chosen)
            tried += bool(headings(page))
    assert tried > 30


@pytest.mark.one_database
def test_the_usual_columns_are_kept_by_administrators_too(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(people.staff(ADMINISTRATOR))
    page = browser.get("/list-columns/StaffView").text
    assert "手机" in page
    assert "totp" not in page
