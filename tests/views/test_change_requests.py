"""变更申请 on the screens: asked for, decided after a word of what will change, refused with what was typed (R1, R2, R10)."""

from __future__ import annotations

import io
from collections.abc import Callable

from flask import Flask

from app.domain.states import ChangeState
from app.extensions import db
from app.models import Expert
from app.policies.roles import REVIEWER
from app.services import case_history, change_requests, profiles
from app.views import change_form
from tests.support import cases, changes, people
from tests.support.browser import Browser
from tests.support.changes import NEW_ADDRESS
from tests.support.databases import Registry
from tests.support.form_pages import Page
from tests.views.test_lists import counted

SignIn = Callable[..., Browser]


def as_it_stands(app: Flask, expert: Expert) -> dict[str, str]:
    """What the form holds when it is opened; the file aside."""
    with app.test_request_context():
        form = change_form.open_proposal(expert)
        values = {field.name: field._value() for field in form if hasattr(field, "_value")}
    chosen = {"region": expert.region_code, "specialities": str(expert.specialities[0].id), "nation": expert.nation,
              "education_level": expert.education_level, "title_level": expert.title_level}  # fmt: skip
    return {name: value or "" for name, value in {**values, **chosen}.items()} | {"reason": "已搬家。"}


def test_r10_an_expert_asks_for_what_is_made_another(app: Flask, sign_in: SignIn) -> None:
    expert = cases.filed_certificate().expert
    browser, typed = sign_in(expert), as_it_stands(app, expert)
    for page in ("/my/profile", "/my/files"):
        assert 'href="/my/changes/new"' in browser.get(page).get_data(as_text=True)
    opened = browser.get("/my/changes/new").get_data(as_text=True)
    assert f"现在：{expert.address}" in opened
    refused = browser.submit("/my/changes/new", {**typed, "address": NEW_ADDRESS})
    assert refused.status_code == 422
    shown = Page(refused.get_data(as_text=True))
    assert shown.controls({"address"})["address"].value == NEW_ADDRESS
    data, name = changes.scan()
    sent = {**typed, "address": NEW_ADDRESS, "evidence": (io.BytesIO(data), name)}
    assert browser.submit("/my/changes/new", sent).headers["Location"] == "/my/changes/"
    db.session.expire_all()
    request = change_requests.open_request(expert.id)
    assert request is not None
    assert [item.field for item in request.items] == ["address"]
    assert NEW_ADDRESS in browser.get("/my/changes/").get_data(as_text=True)
    assert browser.get("/my/changes/new").headers["Location"] == "/my/changes/"
    assert browser.submit(f"/my/changes/{request.id}/withdraw", {"version": "1"}).status_code == 302
    db.session.expire_all()
    assert request.state is ChangeState.WITHDRAWN


def test_before_it_acts_a_page_names_what_will_change(app: Flask, sign_in: SignIn) -> None:
    request = changes.open_request(values={"address": NEW_ADDRESS, "duty": "总工程师"})
    browser = sign_in(people.staff(REVIEWER))
    given = {"version": "1", "profile": str(request.expert.version), "decision_address": "accept",
             "decision_duty": "decline", "why_duty": "没有任职文件。"}  # fmt: skip
    refused = browser.submit(f"/change/check/{request.id}", {**given, "why_duty": " "})
    assert refused.status_code == 422
    assert "不接受“职务”的变更，请填写理由" in refused.get_data(as_text=True)
    named = browser.submit(f"/change/check/{request.id}", given).get_data(as_text=True)
    assert f"{request.items[0].old} → {NEW_ADDRESS}" in named
    assert "没有任职文件。" in named
    db.session.expire_all()
    assert request.state is ChangeState.OPEN
    assert browser.submit(f"/change/decide/{request.id}", given).status_code == 302
    db.session.expire_all()
    assert (request.state, request.expert.address) == (ChangeState.DECIDED, NEW_ADDRESS)
    stale = browser.submit(f"/change/decide/{request.id}", given)
    assert stale.status_code == 422
    assert "已被他人处理" in stale.get_data(as_text=True)


def test_r1_out_of_scope_answers_exactly_like_missing(app: Flask, sign_in: SignIn) -> None:
    request = changes.open_request()
    browser = sign_in(people.staff(REVIEWER, at=people.department(region=people.QUJING)))
    for method, path in (("GET", "show"), ("POST", "check"), ("POST", "decide")):
        answers = []
        for pk in (request.id, 10**6):
            url = f"/change/{path}/{pk}"
            answer = browser.get(url) if method == "GET" else browser.submit(url)
            answers.append((answer.status_code, "没有找到该记录" in answer.get_data(as_text=True)))
        assert answers == [(404, True)] * 2
    assert request.number not in browser.get("/change/list/?all=1").get_data(as_text=True)
    assert browser.get(f"/file/{request.files[0].id}").status_code == 404


def test_r2_another_department_sees_and_cannot_decide(app: Flask, sign_in: SignIn) -> None:
    request = changes.open_request()
    browser = sign_in(people.staff(REVIEWER, at=people.department(people.MINES)))
    page = browser.get(f"/change/show/{request.id}").get_data(as_text=True)
    assert NEW_ADDRESS in page
    assert "其他部门只能查看" in page
    assert 'name="decision_address"' not in page
    assert browser.get(f"/file/{request.files[0].id}").status_code == 200
    assert browser.submit(f"/change/decide/{request.id}", {"decision_address": "accept"}).status_code == 422
    db.session.expire_all()
    assert request.state is ChangeState.OPEN


def test_the_list_takes_five_statements(registry: Registry, app: Flask, sign_in: SignIn) -> None:
    for _ in range(3):
        changes.open_request()
    browser = sign_in(people.staff(REVIEWER))
    browser.get("/change/list/")
    with counted(registry.engine) as ran:
        page = browser.get("/change/list/").get_data(as_text=True)
    assert page.count("通信地址") == 3
    assert len(ran) <= 5, ran


def test_r10_the_history_shows_both_and_every_decision(app: Flask, sign_in: SignIn) -> None:
    request = changes.open_request(values={"address": NEW_ADDRESS, "duty": "总工程师"})
    old = request.items[0].old
    changes.decided(request, duty=changes.declined("没有任职文件。"))
    head = people.staff(REVIEWER)
    page = sign_in(head).get(f"/expert/show/{request.expert_id}").get_data(as_text=True)
    data = case_history.printed(people.actor(head), profiles.own(people.actor(request.expert)))
    rows = [row for row in data.parts[1].rows if row[1] == request.number]  # type: ignore[union-attr]
    assert [row[3] for row in rows] == ["申请变更", "处理变更申请"]
    asked, said = rows[0][5], rows[1][5]
    assert asked == f"理由：已搬家。\n通信地址：{old} → {NEW_ADDRESS}\n职务：（无） → 总工程师"
    assert said == f"接受 通信地址：{old} → {NEW_ADDRESS}\n不接受 职务，理由：没有任职文件。"
    assert all(line in page for line in said.splitlines())
