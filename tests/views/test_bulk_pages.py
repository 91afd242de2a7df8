"""批量办理 on the screens: the page that names the rows, the versions that the list showed, and the result of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Account, Application, BulkRun
from app.policies.roles import FILER, REVIEWER
from app.services import applications, reviews
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.people import MINES

SignIn = Callable[..., Browser]
Status = ApplicationStatus


@pytest.fixture
def head(app: Flask) -> Account:
    return people.staff(REVIEWER)


def rowids(page: str) -> list[str]:
    """The rows that a list offers or a form carries, with their versions."""
    return re.findall(r'name="rowid" value="(\d+:\d+)"', page)


def form_on(page: str) -> dict[str, Any]:
    """What the form of the page beforehand would send."""
    hidden = dict(re.findall(r'<input id="(key|action)" name="\w+" type="hidden" value="([^"]*)">', page))
    selects = re.findall(r'name="(speciality-\d+)".*?value="(\d+)" selected', page, re.DOTALL)
    return {**hidden, "rowid": rowids(page), **dict(selects)}


def prepared(browser: Browser, desk: str, action: str, rows: list[str]) -> str:
    answer = browser.submit(f"/{desk}/action_post", {"action": action, "rowid": rows})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def status_of(case: Application) -> Status:
    db.session.expire_all()
    return case.status


def test_approving_several_from_the_list(sign_in: SignIn, head: Account) -> None:
    one, two, elsewhere = cases.pending_case(), cases.pending_case(), cases.pending_case(at=people.department(MINES))
    browser = sign_in(head)
    shown = rowids(browser.get("/review/list/").get_data(as_text=True))
    assert shown == [f"{one.id}:1", f"{two.id}:1"]
    everything = rowids(browser.get("/review/list/?all=1").get_data(as_text=True))
    assert len(everything) == 3
    page = prepared(browser, "review", "approve", everything)
    assert "将审核通过的申报（2件）" in page
    assert "不能办理的申报（1件）" in page
    assert "只有申报部门中有审核权限的人员可以审核通过" in page
    form = form_on(page)
    assert form["rowid"] == shown
    assert status_of(one) is Status.PENDING_REVIEW
    refused = browser.submit("/review/bulk", form)
    assert refused.status_code == 422
    assert "请选择聘用单位" in refused.get_data(as_text=True)
    assert form_on(refused.get_data(as_text=True)) == form
    body = cases.bodies_of(one.organization)[1]
    ended = {**form, "term": "until", "ends_on": "2020-01-01", "appointing_body": str(body.id)}
    refused = browser.submit("/review/bulk", ended)
    assert refused.status_code == 422
    assert "早于今天" in refused.get_data(as_text=True)
    done = browser.submit("/review/bulk", {**form, "term": "3", "appointing_body": str(body.id)})
    assert done.headers["Location"] == f"/review/bulk/{form['key']}"
    result = browser.get(done.headers["Location"]).get_data(as_text=True)
    assert "共 2 件，已办理 2 件，未办理 0 件" in result
    assert [status_of(case) for case in (one, two, elsewhere)] == [Status.PENDING_FILING] * 2 + [Status.PENDING_REVIEW]
    assert (one.appointing_body_id, one.term_years, one.title) == (
        body.id,
        3,
        reviews.title_for(one, people.speciality()),
    )


@pytest.mark.parametrize("late", [False, True], ids=["before the page", "after the page"])
def test_what_changed_since_the_list_was_opened_is_not_decided(sign_in: SignIn, head: Account, late: bool) -> None:
    case, other = cases.pending_case(), cases.pending_case()
    browser = sign_in(head)
    shown = rowids(browser.get("/review/list/").get_data(as_text=True))

    def meanwhile() -> None:
        applications.withdraw(people.actor(case.expert), case.id)

    if not late:
        meanwhile()
    page = prepared(browser, "review", "reject", shown)
    assert ("已被他人处理" in page) is not late
    if late:
        meanwhile()
    form = {**form_on(page), "reason": "材料不全。"}
    result = browser.submit("/review/bulk", form, follow_redirects=True).get_data(as_text=True)
    assert ("已被他人处理：专家本人" in result) is late
    assert (status_of(case), status_of(other)) == (Status.WITHDRAWN, Status.REJECTED)


def test_filing_several_gives_their_numbers(sign_in: SignIn) -> None:
    found = [cases.approved_case() for _ in range(3)]
    browser = sign_in(people.staff(FILER, at=people.department(people.SCIENCE)))
    page = prepared(browser, "filing", "file_several", rowids(browser.get("/filing/list/").get_data(as_text=True)))
    assert "不能撤销" in page
    result = browser.submit("/filing/bulk", form_on(page), follow_redirects=True).get_data(as_text=True)
    assert len(set(re.findall(r"YNS\d{11}", result))) == 3
    assert [status_of(case) for case in found] == [Status.FILED] * 3


def test_a_blank_reason_is_asked_for_and_the_rows_stay(sign_in: SignIn, head: Account) -> None:
    case = cases.pending_case()
    browser = sign_in(head)
    form = form_on(prepared(browser, "review", "reject", [f"{case.id}:1"]))
    answer = browser.submit("/review/bulk", {**form, "reason": " \t\n"})
    assert answer.status_code == 422
    assert "理由" in answer.get_data(as_text=True)
    assert form_on(answer.get_data(as_text=True)) == form
    assert status_of(case) is Status.PENDING_REVIEW


@pytest.mark.parametrize("several", [False, True])
def test_a_reason_may_have_several_lines_as_browsers_send_them(sign_in: SignIn, head: Account, several: bool) -> None:
    case, browser = cases.pending_case(), sign_in(head)
    typed = {"reason": "一、照片不清。\r\n二、材料没有盖章。"}
    if several:
        form = form_on(prepared(browser, "review", "reject", [f"{case.id}:1"]))
        answer = browser.submit("/review/bulk", form | typed)
    else:
        answer = browser.submit(f"/review/decide/{case.id}", {"version": "1", "outcome": "reject"} | typed)
    assert answer.status_code == 302
    assert cases.history(case)[-1].reason == "一、照片不清。\n二、材料没有盖章。"


def test_too_many_rows_none_and_nonsense_are_each_told(sign_in: SignIn, head: Account) -> None:
    browser, case = sign_in(head), cases.pending_case()
    for rows, words in (
        ([f"{n}:1" for n in range(1, 102)], "一次最多审核通过100件，您勾选了101件"),
        ([], "请先在列表中勾选"),
    ):
        answer = browser.submit("/review/action_post", {"action": "approve", "rowid": rows}, follow_redirects=True)
        assert words in answer.get_data(as_text=True)
    for rows in (["x"], ["1"], ["0:0"], [f"{case.id + 999}:1"], ["99999999999999999999:1"]):
        assert browser.submit("/review/action_post", {"action": "approve", "rowid": rows}).status_code == 404, rows
    for form in ({}, {"key": "short", "action": "approve"}, {"key": "A" * 22, "action": "file"}):
        answer = browser.submit("/review/bulk", form, follow_redirects=True)
        assert "页面已失效" in answer.get_data(as_text=True)
    assert (
        browser.submit("/review/action_post", {"action": "file_several", "rowid": [f"{case.id}:1"]}).status_code == 404
    )
    assert browser.submit(f"/review/action/approve/{case.id}").status_code == 404
    assert browser.get("/review/bulk/" + "A" * 22).status_code == 404
    assert db.session.scalar(select(func.count()).select_from(BulkRun)) == 0


def test_where_nothing_can_be_done_there_is_nothing_to_send(sign_in: SignIn, head: Account) -> None:
    case = cases.pending_case(at=people.department(MINES))
    page = prepared(sign_in(head), "review", "approve", [f"{case.id}:1"])
    assert "都不能办理" in page
    assert 'action="/review/bulk"' not in page


def test_ones_result_is_nobody_elses(sign_in: SignIn, head: Account) -> None:
    case = cases.pending_case()
    form = {"key": "A" * 22, "action": "reject", "rowid": [f"{case.id}:1"], "reason": "材料不全。"}
    assert sign_in(head).submit("/review/bulk", form).status_code == 302
    other = sign_in(people.staff(REVIEWER))
    assert other.get("/review/bulk/" + "A" * 22).status_code == 404
    answer = other.submit("/review/bulk", form, follow_redirects=True).get_data(as_text=True)
    assert "页面已失效" in answer
