"""短信模板 and 短信记录, as administrators see them."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.sms import FakeSms, Report
from app.extensions import db
from app.models import AuditEntry, SmsMessage, SmsTemplate
from app.policies.roles import ADMINISTRATOR
from app.services import codes, messages
from tests.support import people
from tests.support.browser import Browser
from tests.support.clock import Clock

pytestmark = pytest.mark.one_database

FILED = "{name}同志，{title}，编号{number}。"


@pytest.fixture
def browser(app: Flask, sign_in: Callable[..., Browser]) -> Browser:
    return sign_in(people.staff(ADMINISTRATOR))


def template(purpose: str = "聘书生成") -> SmsTemplate:
    return db.session.scalars(select(SmsTemplate).where(SmsTemplate.purpose == purpose)).one()


def edit(browser: Browser, purpose: str = "聘书生成", **typed: Any) -> tuple[int, str]:
    row = template(purpose)
    given = {"text": row.text, "provider_code": row.provider_code or "", "enabled": "y", **typed}
    response = browser.submit(
        f"/sms-template/edit/{row.id}", {name: value for name, value in given.items() if value is not None}
    )
    return response.status_code, html.unescape(response.text)


def test_the_list_shows_every_template_and_adds_none(browser: Browser) -> None:
    page = browser.get("/sms-template/list/").text
    assert page.count("/sms-template/edit/") >= 7
    assert "/sms-template/add" not in page
    assert browser.get("/sms-template/add").status_code == 404


def test_the_form_says_what_may_be_written_and_shows_how_it_arrives(browser: Browser) -> None:
    page = html.unescape(browser.get(f"/sms-template/edit/{template().id}").text)
    assert "聘书生成" in page
    assert "{name}（姓名）、{title}（聘任名称）、{number}（聘书编号）" in page
    assert "【应急管理专家库】张三同志，您已被聘为省化工-防爆专家，聘书编号YNS20201015001，" in page


def test_a_wording_is_changed_and_stands_in_the_log(browser: Browser) -> None:
    status, _ = edit(browser, text=f"  {FILED}  ", provider_code="SMS_1")
    assert status == 302
    assert (template().text, template().provider_code, template().enabled) == (FILED, "SMS_1", True)
    assert "修改短信模板" in db.session.scalars(select(AuditEntry.action)).all()
    assert edit(browser, enabled=None)[0] == 302
    assert template().enabled is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "请填写内容。"),
        ("{name}{title}{number}{secret}", "没有占位符{secret}，可以使用的是{name}、{title}、{number}。"),
        ("{name}同志", "缺少占位符{title}、{number}"),
        (FILED + "长" * 300, "不能超过300个字。"),
        (FILED + "长" * 265, "加上签名并代入内容后有"),
        (FILED + "{", "大括号只能用于占位符"),
        (FILED + "\x00", "控制字符"),
        (FILED + "{{7*7}}{% raw %}", "大括号只能用于占位符"),
    ],
)
def test_a_wording_that_will_not_do_is_refused_and_stays_in_the_form(browser: Browser, text: str, words: str) -> None:
    before = template().text
    status, page = edit(browser, text=text)
    assert status == 200
    assert words in page
    assert f">\n{text.replace(chr(0), '')}</textarea>" in page.replace(chr(0), "")
    assert template().text == before


def test_a_refused_wording_is_previewed_as_typed_and_escaped(browser: Browser) -> None:
    row = template()
    response = browser.submit(f"/sms-template/edit/{row.id}", {"text": "<script>{name}</script>", "enabled": "y"})
    assert "【应急管理专家库】&lt;script&gt;张三&lt;/script&gt;" in response.text
    assert "<script>张三" not in response.text


@pytest.mark.parametrize("purpose", [codes.REGISTER, codes.LOGIN, codes.CHANGE_MOBILE])
def test_a_template_of_a_code_cannot_be_turned_off(browser: Browser, purpose: str) -> None:
    status, page = edit(browser, purpose, enabled=None)
    assert status == 200
    assert "验证码短信不能停用。" in page
    assert template(purpose).enabled is True


def test_the_purpose_is_not_taken_from_the_form(browser: Browser) -> None:
    browser.submit(f"/sms-template/edit/{template().id}", {"text": FILED, "enabled": "y", "purpose": "别的"})
    assert template().text == FILED
    assert template().purpose == "聘书生成"


def test_nobody_reads_a_code_in_the_records(
    browser: Browser, sms: FakeSms, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes.send("13800001111", codes.LOGIN)
    messages.deliver()
    code = sms.sent[0].params["code"]
    assert code in sms.sent[0].text
    sms.reports[sms.sent[0].key] = Report(False, clock.now(), f"空号 {code}")
    clock.forward(minutes=1)
    messages.ask()
    row = db.session.scalars(select(SmsMessage)).one()
    for url in ("/sms/list/", f"/sms/show/{row.id}", "/sms/list/?status=undelivered"):
        page = browser.get(url).text
        assert "验证码******，用于登录验证" in page
        assert code not in page, url


def test_the_records_tell_what_became_of_a_message(browser: Browser, sms: FakeSms, clock: Clock) -> None:
    codes.send("13800001111", codes.LOGIN)
    messages.deliver()
    assert "已提交" in browser.get("/sms/list/").text
    sms.reports[sms.sent[0].key] = Report(False, clock.now(), "MK:0001 空号")
    clock.forward(minutes=1)
    messages.ask()
    assert "未送达" in browser.get("/sms/list/").text
    page = browser.get(f"/sms/show/{db.session.scalars(select(SmsMessage.id)).one()}").text
    assert "MK:0001 空号" in page
    assert "receipt-" not in page
