"""The box above 专家信息 and 账号: where it leads, what it refuses, what it leaves behind."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db
from app.models import Account, AuditEntry, Expert
from app.policies.roles import ADMINISTRATOR
from app.services.look_up import NOT_FOUND
from tests.support import people
from tests.support.browser import Browser
from tests.support.form_pages import Page
from tests.views.test_throttle import Hours, hours, no_storage

__all__ = ["hours", "no_storage"]
SignIn = Callable[[Account | Expert], Browser]


def test_the_box_above_the_list_leads_to_the_expert(sign_in: SignIn) -> None:
    expert, browser = people.expert(), sign_in(people.staff())
    listed = Page(browser.get("/expert/list/").get_data(as_text=True))
    (form,) = listed.tree.xpath("//form[@action='/expert/find' and @method='post']")
    assert form.xpath(".//input[@name='number' and @autocomplete='off']")
    assert form.xpath(".//label[@for='look-up']")[0].text_content() == "身份证号或手机号"
    for typed in (expert.id_number, expert.mobile):
        answer = browser.submit("/expert/find", {"number": typed})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/expert/show/{expert.id}")


@pytest.mark.one_database
def test_what_was_typed_stays_in_the_box_with_the_reason(sign_in: SignIn) -> None:
    browser = sign_in(people.staff())
    for typed, words in (
        ("53010219800101123", "您输入了17位"),
        (f"{people.new_id_number()[:17]}Y", "只能由数字组成"),
        ("12800138000", "手机号应以13至19开头"),
        (people.new_mobile(), NOT_FOUND),
        ("<b>张三</b>", "按姓名查找的，请用列表的筛选条件"),
        ("", "请填写要查找的号码"),
    ):
        answer = browser.submit("/expert/find", {"number": typed})
        page = Page(answer.get_data(as_text=True))
        assert answer.status_code == 422
        assert any(words in refusal for refusal in page.refusals()), (typed, page.refusals())
        assert page.controls({"number"})["number"].value == typed


def test_r1_out_of_scope_answers_as_not_there(sign_in: SignIn) -> None:
    browser = sign_in(people.staff(at=people.county_department(people.QILIN)))
    hidden, nobody = people.expert(people.WUHUA), people.new_id_number()
    pages = []
    # The first form of a session puts its token into the cookie, whatever is asked.
    browser.submit("/expert/find", {"number": "1"})
    for typed in (hidden.id_number, nobody, hidden.mobile, people.new_mobile()):
        answer = browser.submit("/expert/find", {"number": typed})
        assert answer.status_code == 422
        page = Page(answer.get_data(as_text=True))
        pages.append((page.refusals(), sorted(key for key, _ in answer.headers)))
    assert all(page == pages[0] for page in pages)
    assert any(NOT_FOUND in refusal for refusal in pages[0][0])


def test_a_region_or_role_that_is_gone_counts_at_the_next_look_up(sign_in: SignIn) -> None:
    official, expert = people.staff(at=people.county_department(people.QILIN)), people.expert(people.QILIN)
    browser = sign_in(official)

    def status() -> int:
        return browser.submit("/expert/find", {"number": expert.id_number}).status_code

    assert status() == 302
    expert.region_code = people.WUHUA
    db.session.commit()
    assert status() == 422
    expert.region_code = people.QILIN
    db.session.commit()
    assert status() == 302
    official.department = people.county_department(people.WUHUA, "受理股")
    db.session.commit()
    assert status() == 422
    official.roles = people.roles(ADMINISTRATOR)
    db.session.commit()
    answer = browser.submit("/expert/find", {"number": expert.id_number})
    assert (answer.status_code, answer.headers.get("Location")) != (302, f"/expert/show/{expert.id}")


@pytest.mark.one_database
def test_it_takes_a_token_and_a_login(app: Flask, sign_in: SignIn, visitor: Browser) -> None:
    expert = people.expert()
    number = {"number": expert.id_number}
    assert sign_in(people.staff()).post("/expert/find", data=number).status_code == 400
    assert "/login/" in visitor.submit("/expert/find", number).headers["Location"]
    for person in (expert, people.staff(ADMINISTRATOR)):
        answer = sign_in(person).submit("/expert/find", number)
        assert "/expert/show" not in answer.headers.get("Location", "")
        assert answer.status_code in (302, 403)
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "按号码查找")) == 0


@pytest.mark.one_database
def test_a_number_in_the_address_is_no_look_up(sign_in: SignIn) -> None:
    expert, browser = people.expert(), sign_in(people.staff())
    answer = browser.get(f"/expert/find?number={expert.id_number}")
    assert answer.status_code == 200
    assert f"/expert/show/{expert.id}" not in answer.text
    assert Page(answer.text).controls({"number"})["number"].value == ""


def test_no_number_stays_behind(sign_in: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    """In the address, a cookie, a log, 操作日志 or a cache; the box with what was typed is the one place."""
    caplog.set_level(logging.DEBUG)
    expert, browser = people.expert(), sign_in(people.staff())
    numbers = (expert.id_number, expert.mobile, people.new_id_number(), people.new_mobile())
    for number in numbers:
        answer = browser.submit("/expert/find", {"number": number})
        assert answer.headers["Cache-Control"] == "no-store"
        assert number not in str(answer.headers)
        assert answer.text.count(number) == (answer.status_code == 422)
        with browser.session_transaction() as cookie:
            assert number not in str(dict(cookie))
    kept = [str([row.subject, row.detail]) for row in db.session.scalars(select(AuditEntry))]
    assert len(kept) == len(numbers)
    assert not [number for number in numbers if number in caplog.text or number in "".join(kept)]


@pytest.mark.one_database
def test_administrators_find_an_account_by_id_number(sign_in: SignIn) -> None:
    official, expert = people.staff(mobile=people.new_mobile()), people.expert()
    browser = sign_in(people.staff(ADMINISTRATOR))
    assert ">身份证号</label>" in browser.get("/account-staff/list/").text
    answer = browser.submit("/account-staff/find", {"number": str(official.id_number)})
    assert answer.headers["Location"] == f"/account-staff/show/{official.id}"
    for typed, words in ((expert.id_number, NOT_FOUND), (str(official.mobile), "这里只能按身份证号查找")):
        answer = browser.submit("/account-staff/find", {"number": typed})
        assert answer.status_code == 422
        assert words in answer.text
    assert sign_in(people.staff()).submit("/account-staff/find", {"number": str(official.id_number)}).status_code in (
        302,
        403,
    )


@pytest.mark.one_database
def test_an_account_looks_up_sixty_an_hour(sign_in: SignIn, hours: Hours) -> None:
    expert, official, other = people.expert(), people.staff(), people.staff()
    devices = [sign_in(official), sign_in(official)]
    statuses = [
        devices[n % 2].submit("/expert/find", {"number": people.new_mobile()}, environ_base={"REMOTE_ADDR": f"10.1.0.{n}"}).status_code
        for n in range(60)
    ]  # fmt: skip
    assert statuses == [422] * 60
    refused = devices[0].submit("/expert/find", {"number": expert.id_number})
    assert refused.status_code == 429
    assert "每小时最多60次" in refused.text
    assert expert.id_number not in refused.text
    assert devices[0].get("/expert/find").status_code == 200
    assert sign_in(other).submit("/expert/find", {"number": expert.id_number}).status_code == 302
    hours.forward(60.1)
    assert devices[0].submit("/expert/find", {"number": expert.id_number}).status_code == 302


@pytest.mark.one_database
@pytest.mark.usefixtures("no_storage")
def test_where_nothing_can_be_counted_nobody_is_found(sign_in: SignIn) -> None:
    expert = people.expert()
    answer = sign_in(people.staff()).submit("/expert/find", {"number": expert.id_number})
    assert answer.status_code == 503
    assert "系统暂时不能核对访问次数" in answer.text
