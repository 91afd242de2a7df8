"""操作日志 through the browser: what a visit leaves there, and the screen that shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import AuditEntry
from app.policies.roles import ADMINISTRATOR, REVIEWER, STAFF
from app.services import audit, audit_seals, refusals
from tests.support import cases, people
from tests.support.browser import Browser
from tests.views.test_login import log_in

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]


def entries(action: str = "") -> list[AuditEntry]:
    found = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [entry for entry in found if action in entry.action]


def test_log_in_wrong_password_and_log_out(visitor: Browser) -> None:
    official = people.staff(name="李科员")
    assert log_in(visitor, official.username, "wrong").status_code == 422
    assert log_in(visitor, official.username).status_code == 302
    visitor.submit("/logout/")
    visitor.submit("/logout/")
    assert [(e.action, e.subject, e.address) for e in entries()] == [
        ("登录失败（密码错误）", f"账号#{official.id}", "127.0.0.1"),
        ("登录", f"账号#{official.id}", "127.0.0.1"),
        ("退出", f"账号#{official.id}", "127.0.0.1"),
    ]
    assert entries()[1].actor_name == "李科员"


def test_a_forged_form_and_a_refused_page(visitor: Browser, sign_in: SignIn) -> None:
    assert visitor.post("/login/", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 400
    official = people.staff()
    browser = sign_in(official)
    assert browser.get("/audit/list/?subject=53010219750520001X").status_code == 403
    forged, refused = entries("拒绝")
    assert (forged.action, forged.subject, forged.actor_id) == ("拒绝（伪造或过期的页面）", "POST /login/", None)
    assert (forged.address, refused.address) == ("203.0.113.9", "127.0.0.1")
    assert (refused.action, refused.subject, refused.actor_id) == ("拒绝（没有权限）", "GET /audit/list/", official.id)


def test_a_refusal_by_a_service_that_a_page_answers(app: Flask, sign_in: SignIn) -> None:
    certificate = cases.filed_certificate()
    browser = sign_in(people.staff(REVIEWER, at=people.department(people.MINES)))
    assert browser.submit(f"/certificate/{certificate.id}/terminate", {"reason": "试试"}).status_code == 422
    (entry,) = entries("拒绝")
    assert entry.subject == f"POST /certificate/{certificate.id}/terminate"
    assert "只有申报部门中" in audit.detail_of(entry)["reason"]


def test_who_knocks_too_often_has_a_few_rows(app: Flask, rate_limits: None, visitor: Browser) -> None:
    name = people.staff().username
    for _ in range(5):
        log_in(visitor, name, "wrong")
    for _ in range(20):
        assert log_in(visitor, name, "wrong").status_code == 429
    assert len(entries("登录失败")) == 5
    assert len(entries("拒绝（操作太频繁）")) == refusals.PER_MINUTE - 5


def test_a_refusal_that_cannot_be_written_is_refused_all_the_same(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(refusals, "refused", fails)
    assert sign_in(people.staff()).get("/audit/list/").status_code == 403


def test_certificates_and_files_that_were_opened(app: Flask, sign_in: SignIn) -> None:
    certificate = cases.filed_certificate()
    official = people.staff(STAFF)
    browser = sign_in(official)
    assert browser.get(f"/certificate/{certificate.id}/pdf").status_code == 200
    consent = next(file for file in certificate.expert.attachments if file.filename == "单位同意.pdf")
    assert browser.get(f"/file/{consent.id}?download=1").status_code == 200
    assert browser.get(f"/expert/word/{certificate.expert_id}").status_code == 200
    own = [(e.action, e.subject) for e in entries() if e.actor_id == official.id]
    assert own == [
        ("打开聘书PDF", f"聘书#{certificate.id}"), ("打开附件", f"附件#{consent.id}"),
        ("导出专家信息", f"专家#{certificate.expert_id}"),
    ]  # fmt: skip


def test_reference_data_says_before_and_after(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(people.staff(ADMINISTRATOR))
    chosen = people.department()
    form = {"name": "危化处", "handling_days": "15", "receives": "1", "files": "0", "retired": "0", "phone": ""}
    name = chosen.name
    assert browser.submit(f"/department/edit/{chosen.id}", form).status_code == 302
    (entry,) = entries("修改部门")
    changes = audit.detail_of(entry)["changes"]
    assert {"field": "部门名称", "before": name, "after": "危化处"} in changes
    page = browser.get(f"/audit/show/{entry.id}").get_data(as_text=True)
    for word in ("改动前", "改动后", name, "危化处", f"部门#{chosen.id}", "127.0.0.1", "等待封存"):
        assert word in page
    audit_seals.seal()
    assert "第1号封条" in browser.get(f"/audit/show/{entry.id}").get_data(as_text=True)


def test_the_list_is_searched_by_time_person_action_subject_and_address(app: Flask, sign_in: SignIn) -> None:
    first, second = people.staff(name="赵一"), people.staff(name="钱二")
    audit.client_address.set(None)
    audit.audit_apart(people.actor(first), "打开附件", "附件#77001")
    audit.client_address.set("203.0.113.9")
    audit.audit_apart(people.actor(second), "导出专家信息", "专家#77002")
    audit.client_address.set(None)
    browser = sign_in(people.staff(ADMINISTRATOR))
    today = today_in_shanghai()
    for query, found in (
        ("actor_name=赵一", "附件#77001"), ("action=导出", "专家#77002"), ("subject=%2377001", "附件#77001"),
        ("address=203.0.113", "专家#77002"),
    ):  # fmt: skip
        page = browser.get(f"/audit/list/?{query}").get_data(as_text=True)
        assert [row in page for row in ("附件#77001", "专家#77002")] == [
            row == found for row in ("附件#77001", "专家#77002")
        ], query
    assert "附件#77001" in browser.get(f"/audit/list/?at_from={today}&at_to={today}").get_data(as_text=True)
    later = browser.get(f"/audit/list/?at_from={today + timedelta(days=1)}").get_data(as_text=True)
    assert "附件#77001" not in later
    assert browser.get("/audit/list/?detail=x").status_code == 400


def test_what_stands_in_a_row_is_escaped(app: Flask, sign_in: SignIn) -> None:
    detail = {"changes": [{"field": "<b>名</b>", "before": "<script>1</script>", "after": ""}], "reason": "<i>因</i>"}
    audit.audit_apart(people.actor(people.staff()), "试", "专家#1", detail)
    (entry,) = entries("试")
    page = sign_in(people.staff(ADMINISTRATOR)).get(f"/audit/show/{entry.id}").get_data(as_text=True)
    assert "<script>1" not in page
    assert "&lt;script&gt;1" in page
    assert "<i>因" not in page
    assert sign_in(people.staff(ADMINISTRATOR)).get("/audit/show/99999999").status_code == 404
