"""查找 over HTTP: each finds their own lists' rows and pages, and no number of a person gets into an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.policies.roles import ADMINISTRATOR, REVIEWER
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.databases import Registry
from tests.support.people import QILIN, WUHUA
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]


def suggested(browser: Browser, typed: str) -> dict[str, list[str]]:
    """The names under each heading."""
    answer = browser.get("/search/suggest", query_string={"q": typed}).json
    return {group["label"]: [hit["name"] for hit in group["hits"]] for group in answer["groups"]}


def test_the_page_and_the_suggestions_say_the_same_and_lead_there(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert(WUHUA, name="王建国")
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    browser = sign_in(people.staff())
    page = browser.get("/search/?q=wjg").text
    hits = [hit for group in browser.get("/search/suggest?q=wjg").json["groups"] for hit in group["hits"]]
    assert [hit["url"] for hit in hits] == [
        f"/expert/show/{expert.id}",
        f"/certificate/{certificate.id}",
        f"/application/show/{certificate.application_id}",
    ]
    for hit in hits:
        assert f'<a href="{hit["url"]}">{hit["name"]}</a>' in page
        assert browser.get(hit["url"]).status_code == 200
    elsewhere = sign_in(people.staff(at=people.county_department(QILIN)))
    assert suggested(elsewhere, "wjg") == {}
    assert "没有找到，或者不在您的数据范围内。" in elsewhere.get("/search/?q=王建国").text


def test_pages_are_those_of_ones_own_menu(app: Flask, sign_in: SignIn) -> None:
    official, administrator, expert = (
        sign_in(person) for person in (people.staff(REVIEWER), people.staff(ADMINISTRATOR), people.expert())
    )
    assert suggested(official, "待") == {"页面": ["待审核", "待备案"]}
    assert suggested(official, "dsh") == {"页面": ["待审核"]}
    assert suggested(official, "操作日志") == {}
    assert suggested(administrator, "czrz") == {"页面": ["操作日志"]}
    assert suggested(administrator, "待审核") == {}
    assert suggested(expert, "我的聘书") == {"页面": ["我的聘书"]}
    assert suggested(expert, "通知") == {"页面": ["通知"]}
    assert suggested(expert, "专家信息") == {}


def test_an_expert_finds_their_own_case_where_it_stands(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case()
    browser = sign_in(case.expert)
    (group,) = browser.get(f"/search/suggest?q={case.number}").json["groups"]
    assert group["hits"][0]["url"] == f"/my/applications#case-{case.id}"
    assert f'id="case-{case.id}"' in browser.get("/my/applications").text


def test_more_of_them_are_a_list_away(app: Flask, sign_in: SignIn) -> None:
    for _ in range(6):
        people.expert(name="王伟", complete=False, region_code=WUHUA)
    browser = sign_in(people.staff())
    page = browser.get("/search/?q=王伟").text
    assert 'href="/expert/list/?all=1&amp;name=%E7%8E%8B%E4%BC%9F"' in page
    assert browser.get("/expert/list/?all=1&name=王伟").text.count('<th scope="row">王伟</th>') == 6


@pytest.mark.parametrize("typed", ["13800138000", "+86 138 0013 8000", "530102197505200011", "53010219750520001X"])
def test_a_number_of_a_person_is_refused_and_not_said_again(app: Flask, sign_in: SignIn, typed: str) -> None:
    browser = sign_in(people.staff())
    for path in ("/search/", "/search/suggest"):
        answer = browser.get(path, query_string={"q": typed})
        assert answer.status_code == 422
        assert typed.strip("+") not in answer.text
        assert "号码不写进网址" in (answer.json["hint"] if answer.is_json else answer.text)
    assert 'href="/expert/find"' in browser.get("/search/", query_string={"q": typed}).text
    own = sign_in(people.expert())
    assert 'href="/expert/find"' not in own.get("/search/", query_string={"q": typed}).text


@pytest.mark.parametrize("typed", ["", " ", "\x00", "%", "<script>", "王" * 500, "🙂", "%F0%9F", "0" * 400])
def test_whatever_is_typed_is_answered_and_escaped(app: Flask, sign_in: SignIn, typed: str) -> None:
    browser = sign_in(people.staff())
    for path in ("/search/", "/search/suggest"):
        answer = browser.get(path, query_string={"q": typed})
        assert answer.status_code in (200, 422)
        assert "<script>" + "”" not in answer.text


def test_the_box_is_for_who_is_logged_in(app: Flask, sign_in: SignIn, visitor: Browser) -> None:
    assert visitor.get("/search/?q=王").location.startswith("/login/")
    assert "data-search=" not in visitor.get("/help/").text
    assert 'data-look-up="/expert/find"' in sign_in(people.staff()).get("/account/").text
    own = sign_in(people.expert()).get("/account/").text
    assert "data-search=" in own
    assert "data-look-up" not in own


def test_it_runs_five_statements_at_most(registry: Registry, sign_in: SignIn) -> None:
    expert = people.expert(WUHUA, name="王建国")
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    for browser in (sign_in(people.staff()), sign_in(expert)):
        for typed in ("王建国", "wjg", certificate.number, "yn", "SB1", "1", "页面"):
            with counted(registry.engine) as ran:
                browser.get("/search/suggest", query_string={"q": typed})
            assert len(ran) <= 5, (typed, ran)
