"""个人信息与隐私: what is told, agreed to, downloaded and closed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from unittest.mock import ANY

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.extensions import db
from app.models import AttachmentKind, AuditEntry, Consent
from app.policies.roles import EXPERT, STAFF
from app.services import attachments, consents
from tests.support import cases, changes, people
from tests.support.browser import Browser
from tests.support.people import PASSWORD

SignIn = Callable[..., Browser]


@pytest.mark.parametrize("kind", ["notice", "sensitive"])
def test_the_wordings_are_open_to_everybody(visitor: Browser, kind: str) -> None:
    page = visitor.get(f"/privacy/{kind}")
    assert page.status_code == 200
    assert "第 1 版" in page.text
    assert visitor.get("/privacy/other").status_code == 404


def test_who_has_not_agreed_is_asked_before_anything_else_and_once(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    db.session.execute(delete(Consent))
    db.session.commit()
    browser = sign_in(expert)
    assert browser.get("/my/profile").headers["Location"] == "/privacy/consent"
    assert browser.get("/privacy/consent").status_code == 200
    half = browser.submit("/privacy/consent", {"notice": "y"})
    assert half.status_code == 422
    assert len(consents.lacking(expert.user_id)) == 2
    assert browser.submit("/privacy/consent", {"notice": "y", "sensitive": "y"}).status_code == 302
    assert browser.get("/my/profile").status_code == 200
    assert consents.lacking(expert.user_id) == []
    kept = db.session.scalars(select(Consent)).all()
    assert {row.digest for row in kept} == {wording.digest for wording in consents.wordings().values()}


def test_staff_who_are_experts_too_are_asked_and_other_staff_are_not(app: Flask, sign_in: SignIn) -> None:
    both = people.staff(STAFF, EXPERT)
    people.expert(user=both)
    other = people.staff()
    db.session.execute(delete(Consent))
    db.session.commit()
    assert sign_in(both).get("/desk/").headers["Location"] == "/privacy/consent"
    assert sign_in(other).get("/desk/").status_code == 200


def test_a_new_wording_is_asked_for_again(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    expert = people.expert()
    newer = {kind: consents.Wording(kind, wording.version + 1, "新") for kind, wording in consents.wordings().items()}
    monkeypatch.setattr(consents, "wordings", lambda: newer)
    assert sign_in(expert).get("/my/").headers["Location"] == "/privacy/consent"


def test_an_expert_downloads_all_that_is_held(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case()
    file = people.attach(case.expert, AttachmentKind.OTHER, "其他.pdf", b"%PDF-1.4 other", "application/pdf")
    db.session.commit()
    attachments.remove(people.actor(case.expert), file.id)
    certificate = cases.filed_certificate(cases.approved_case(case))
    expert = certificate.expert
    changes.open_request(expert)
    browser = sign_in(expert)
    answer = browser.submit("/my/data")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        held = json.loads(archive.read("个人信息.json"))
    assert {name.split("/")[0] for name in names} == {"个人信息.json", "专家信息登记表.docx", "附件", "聘书"}
    assert f"聘书/聘书_{certificate.number}.pdf" in names
    text = json.dumps(held, ensure_ascii=False)
    for value in (expert.id_number, expert.mobile, "云南某化工有限公司", certificate.number, changes.NEW_ADDRESS):
        assert value in text
    assert [case["状态"] for case in held["申报"]] == ["已备案"]
    assert len(held["同意记录"]) == 2
    assert certificate.number in held["通知"][-1]["内容"]
    assert (held["短信通知"]["聘书生成"], held["短信通知"]["我提交了申报"]) == (True, False)
    assert held["资料修改"] == [
        {"时间": ANY, "操作": "删除附件", "说明": f"{file.kind.label}：{file.filename} → （空）"}
    ]
    assert db.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "下载个人信息")) is not None


def test_one_s_own_alone(app: Flask, sign_in: SignIn) -> None:
    one, other = people.expert(name="张三"), people.expert(name="李四")
    with zipfile.ZipFile(io.BytesIO(sign_in(one).submit("/my/data").data)) as archive:
        text = archive.read("个人信息.json").decode()
    assert other.id_number not in text
    assert "李四" not in text


def test_closing_asks_for_password_and_understanding_and_ends_the_session(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    for data in ({}, {"password": PASSWORD}, {"password": "wrong", "understood": "y"}):
        assert browser.submit("/my/close", data).status_code == 422
        db.session.expire_all()
        assert expert.closed_at is None
    assert browser.submit("/my/close", {"password": PASSWORD, "understood": "y"}).headers["Location"] == "/login/"
    assert browser.get("/my/").status_code in (302, 403)
    assert browser.get("/my/privacy").status_code in (302, 403)
