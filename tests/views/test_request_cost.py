"""What a request costs before its page's own data: one statement, no cookie; and what that statement sees is of now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response, jsonify, render_template
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import delete, text, update
from sqlalchemy.exc import InternalError

from app.domain.duties import Duty
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation, Organization
from app.policies.roles import ADMINISTRATOR, APPLY, EXPERT, FILER, REVIEW, REVIEWER, STAFF
from app.services import roles
from app.views import current
from tests.support import people
from tests.support.browser import Browser
from tests.support.databases import KINDS, POSTGRESQL, Registry
from tests.support.entry import inside
from tests.support.lending import lend
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]
PREPARED_AFTER = 5
"""How often psycopg runs a statement before it prepares it, on each connection."""


@pytest.fixture
def bare_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a page behind all the gates, with the whole layout and no data of its own."""

    def page() -> str:
        return render_template("appbuilder/baselayout.html", appbuilder=app.appbuilder)  # type: ignore[attr-defined]

    monkeypatch.setitem(app.view_functions, "Home.index", page)
    return "/"


@pytest.mark.parametrize("role", [STAFF, REVIEWER, FILER, ADMINISTRATOR, EXPERT])
def test_one_statement_comes_before_a_page(registry: Registry, sign_in: SignIn, bare_page: str, role: str) -> None:
    browser = sign_in(people.expert() if role == EXPERT else people.staff(role))
    browser.get(bare_page)
    with counted(registry.engine) as ran:
        assert "退出登录" in browser.get(bare_page).get_data(as_text=True)
    assert len(ran) == 1


def test_one_statement_where_duties_are_lent_too(registry: Registry, sign_in: SignIn, bare_page: str) -> None:
    delegate = people.staff(name="李科员")
    for name in ("王处长", "赵处长"):
        lend(people.staff(REVIEWER, name=name), delegate)
    browser = sign_in(delegate)
    with counted(registry.engine) as ran:
        assert browser.get(bare_page).status_code == 200
    assert len(ran) == 1


def test_a_visitor_costs_none(registry: Registry, visitor: Browser) -> None:
    with counted(registry.engine) as ran:
        assert visitor.get("/help/").status_code == 200
    assert ran == []


def test_a_page_sends_no_cookie_and_keeps_no_address(sign_in: SignIn) -> None:
    browser = sign_in(people.staff())
    browser.get("/expert/list/?name=张三")
    answer = browser.get("/expert/list/?name=李四")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    with browser.session_transaction() as cookie:
        assert "page_history" not in cookie


def told() -> Response:
    """The present actor, as a page would see it."""
    actor = current.actor()
    return jsonify(
        permissions=sorted(map(list, actor.permissions)),
        department=actor.department_id,
        place=actor.place,
        span=actor.region_span,
        loans=[[loan.principal_id, *loan.permission] for loan in actor.loans],
        expert=actor.expert_id,
        unread=current.unread(),
    )


@pytest.fixture
def actor_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[Browser], dict[str, Any]]:
    """Whom a browser's next request acts as."""
    monkeypatch.setitem(app.view_functions, "Home.index", told)

    def asked(browser: Browser) -> dict[str, Any]:
        found: dict[str, Any] = browser.get("/").get_json()
        return found

    return asked


def test_a_revoked_role_counts_at_the_next_request(sign_in: SignIn, actor_in: Callable[..., Any]) -> None:
    head = people.staff(REVIEWER)
    browser, bystander = sign_in(head), sign_in(people.staff(REVIEWER))
    assert list(REVIEW) in actor_in(browser)["permissions"]
    # Past every service, as another process would have it.
    db.session.execute(delete(assoc_user_role).where(assoc_user_role.c.user_id == head.id))
    db.session.commit()
    assert actor_in(browser)["permissions"] == []
    assert list(REVIEW) in actor_in(bystander)["permissions"]


def test_a_role_that_loses_a_permission_counts_at_the_next_request(
    sign_in: SignIn, actor_in: Callable[..., Any]
) -> None:
    head, administrator = people.staff(REVIEWER), people.actor(people.staff(ADMINISTRATOR))
    browser = sign_in(head)
    before = actor_in(browser)["permissions"]
    (role,) = people.roles(REVIEWER)
    pairs = {pair.id: [pair.permission.name, pair.view_menu.name] for pair in role.permissions}
    kept = [pair_id for pair_id, names in pairs.items() if names != list(REVIEW)]
    roles.save(administrator, role.id, REVIEWER, kept)
    assert actor_in(browser)["permissions"] == [pair for pair in before if pair != list(REVIEW)]


def test_a_moved_official_is_elsewhere_at_the_next_request(sign_in: SignIn, actor_in: Callable[..., Any]) -> None:
    official, there = people.staff(), people.department(people.MINES, people.KUNMING)
    browser = sign_in(official)
    assert actor_in(browser)["span"] == ["530000", "539999"]
    db.session.execute(update(Account).where(Account.id == official.id).values(department_id=there.id))
    db.session.commit()
    found = actor_in(browser)
    assert (found["department"], found["span"]) == (there.id, ["530100", "530199"])
    assert found["place"] == f"{there.organization.name}{there.name}"


def test_an_organization_that_moves_takes_its_officials_along(sign_in: SignIn, actor_in: Callable[..., Any]) -> None:
    official = people.staff(at=people.county_department())
    browser = sign_in(official)
    assert actor_in(browser)["span"] == ["530102", "530102"]
    organization_id = people.organization(people.WUHUA).id
    change = update(Organization).where(Organization.id == organization_id)
    db.session.execute(change.values(region_code=people.QILIN))
    db.session.commit()
    try:
        assert actor_in(browser)["span"] == [people.QILIN, people.QILIN]
    finally:
        db.session.execute(change.values(region_code=people.WUHUA))
        db.session.commit()


def test_a_loan_begins_and_ends_at_the_next_request(sign_in: SignIn, actor_in: Callable[..., Any]) -> None:
    head, colleague = people.staff(REVIEWER), people.staff()
    browser = sign_in(colleague)
    assert actor_in(browser)["loans"] == []
    lent = lend(head, colleague, Duty.REVIEW)
    found = actor_in(browser)
    assert found["loans"] == [[head.id, *REVIEW]]
    assert list(REVIEW) in found["permissions"]
    yesterday = today_in_shanghai() - timedelta(days=1)
    db.session.execute(
        update(Delegation).where(Delegation.id == lent.id).values(starts_on=yesterday, ends_on=yesterday)
    )
    db.session.commit()
    found = actor_in(browser)
    assert found["loans"] == []
    assert list(REVIEW) not in found["permissions"]


def test_what_is_ones_own_is_not_received_as_well(sign_in: SignIn, actor_in: Callable[..., Any]) -> None:
    head, colleague = people.staff(REVIEWER), people.staff()
    lend(head, colleague, Duty.REVIEW)
    browser = sign_in(colleague)
    assert len(actor_in(browser)["loans"]) == 1
    (role,) = people.roles(REVIEWER)
    colleague.roles.append(role)
    db.session.commit()
    found = actor_in(browser)
    assert found["loans"] == []
    assert list(REVIEW) in found["permissions"]


def test_an_expert_is_one_as_long_as_the_role_says_so(sign_in: SignIn, actor_in: Callable[..., Any]) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    found = actor_in(browser)
    assert (found["expert"], found["department"], found["span"]) == (expert.id, None, None)
    assert list(APPLY) in found["permissions"]
    expert.user.roles.clear()
    db.session.commit()
    assert actor_in(browser)["expert"] is None


@pytest.mark.parametrize("change", [{"active": False}, {"session_epoch": 7}])
def test_a_disabled_account_and_an_older_epoch_are_out_at_the_next_request(
    sign_in: SignIn, change: dict[str, Any]
) -> None:
    official = people.staff()
    browser, bystander = sign_in(official), sign_in(people.staff())
    assert inside(browser)
    db.session.execute(update(Account).where(Account.id == official.id).values(**change))
    db.session.commit()
    assert not inside(browser)
    assert inside(bystander)


@pytest.mark.parametrize("registry", [kind for kind in KINDS if kind == POSTGRESQL], indirect=True)
def test_a_page_may_only_read_and_its_statement_stays_prepared(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page() -> dict[str, Any]:
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%login_session%'"
        count = db.session.scalar(text(prepared))
        with pytest.raises(InternalError, match="read-only transaction"):
            db.session.execute(update(Account).values(session_epoch=9))
        db.session.rollback()
        return {"prepared": count}

    browser = sign_in(people.staff())
    for _ in range(4 * PREPARED_AFTER):
        assert browser.get("/feedback/").status_code == 200
    monkeypatch.setitem(app.view_functions, "Home.index", page)
    assert browser.get("/").get_json() == {"prepared": 1}
    assert inside(browser)
