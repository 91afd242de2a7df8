"""委托 on the screens: what follows at the next request, and what is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation
from app.policies.roles import ADMINISTRATOR, REVIEWER
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.databases import Registry
from tests.support.lending import lend
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]


@pytest.fixture
def head(app: Flask) -> Account:
    return people.staff(REVIEWER, name="王处长")


@pytest.fixture
def colleague(app: Flask) -> Account:
    return people.staff(name="李科员")


def _form(colleague: Account, **values: str) -> dict[str, str]:
    today = today_in_shanghai()
    return {
        "duties": "can_review",
        "delegate": str(colleague.id),
        "starts_on": str(today),
        "ends_on": str(today + timedelta(days=6)),
        **values,
    }


def test_the_button_comes_and_goes_at_the_next_request(head: Account, colleague: Account, sign_in: SignIn) -> None:
    case = cases.pending_case()
    browser, own = sign_in(colleague), sign_in(head)
    url = f"/review/show/{case.id}"
    assert "提交审核结果" not in browser.get(url).text
    assert own.submit("/delegation/new", _form(colleague)).status_code == 302
    assert "提交审核结果" in browser.get(url).text
    desk = browser.get("/desk/").text
    assert "您受王处长委托审核，至" in desk
    assert "等我审核" in desk
    given = db.session.scalars(select(Delegation.id)).one()
    assert own.submit(f"/delegation/end/{given}", {"reason": "提前返岗"}).status_code == 302
    assert "提交审核结果" not in browser.get(url).text
    assert browser.submit(f"/review/decide/{case.id}", {"outcome": "reject", "reason": "不"}).status_code == 403


def test_what_was_typed_stays_beside_the_refusal(head: Account, colleague: Account, sign_in: SignIn) -> None:
    own = sign_in(head)
    far = str(today_in_shanghai() + timedelta(days=200))
    answer = own.submit("/delegation/new", _form(colleague, ends_on=far))
    assert answer.status_code == 422
    for kept in ("委托最长90天", far, f'value="{colleague.id}" selected', 'value="can_review"'):
        assert kept in answer.text
    for wrong in (
        {"delegate": "999"},
        {"delegate": "x"},
        {"duties": "can_file"},
        {"starts_on": "明天"},
        {"duties": ""},
    ):
        assert own.submit("/delegation/new", _form(colleague, **wrong)).status_code == 422, wrong
    assert db.session.scalars(select(Delegation)).all() == []


def test_only_the_two_see_it_and_only_one_ends_it(head: Account, colleague: Account, sign_in: SignIn) -> None:
    made = lend(head, colleague)
    stranger, received = sign_in(people.staff(REVIEWER)), sign_in(colleague)
    unknown = stranger.get("/delegation/show/999999")
    other = stranger.get(f"/delegation/show/{made.id}")
    assert (other.status_code, other.text) == (unknown.status_code, unknown.text)
    assert stranger.submit(f"/delegation/end/{made.id}", {"reason": "不"}).status_code == 404
    page = received.get(f"/delegation/show/{made.id}")
    assert page.status_code == 200
    assert "提前结束委托" not in page.text
    assert received.submit(f"/delegation/end/{made.id}", {"reason": "不"}).status_code == 404
    assert "提前结束委托" in sign_in(head).get(f"/delegation/show/{made.id}").text


def test_who_holds_it_by_a_loan_is_offered_nothing(head: Account, colleague: Account, sign_in: SignIn) -> None:
    lend(head, colleague)
    browser = sign_in(colleague)
    assert browser.get("/delegation/new").status_code == 403
    assert "新设委托" not in browser.get("/delegation/").text
    assert "王处长" in browser.get("/delegation/").text


def test_an_administrator_finds_and_ends_it(head: Account, colleague: Account, sign_in: SignIn) -> None:
    made = lend(head, colleague)
    lend(head, colleague, first=20, last=22)
    browser = sign_in(people.staff(ADMINISTRATOR))
    for state, count in (("now", 1), ("later", 1), ("over", 0), ("", 2)):
        assert browser.get(f"/delegation-desk/list/?state={state}").text.count('<th scope="row">') == count, state
    assert browser.submit(f"/delegation-desk/end/{made.id}", {"reason": ""}).status_code == 422
    assert browser.submit(f"/delegation-desk/end/{made.id}", {"reason": "岗位调整"}).status_code == 302
    page = browser.get(f"/delegation-desk/show/{made.id}").text
    assert "已提前结束" in page
    assert "岗位调整" in page


def test_who_moves_or_is_stopped_takes_nothing_along(head: Account, colleague: Account, sign_in: SignIn) -> None:
    """Nor back: the department is the same again, and the 委托 stays ended."""
    browser = sign_in(people.staff(ADMINISTRATOR))
    chemicals, mines = people.department(), people.department(people.MINES)
    role = head.roles[0].id

    def save(account: Account, **values: str) -> None:
        form = {
            "first_name": account.name, "username": account.username, "department": str(chemicals.id), "roles": str(role),
            "id_number": account.id_number or "", "active": "y", **values,
        }  # fmt: skip
        form = {name: value for name, value in form.items() if value}
        assert browser.submit(f"/account-staff/edit/{account.id}", form).status_code == 302

    for values, reason in (({"department": str(mines.id)}, "人员调动"), ({"active": ""}, "账号停用")):
        made = lend(head, colleague)
        save(head, **values)
        db.session.refresh(made)
        assert (made.end_reason, made.holds) == (reason, None)
        save(head)
        assert people.actor(colleague).loans == ()
    made = lend(head, colleague)
    save(head)
    db.session.refresh(made)
    assert made.ended_at is None


@pytest.mark.parametrize(
    "url", ["/review/list/", "/filing/list/", "/application/list/", "/expert/list/", "/delegation/"]
)
def test_a_deputys_lists_take_five_statements(
    registry: Registry, head: Account, colleague: Account, sign_in: SignIn, url: str
) -> None:
    lend(head, colleague)
    cases.pending_case()
    browser = sign_in(colleague)
    browser.get(url)
    with counted(registry.engine) as ran:
        assert browser.get(url).status_code == 200
    assert len(ran) <= 5, ran


def test_administrators_list_takes_five_statements(registry: Registry, head: Account, sign_in: SignIn) -> None:
    for _ in range(8):
        lend(people.staff(REVIEWER), people.staff())
    browser = sign_in(people.staff(ADMINISTRATOR))
    browser.get("/delegation-desk/list/")
    with counted(registry.engine) as ran:
        assert browser.get("/delegation-desk/list/").status_code == 200
    assert len(ran) <= 5, ran
