"""导出 Excel from each list: what the filters find in the list's order, or what is ticked, with the columns of one's choice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain import exports as limits
from app.extensions import db
from app.models import Account, AuditEntry, ExportJob
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import exports, rows, table_export
from app.views.table_export import TableExport
from tests.support import cases, changes, people
from tests.support.browser import Browser
from tests.support.list_views import generated
from tests.support.people import CHEMICALS, QILIN, QUJING

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]


@pytest.fixture
def head(app: Flask) -> Account:
    return people.staff(REVIEWER)


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def form_on(page: str) -> dict[str, Any]:
    """What the form of the page would send."""
    (key,) = re.findall(r'name="key" type="hidden" value="([\w-]+)"', page)
    ticked = re.findall(r'name="columns"[^>]*value="(\w+)" checked', page)
    return {"key": key, "columns": ticked, "rowid": re.findall(r'name="rowid" value="(\d+)"', page)}


def job_of(answer: Any) -> ExportJob:
    db.session.expire_all()
    return db.session.get_one(ExportJob, int(answer.location.rsplit("/")[-1]))


def views(app: Flask) -> list[TableExport]:
    return [view for view in generated(app) if isinstance(view, TableExport)]


def test_each_list_says_of_its_columns_what_the_workbook_says(app: Flask) -> None:
    for view in views(app):
        offered = view.offered()
        assert set(view.list_columns) <= set(offered), view.endpoint
        differing = {
            name: offered[name].heading.label
            for name in view.list_columns
            if str(view.label_columns[name]) != offered[name].heading.label
        }
        assert differing in ({}, {"waiting": "已等待（工作日）"}), view.endpoint


def test_every_list_of_officials_is_taken_out_from_the_list_to_the_file(app: Flask, sign_in: SignIn) -> None:
    expert = cases.filed_certificate().expert
    cases.pending_case()
    cases.approved_case()
    changes.open_request(expert)
    browser = sign_in(people.staff(REVIEWER, FILER, ADMINISTRATOR, at=people.department(people.SCIENCE)))
    for view in views(app):
        page = text_of(browser.get(f"{view.route_base}/list/?all=1"))
        (address,) = re.findall(r'href="([^"]*export_table[^"]*)"', page)
        page = text_of(browser.get(address.replace("&amp;", "&")))
        form = form_on(page)
        assert form["columns"] == [name for name in view.offered() if name in view.list_columns], view.endpoint
        answer = browser.submit(address.replace("&amp;", "&"), form)
        assert answer.status_code == 302, view.endpoint
        # The order is logged when it has counted.
        logged = rows.count(select(AuditEntry.id)) - 1
        wanted = {"/expert": 3, "/application": 3, "/audit": logged}.get(view.route_base, 1)
        assert job_of(answer).total == wanted, view.endpoint
        exports.run_next()
        assert "已生成" in text_of(browser.get(answer.location)), view.endpoint
        file = browser.get(f"{answer.location}/file")
        assert file.data.startswith(b"PK"), view.endpoint
        assert file.mimetype.endswith("spreadsheetml.sheet")
    assert "待审核，1件申报" in text_of(browser.get("/exports/"))


def test_the_filters_and_the_order_of_the_list_are_those_of_the_file(sign_in: SignIn, head: Account) -> None:
    found = [people.expert(name=name) for name in ("甲一", "乙二", "甲三")]
    people.expert(QILIN, name="甲四", employer="曲靖化工")
    browser = sign_in(head)
    query = "all=1&name=甲&employer=研究&_oc_ExpertView=name&_od_ExpertView=asc&psize_ExpertView=10&page_ExpertView=0"
    for one in found:
        one.employer = "昆明研究院"
    db.session.commit()
    page = text_of(browser.get(f"/expert/export_table?{query}"))
    assert "“姓名：甲”、“工作单位：研究”的全部专家，共 <strong>2</strong> 名" in page
    job = job_of(browser.submit(f"/expert/export_table?{query}", form_on(page)))
    shown = re.findall(r"/expert/show/(\d+)", text_of(browser.get(f"/expert/list/?{query}")))
    assert [str(one) for one in job.ids] == list(dict.fromkeys(shown))
    assert job.choice is not None
    assert [one["words"] for one in job.choice["filters"]] == ["甲", "研究"]
    # Without any, the filters that the list opens with: nobody has been approved.
    assert "没有符合条件的专家" in text_of(browser.get("/expert/export_table"))


def test_ticked_rows_are_asked_for_by_their_boxes(sign_in: SignIn, head: Account) -> None:
    waiting = [cases.pending_case() for _ in range(3)]
    browser = sign_in(head)
    ticked = {"action": "export_ticked", "rowid": [f"{one.id}:{one.version}" for one in waiting[:2]]}
    page = text_of(browser.submit("/review/action_post", ticked))
    assert "您勾选的 <strong>2</strong> 件申报" in page
    assert job_of(browser.submit("/review/export_table", form_on(page))).ids == [one.id for one in waiting[:2]]
    assert "请先在列表中勾选" in text_of(
        browser.get(browser.submit("/review/action_post", {"action": "export_ticked"}).location)
    )


def test_without_script_all_columns_are_ticked_or_those_of_the_list_again(sign_in: SignIn, head: Account) -> None:
    one = people.expert()
    browser = sign_in(head)
    page = text_of(browser.get("/expert/export_table?all=1"))
    form = {**form_on(page), "rowid": [str(one.id)]}
    every = form_on(text_of(browser.submit("/expert/export_table", {**form, "tick": "all"})))
    assert {"id_number", "mobile", "strengths", *form["columns"]} < set(every["columns"])
    assert every["rowid"] == form["rowid"]
    usual = form_on(text_of(browser.submit("/expert/export_table", {**every, "tick": "usual"})))
    assert usual == form
    assert db.session.scalar(select(ExportJob.id)) is None
    browser.submit("/expert/export_table", {**form, "columns": ["mobile", "name"]})
    assert form_on(text_of(browser.get("/expert/export_table?all=1")))["columns"] == ["name", "mobile"]


def test_what_is_forged_is_refused_and_nothing_is_ordered(sign_in: SignIn, head: Account) -> None:
    one, other = people.expert(), people.expert(QILIN)
    browser = sign_in(people.staff(REVIEWER, at=people.department(CHEMICALS, QUJING)))
    form = {
        **form_on(text_of(browser.get("/expert/export_table?all=1"))),
        "columns": ["name", "sex"],
        "rowid": [str(other.id)],
    }
    for wrong, sentence in (
        ({"columns": ["name", "password"]}, "请从列表中选择"),
        ({"columns": []}, "请至少选择一列"),
        ({"key": "short"}, "页面已失效"),
    ):
        answer = browser.submit("/expert/export_table", {**form, **wrong})
        assert (answer.status_code, sentence in text_of(answer)) == (422, True), wrong
        assert form_on(text_of(answer))["rowid"] == form["rowid"] if "key" not in wrong else True
    for ids in ([str(one.id)], [str(other.id), str(one.id)], ["x"], ["0"], ["9" * 30]):
        assert browser.submit("/expert/export_table", {**form, "rowid": ids}).status_code == 404, ids
    for query in ("nothing=1", "_oc_ExpertView=id_number", "page_ExpertView=x"):
        assert browser.get(f"/expert/export_table?{query}").status_code == 400, query
    assert db.session.scalar(select(ExportJob.id)) is None


def test_another_ones_order_is_nobody_elses(sign_in: SignIn, head: Account) -> None:
    people.expert()
    browser, other = sign_in(head), sign_in(people.staff(REVIEWER))
    form = form_on(text_of(browser.get("/expert/export_table?all=1")))
    address = browser.submit("/expert/export_table?all=1", form).location
    exports.run_next()
    assert [other.get(url).status_code for url in (address, f"{address}/file")] == [404, 404]
    again = other.submit("/expert/export_table?all=1", form)
    assert (again.status_code, "页面已失效" in text_of(again)) == (422, True)


def test_who_may_not_export_is_offered_nothing_and_let_in_nowhere(sign_in: SignIn, app: Flask) -> None:
    case = cases.pending_case()
    browser = sign_in(people.staff())
    for view in (view for view in views(app) if view.endpoint != "AuditView"):
        assert "导出" not in text_of(browser.get(f"{view.route_base}/list/?all=1")), view.endpoint
        assert browser.get(f"{view.route_base}/export_table").status_code == 403, view.endpoint
        ticked = {"action": "export_ticked", "rowid": [str(case.id)]}
        assert browser.submit(f"{view.route_base}/action_post", ticked).status_code == 403, view.endpoint
    assert browser.get("/exports/").status_code == 403


def test_more_than_a_workbook_takes_is_said_before_anything_is_chosen(
    sign_in: SignIn, head: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.expert()
    people.expert()
    browser = sign_in(head)
    form = form_on(text_of(browser.get("/expert/export_table?all=1")))
    monkeypatch.setattr(table_export, "MOST_ROWS", 1)
    monkeypatch.setattr("app.views.table_export.MOST_ROWS", 1)
    page = text_of(browser.get("/expert/export_table?all=1"))
    assert "一次最多导出 1 名专家" in page
    assert "开始导出" not in page
    answer = browser.submit("/expert/export_table?all=1", form)
    assert (answer.status_code, "一次最多导出" in text_of(answer)) == (422, True)
    assert limits.MOST_ROWS == 50_000
    nobody = text_of(browser.get("/expert/export_table?all=1&name=无此人"))
    assert "没有符合条件的专家" in nobody
