"""The inboxes on the screens: one's own first, overdue in red, numbers for the menu; holidays and the department's days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, Department, Holiday
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import certificates
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.databases import Registry
from tests.support.people import MINES
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]
ARRIVED = date(2026, 11, 2)


def numbers(page: str, *found: str) -> list[bool]:
    return [one in page for one in found]


def test_the_list_opens_with_ones_own_and_says_what_is_overdue(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    clock.on(ARRIVED)
    old, other = cases.pending_case(), cases.pending_case(at=people.department(MINES))
    clock.on(ARRIVED + timedelta(days=17))
    soon = cases.pending_case()
    clock.on(ARRIVED + timedelta(days=35))
    new = cases.pending_case()
    found = (old.number, soon.number, new.number, other.number)
    browser = sign_in(people.staff(REVIEWER))
    page = browser.get("/review/list/").get_data(as_text=True)
    assert numbers(page, *found) == [True, True, True, False]
    assert page.index(old.number) < page.index(soon.number) < page.index(new.number)
    assert '25 个工作日 <span class="badge badge-danger">逾期 10 天</span>' in page
    asked = {
        "all=1": [True] * 4, "whose=others": [False, False, False, True], "due=overdue": [True, False, False, True],
        "due=overdue&whose=mine": [True, False, False, False], "due=soon": [False, True, False, False],
        "_oc_ReviewView=changed_at&_od_ReviewView=desc": [True, True, True, False],
    }  # fmt: skip
    assert {
        query: numbers(browser.get(f"/review/list/?{query}").get_data(as_text=True), *found) for query in asked
    } == asked
    assert browser.get("/review/list/?due=never").status_code == 422
    looker = sign_in(people.staff())
    assert numbers(looker.get("/review/list/").get_data(as_text=True), *found) == [True] * 4


def test_the_menu_learns_what_waits(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    clock.on(ARRIVED)
    cases.pending_case()
    cases.approved_case()
    clock.on(ARRIVED + timedelta(days=30))
    cases.pending_case()
    assert sign_in(people.staff(REVIEWER)).get("/desk/waiting").json == {"待审核": {"overdue": 1, "waiting": 2}}
    filer = people.staff(FILER, at=people.department(people.SCIENCE))
    assert sign_in(filer).get("/desk/waiting").json == {"待备案": {"overdue": 1, "waiting": 1}}
    assert sign_in(people.staff()).get("/desk/waiting").json == {}
    page = sign_in(people.staff(REVIEWER)).get("/desk/").get_data(as_text=True)
    assert "其中 1 件逾期" in page
    assert 'data-waiting="待审核"' in page


def test_an_inbox_runs_five_statements_however_long(registry: Registry, sign_in: SignIn) -> None:
    browser = sign_in(people.staff(REVIEWER, FILER))
    for _ in range(3):
        cases.pending_case()
        cases.approved_case()
    for query in ("", "?all=1", "?whose=others", "?due=overdue", "?page_ReviewView=9", "?page_FilingView=9"):
        for desk in ("review", "filing"):
            with counted(registry.engine) as ran:
                status = browser.get(f"/{desk}/list/{query}").status_code
            assert len(ran) <= 5 + ("due=" in query), (desk, query, ran)  # the departments' own numbers
            assert status == (400 if "page_" in query and desk not in query.lower() else 200)


def test_after_a_decision_the_next_case_opens(app: Flask, sign_in: SignIn) -> None:
    one, two = cases.pending_case(), cases.pending_case()
    cases.pending_case(at=people.department(MINES))
    browser = sign_in(people.staff(REVIEWER))
    form = {"version": "1", "outcome": "reject", "reason": "材料不全。"}
    answer = browser.submit(f"/review/decide/{one.id}", form)
    assert answer.headers["Location"] == f"/review/show/{two.id}"
    assert "下面是等您办理的下一件" in browser.get(answer.headers["Location"]).get_data(as_text=True)
    answer = browser.submit(f"/review/decide/{two.id}", form)
    assert answer.headers["Location"] == "/review/list/"
    assert "已驳回，理由已告知专家。已是最后一件。" in browser.get("/review/list/").get_data(as_text=True)


def test_after_a_filing_the_next_case_opens(app: Flask, sign_in: SignIn) -> None:
    one, two = cases.approved_case(), cases.approved_case()
    browser = sign_in(people.staff(FILER, at=people.department(people.SCIENCE)))
    three = cases.approved_case()
    answer = browser.submit(f"/filing/action/file/{one.id}", {"version": "2"})
    assert answer.headers["Location"] == f"/filing/show/{two.id}"
    page = browser.get(answer.headers["Location"]).get_data(as_text=True)
    made = certificates.of_application(one.id)
    assert made is not None
    assert f'备案成功，聘书 <a href="/certificate/{made.id}">{made.number}</a> 已生成。下面是等您办理的下一件。' in page
    answer = browser.submit(f"/filing/send_back/{two.id}", {"version": "2", "reason": "聘用单位有误。"})
    assert answer.headers["Location"] == f"/filing/show/{three.id}"
    page = browser.get(answer.headers["Location"]).get_data(as_text=True)
    assert "已退回审核部门。下面是等您办理的下一件。" in page
    answer = browser.submit(f"/filing/action/file/{three.id}", {"version": "2"})
    assert answer.headers["Location"] == "/filing/list/"
    assert "已生成。已是最后一件。" in browser.get("/filing/list/").get_data(as_text=True)


def test_administrators_keep_the_holidays_and_each_change_is_in_the_log(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(people.staff(ADMINISTRATOR))
    assert "2026年10月1日" in browser.get("/holiday/list/?name=国庆节").get_data(as_text=True)
    form = {"day": "2027-10-01", "name": "国庆节", "kind": "放假"}
    assert browser.submit("/holiday/add", form).status_code == 302
    row = db.session.scalars(select(Holiday).where(Holiday.day == date(2027, 10, 1))).one()
    again = browser.submit("/holiday/add", form)
    assert "日期“2027-10-01”已存在" in again.get_data(as_text=True)
    assert browser.submit(f"/holiday/edit/{row.id}", form | {"kind": "加班"}).status_code == 200
    assert browser.submit(f"/holiday/edit/{row.id}", form | {"retired": "y"}).status_code == 302
    db.session.expire_all()
    assert row.retired
    acts = select(AuditEntry.action).where(AuditEntry.subject == f"节假日#{row.id}").order_by(AuditEntry.id)
    assert db.session.scalars(acts).all() == ["新增节假日", "修改节假日"]


def test_a_years_holidays_are_pasted_and_a_wrong_line_stays_to_be_mended(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(people.staff(ADMINISTRATOR))
    assert 'href="/holiday/paste"' in browser.get("/holiday/list/").get_data(as_text=True)
    wrong = "2028-05-01 劳动节 放假\r\n2028-05-32 劳动节 放假"
    page = browser.submit("/holiday/paste", {"lines": wrong})
    assert page.status_code == 422
    assert "第2行：“2028-05-32”不是有效日期" in page.get_data(as_text=True)
    assert "2028-05-32 劳动节 放假</textarea>" in page.get_data(as_text=True)
    page = browser.submit("/holiday/paste", {"lines": wrong.replace("32", "02")}, follow_redirects=True)
    assert "已登记 2 天" in page.get_data(as_text=True)


def test_a_departments_days_are_whole_and_from_1_to_365(app: Flask, sign_in: SignIn) -> None:
    browser, department = sign_in(people.staff(ADMINISTRATOR)), people.department()
    form = {"name": department.name, "phone": "", "receives": "y"}
    for typed in ("0", "366", "-1", "1.5", "十五", ""):
        page = browser.submit(f"/department/edit/{department.id}", {**form, "handling_days": typed})
        assert page.status_code == 200
        assert ("请填写1至365的整数" if typed else "请填写办理时限") in page.get_data(as_text=True), typed
    assert browser.submit(f"/department/edit/{department.id}", {**form, "handling_days": "365"}).status_code == 302
    db.session.expire_all()
    assert db.session.get_one(Department, department.id).handling_days == 365
