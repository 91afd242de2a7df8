"""No page, choice or file carries an ID number or a mobile to who may not see it; who may sees it once, for a reason."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Account, AuditEntry, Expert
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from app.services import roles
from tests.support import people
from tests.support.addresses import address
from tests.support.browser import Browser
from tests.support.route_table import EXPERT, VISITOR
from tests.support.route_world import browsers
from tests.test_routes import world

__all__ = ["world"]  # the fixture

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]
REASON = "核对聘书上的身份信息"


def text_of(data: bytes) -> str:
    """A page as it is; a Word file's text, all its parts."""
    if not data.startswith(b"PK"):
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def test_no_answer_to_anybody_but_the_expert_carries_a_secret(app: Flask, world: dict[str, Any]) -> None:
    """Every address that GET opens, for every role: the whole answer is searched."""
    columns = (Expert.id_number, Expert.mobile, Account.id_number, Account.mobile)
    for number, account in enumerate(db.session.scalars(select(Account).where(Account.department_id.is_not(None)))):
        account.mobile = f"137{number:08d}"
    db.session.commit()
    secrets = {value for column in columns for value in db.session.scalars(select(column)) if value}
    assert len(secrets) > 10
    leaks, opened = [], 0
    for role, browser in browsers(world, app).items():
        if role == EXPERT:
            continue
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and rule.endpoint != "static":
                response = browser.get(address(rule, world["ids"]))
                opened += response.status_code == 200 and role != VISITOR
                leaks += [(role, rule.endpoint) for secret in secrets if secret in text_of(response.data)]
        for query in ("/expert/list/?all=1", "/account-staff/list/?all=1", "/sms/list/?all=1"):
            leaks += [(role, query) for secret in secrets if secret in text_of(browser.get(query).data)]
    assert opened > 50
    assert not leaks, leaks


def test_the_experts_own_pages_are_whole(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    for url in ("/my/profile", "/my/apply", "/my/word"):
        found = text_of(browser.get(url).data)
        assert expert.id_number in found, url
        assert expert.mobile in found, url


def official(*role: str) -> Account:
    return people.staff(*role, at=people.department(people.SCIENCE) if FILER in role else None)


def pages_of(world: dict[str, Any]) -> list[tuple[str, str]]:
    """What reveals, and the page that stays masked."""
    ids = world["ids"]
    return [(f"/{view}/reveal/{ids[row]}", f"/{view}/show/{ids[row]}") for view, row in (
        ("expert", "expert"), ("review", "review"), ("filing", "filing"), ("application", "review"),
    )]  # fmt: skip


@pytest.mark.parametrize("role", [REVIEWER, FILER])
def test_who_may_sees_it_on_one_answer_and_the_log_says_why(world: dict[str, Any], sign_in: SignIn, role: str) -> None:
    browser, secret = sign_in(official(role)), re.compile(r"(?<!\d)(?:139\d{8}|5\d{16}[\dX])(?!\d)")
    for reveal, page in pages_of(world):
        assert "查看完整信息" in browser.get(page).get_data(as_text=True), page
        response = browser.submit(reveal, {"reason": REASON})
        assert response.status_code == 200, reveal
        assert len(secret.findall(response.get_data(as_text=True))) == 2, reveal
        assert response.headers["Cache-Control"] == "no-store"
        assert not secret.findall(browser.get(page).get_data(as_text=True)), page
    kept = list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "查看完整信息")))
    assert len(kept) == 4
    assert all(REASON in (entry.detail or "") and entry.address == "127.0.0.1" for entry in kept)


def test_without_the_permission_the_door_is_shut_and_the_log_says_so(world: dict[str, Any], sign_in: SignIn) -> None:
    browser = sign_in(official(STAFF))
    for reveal, page in pages_of(world):
        assert "查看完整信息" not in browser.get(page).get_data(as_text=True), page
        assert browser.get(reveal).status_code == 403, reveal
        assert browser.submit(reveal, {"reason": REASON}).status_code == 403, reveal
    refused = list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "拒绝（没有权限）")))
    assert len(refused) == 8
    assert f"POST /expert/reveal/{world['ids']['expert']}" in {entry.subject for entry in refused}
    assert not list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "查看完整信息")))


@pytest.mark.parametrize("reason", ["", "看", "长" * 201, "控制\x00字符在内", "‮反着写的原因"])
def test_a_bad_reason_stays_in_the_form_and_shows_nothing(app: Flask, sign_in: SignIn, reason: str) -> None:
    expert = people.expert()
    response = sign_in(official(REVIEWER)).submit(f"/expert/reveal/{expert.id}", {"reason": reason})
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert expert.id_number not in page
    assert "field-errors" in page
    if reason.strip("\x00") == reason:
        assert reason in page


def test_the_word_file_says_that_it_is_masked(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    found = text_of(sign_in(official(REVIEWER)).get(f"/expert/word/{expert.id}").data)
    assert "证件号码、手机号已脱敏" in found
    assert expert.id_number not in found


def test_a_full_word_file_needs_the_permission_and_a_reason(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    url = f"/expert/full_word/{expert.id}"
    assert sign_in(official(REVIEWER)).submit(url, {"reason": REASON}).status_code == 403
    pairs = {words: row for _, group in roles.offered() for row, words in group}
    given = [row.id for row in people.roles(STAFF)[0].permissions]
    administrator = people.actor(people.staff(ADMINISTRATOR))
    roles.save(administrator, None, "数据管理员", [*given, pairs["导出完整专家信息"]])
    browser = sign_in(people.staff("数据管理员", name="周导出"))
    assert "导出完整信息" in browser.get(f"/expert/show/{expert.id}").get_data(as_text=True)
    assert browser.get(url).status_code == 200
    assert browser.submit(url, {"reason": "看"}).status_code == 422
    response = browser.submit(url, {"reason": REASON})
    found = text_of(response.data)
    assert expert.id_number in found
    assert "含完整个人信息，导出人：周导出" in found
    assert "已脱敏" not in found


def test_an_accounts_form_shows_masks_and_keeps_what_was_left(app: Flask, sign_in: SignIn) -> None:
    kept = people.staff(name="李科员", mobile="13700001111")
    number, url = kept.id_number, f"/account-staff/edit/{kept.id}"
    browser = sign_in(people.staff(ADMINISTRATOR))
    page = browser.get(url).get_data(as_text=True)
    assert number not in page
    assert "137****1111" in page
    form = {"first_name": "李科长", "username": kept.username, "department": str(kept.department_id),
            "roles": [str(kept.roles[0].id)], "id_number": f"{number[:6]}********{number[-4:]}", "mobile": "137****1111",
            "active": "y"}  # fmt: skip
    assert browser.submit(url, form).status_code == 302
    db.session.expire_all()
    assert (kept.first_name, kept.id_number, kept.mobile) == ("李科长", number, "13700001111")
    assert browser.submit(url, {**form, "mobile": "13700002222"}).status_code == 302
    db.session.expire_all()
    assert kept.mobile == "13700002222"
    assert browser.submit(url, {**form, "mobile": "137****9999"}).status_code != 302, "another mask is no number"
    assert browser.submit(url, {**form, "mobile": ""}).status_code == 302
    db.session.expire_all()
    assert kept.mobile is None
    changed = list(db.session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "修改账号")))
    assert any("137****2222" in (text or "") for text in changed)
    assert not any("13700002222" in (text or "") or number in (text or "") for text in changed)
