"""What every answer carries, and what an error page tells: Chinese, and nothing of the inside."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from app.extensions import db
from app.policies.roles import ADMINISTRATOR, REVIEWER
from app.services import feedback
from tests.support import cases, people
from tests.support.browser import Browser

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]

PAGES = {
    None: ("/login/", "/login/code", "/register/", "/help/", "/check/", "/no-such-page"),
    "expert": ("/my/", "/my/profile", "/my/files", "/my/apply", "/my/applications", "/my/certificates", "/my/mobile",
               "/feedback/"),
    REVIEWER: ("/desk/", "/review/list/", "/review/show/{case}", "/expert/list/", "/expert/show/{expert}",
               "/expert/reset/{expert}", "/certificates/list/", "/certificate/{certificate}", "/application/list/",
               "/account/", "/account/password"),
    ADMINISTRATOR: ("/account-staff/list/", "/account-staff/add", "/organization/list/", "/organization/edit/1",
                    "/organization/show/1", "/role/list/", "/role/edit/1", "/feedback-desk/list/", "/audit/list/"),
}  # fmt: skip


@pytest.mark.parametrize("who", PAGES)
def test_every_page_obeys_its_own_policy(app: Flask, sign_in: SignIn, who: str | None) -> None:
    case, certificate = cases.pending_case(), cases.filed_certificate()
    ids = {"case": case.id, "certificate": certificate.id, "expert": certificate.expert_id}
    if who is None:
        browser = app.test_client()
    else:
        browser = sign_in(people.expert() if who == "expert" else people.staff(who))
    nonces = set()
    for url in PAGES[who]:
        response = browser.get(url.format(**ids))
        policy, page = response.headers["Content-Security-Policy"], response.get_data(as_text=True)
        nonce = re.search(r"script-src 'self' 'nonce-([\w-]{16,})'", policy)
        assert nonce, url
        nonces.add(nonce[1])
        assert "unsafe" not in policy
        assert "http" not in policy
        for needed in ("default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'"):
            assert needed in policy
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", page):
            assert f'nonce="{nonce[1]}"' in tag or 'src="/static/' in tag, (url, tag)
        assert not re.findall(r"<[^>]+\sstyle=|<[^>]+\son[a-z]+=|javascript:", page), url
        assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//[^\"]*\"", page), url
        assert 'lang="zh' in page, url
        _hardened(response.headers)
    assert len(nonces) == len(PAGES[who])


def _hardened(headers: Any) -> None:
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "camera=()" in headers["Permissions-Policy"]


def test_documents_and_files_run_nothing(sign_in: SignIn) -> None:
    certificate = cases.filed_certificate()
    browser, files = sign_in(certificate.expert), certificate.expert.attachments
    for url in (f"/certificate/{certificate.id}/pdf", *(f"/file/{file.id}" for file in files), "/my/word"):
        response = browser.get(url)
        assert response.status_code == 200
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy or "nonce" in policy
        _hardened(response.headers)
    assert browser.get(f"/file/{files[0].id}?download=1").headers["Content-Disposition"].startswith("attachment")


def test_cookies_are_out_of_reach_of_scripts(visitor: Browser) -> None:
    cookie = visitor.get("/login/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_static_files_may_be_kept(visitor: Browser) -> None:
    response = visitor.get("/static/js/form.js")
    assert response.status_code == 200
    assert "no-store" not in response.headers.get("Cache-Control", "")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def fails(app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Lets the manual fail with ``error``."""

    def view(**_values: Any) -> None:
        raise error

    monkeypatch.setitem(app.view_functions, "Help.manual", view)


@pytest.mark.parametrize("kind", [NotAllowed, NotFound, Conflict, Invalid, TooMany])
def test_a_refusal_is_a_page_with_its_own_sentence(
    app: Flask, visitor: Browser, monkeypatch: pytest.MonkeyPatch, kind: type[Any]
) -> None:
    fails(app, monkeypatch, kind("这一句<b>话</b>。"))
    response = visitor.get("/help/")
    page = response.get_data(as_text=True)
    assert response.status_code == kind.status
    assert "这一句&lt;b&gt;话&lt;/b&gt;。" in page
    assert "返回首页" in page
    _hardened(response.headers)


def test_errors_of_the_protocol_are_pages_in_chinese(app: Flask, sign_in: SignIn, rate_limits: None) -> None:
    expert, visitor = sign_in(people.expert()), app.test_client()
    answers = {
        400: expert.post("/feedback/", data={"question": "没有令牌"}),
        403: expert.get("/expert/list/"),
        404: visitor.get("/no-such-page"),
        405: visitor.get("/logout/"),
        413: expert.submit("/my/files", {"file": (io.BytesIO(b"0" * (22 * 2**20)), "大.pdf")}),
    }
    for _ in range(31):
        last = expert.submit("/feedback/", {"question": " "})
    answers[429] = last
    for status, answer in answers.items():
        page = answer.get_data(as_text=True)
        assert answer.status_code == status
        assert "error-page" in page
        assert "返回首页" in page
        assert not re.search(
            r"Traceback|werkzeug|Not Found|Forbidden|Bad Request|Method Not Allowed|per 1 hour", page
        ), status
        _hardened(answer.headers)


def test_a_fault_shows_nothing_of_the_inside(app: Flask, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(app, monkeypatch, RuntimeError("secret of the house"))
    response = visitor.get("/help/")
    page = response.get_data(as_text=True)
    assert response.status_code == 500
    assert "返回首页" in page
    assert "secret of the house" not in page
    assert "Traceback" not in page
    _hardened(response.headers)


def test_a_fault_writes_no_form_into_the_log(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither what was typed nor the parameters of the statement that failed."""
    typed = people.new_id_number()

    def broken(_actor: Any, question: str, _contact: str) -> None:
        db.session.execute(text("INSERT INTO no_such_table VALUES (:value)"), {"value": question})

    monkeypatch.setattr(feedback, "ask", broken)
    # A command of another test may have configured logging for its process, which silences loggers that exist.
    monkeypatch.setattr(logging.getLogger("app.views.errors"), "disabled", False)
    monkeypatch.setattr(logging.getLogger("app.views.errors"), "propagate", True)
    browser = sign_in(people.expert())
    with caplog.at_level(logging.DEBUG):
        response = browser.submit(f"/feedback/?from={typed}", {"question": typed, "contact": typed})
    assert response.status_code == 500
    assert typed not in response.get_data(as_text=True)
    assert "fault at POST /feedback/" in caplog.text
    assert typed not in caplog.text


def test_a_path_writes_no_line_of_its_own_into_the_log(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("app.views.manual.chapters", broken)
    monkeypatch.setattr(logging.getLogger("app.views.errors"), "disabled", False)
    monkeypatch.setattr(logging.getLogger("app.views.errors"), "propagate", True)
    with caplog.at_level(logging.DEBUG):
        assert visitor.get("/help/x%0aERROR%20forged").status_code == 500
    assert "fault at GET /help/<chapter>" in caplog.text
    assert "forged" not in caplog.text


def test_a_script_is_answered_in_json(app: Flask, visitor: Browser) -> None:
    refused = visitor.submit("/register/code", {"mobile": "123"})
    assert refused.is_json
    assert re.search("[\u4e00-\u9fff]", refused.get_json()["message"])
    script = {"Accept": "application/json"}
    forged = visitor.post("/register/code", data={"mobile": "13900000000"}, headers=script)
    assert forged.status_code == 400
    assert "过期" in forged.get_json()["message"]


def test_a_page_that_is_refused_is_a_page(visitor: Browser) -> None:
    """短信验证码登录 is read by a person, though its address ends like those that scripts ask."""
    forged = visitor.post("/login/code", data={"mobile": "13900000000", "code": "123456"})
    assert forged.status_code == 400
    assert "<h1>" in forged.get_data(as_text=True)


def test_another_host_is_refused_in_words(app: Flask, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["zj.example.gov.cn"])
    for host in ("evil.example", "zj.example.gov.cn.evil.example", "zj.example.gov.cn@evil.example", "127.0.0.1"):
        answer = visitor.get("/login/", headers={"Host": host})
        assert answer.status_code == 400, host
        assert "主机名不正确" in answer.text
        assert "evil" not in answer.text
    assert visitor.get("/login/", headers={"Host": "zj.example.gov.cn"}).status_code == 200
