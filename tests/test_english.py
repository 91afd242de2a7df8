"""``?lang=en``: what a reader of English gets, what others do not pay for it, and that every text has its English."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from lxml import html

from app.english.catalogue import HAN, PLACEHOLDER, Catalogue, catalogue
from app.english.page import in_english
from app.english.reader import Reader
from app.views import english
from scripts import collect_texts
from tests.support import people
from tests.support.browser import Browser

pytestmark = pytest.mark.one_database


def said(text: str) -> str:
    """``text`` as a reader of English gets it."""
    return Reader(catalogue()).say(text)


def test_every_text_of_the_sources_has_its_english() -> None:
    lacking = {text: place for text, place in collect_texts.found().items() if not catalogue().texts.get(text)}
    assert not lacking, "python -m scripts.collect_texts enters them; their English is to be written"


def test_english_fills_in_nothing_that_the_chinese_has_not() -> None:
    for text, translation in [*catalogue().texts.items(), *catalogue().of_one.items()]:
        assert set(PLACEHOLDER.findall(translation)) <= set(PLACEHOLDER.findall(text)), text


@pytest.mark.parametrize(
    ("chinese", "translation"),
    [
        ("第3行：请填写手机号。", "Line 3: Please enter the mobile number."),
        ("2026年10月1日 至 长期", "1 October 2026 to Permanent"),
        ("2026年10月1日 09:30", "1 October 2026 09:30"),
        ("新增机构 - 应急管理专家信息管理系统", "Add: Organization - Emergency Management Expert Registry"),
        ("通知，3 条未读", "Notices, 3 unread"),
        ("还剩 1 天", "1 day left"),
        ("还剩 0 天", "0 days left"),
        ("还剩 21 天", "21 days left"),
        (
            "还差 1 项资料没有填写：学历。填完后就可以申报。",
            "1 item of the profile is still missing: Education completed. When it is filled in, you can apply.",
        ),
        ("查看 王建国", "See 王建国"),
        ("请填写手机号。请填写姓名。", "Please enter the mobile number. Please enter the name."),
        ("政府用户（科信）", "Government user (filing)"),
        ("  审核 ", "Review"),
        ("王建国", "王建国"),
        ("我在5人小组中工作", "我在5人小组中工作"),
        ("审核时请留意：本人已搬家，请核对。", "审核时请留意：本人已搬家，请核对。"),
        ("2026年13月1日", "2026年13月1日"),
    ],
)
def test_a_text_is_read_by_its_pattern_or_in_parts_and_data_stay(chinese: str, translation: str) -> None:
    assert said(chinese) == translation


PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><title>审核</title><script nonce="a">const word = "审核";</script></head>
<body><p title="审核" data-name="审核">审核 &lt;b&gt; <br>A &amp; B</p><textarea placeholder="姓名">
审核</textarea><input name="q" value="审核" disabled><input type="submit" value="保存"><p lang="zh-CN"><b>审核</b></p>
<select><option value="审核">审核</option></select><td>王建国</td><svg viewBox="0 0 1 1"><use href="#a"/></svg>
请<a href="/login/?next=%2F">登录</a>后再试<!-- 审核 --></body></html>"""


def test_only_what_is_read_is_put_anew() -> None:
    words = Catalogue(
        {"审核": 'Re<view> & "co"', "姓名": "Name", "保存": "Save", "请": "Please", "登录": "log in", "后再试": "first"}
    )
    found = in_english(PAGE, Reader(words).say)
    spoken = "Re&lt;view&gt; &amp; &quot;co&quot;"
    assert f"<title>{spoken}</title>" in found
    assert f'<p title="{spoken}" data-name="审核">{spoken} &lt;b&gt; <br>A &amp; B</p>' in found
    assert 'const word = "审核";' in found
    assert '<textarea placeholder="Name">\n审核</textarea><input name="q" value="审核" disabled>' in found
    assert '<input type="submit" value="Save"><p lang="zh-CN"><b>审核</b></p>' in found
    assert f'<option value="审核">{spoken}</option>' in found
    assert '<td lang="zh-CN">王建国</td><svg viewBox="0 0 1 1"><use href="#a"/></svg>' in found
    assert 'Please<a href="/login/?next=%2F"> log in</a> first<!-- 审核 -->' in found
    assert '<html lang="en">' in found
    tags = re.compile(r"</?[a-z]+")
    assert tags.findall(found) == tags.findall(PAGE)


def test_a_long_text_of_somebodys_is_left_as_it_is() -> None:
    read = Reader(catalogue())
    for written in ("第1行：专家的申报已通过，" * 400, "（专家" * 1500 + "）" * 1500):
        assert read.say(written) == written


def test_it_holds_for_the_browser_until_chinese_is_asked_for(app: Flask) -> None:
    browser: Browser = app.test_client()  # type: ignore[assignment]
    chinese = browser.get("/login/")
    assert "Content-Language" not in chinese.headers
    assert not browser.get_cookie("lang")
    page = browser.get("/login/?lang=en&next=/notices/")
    assert page.headers["Content-Language"] == "en"
    cookie = browser.get_cookie("lang")
    assert cookie is not None
    assert (cookie.value, cookie.http_only, cookie.same_site) == ("en", True, "Lax")
    assert "ID number / mobile / user name" in page.text
    assert html.document_fromstring(page.text).xpath("//a[@hreflang]/@href") == ["?next=%2Fnotices%2F&lang=zh"]
    assert "There is nothing at this address" in browser.get("/no-such").text
    assert '<html lang="en">' in browser.get("/help/?lang=fr").text
    assert '<html lang="zh-CN">' in browser.get("/help/?lang=zh").text
    assert not browser.get_cookie("lang")
    assert '<html lang="zh-CN">' in browser.get("/help/?lang=fr").text


def test_what_was_typed_and_what_scripts_are_told(app: Flask) -> None:
    browser: Browser = app.test_client().sign_in(people.expert())  # type: ignore[attr-defined]
    browser.set_cookie("lang", "en")
    page = html.document_fromstring(browser.get("/my/profile").text)
    assert page.xpath("//input[@id='employer']/@value") == ["云南某化工有限公司"]
    assert page.xpath("//label[@for='employer']/text()")[0].strip() == "Employer"
    refused = browser.post("/my/mobile/code", data={"mobile": "123"}, headers={"Accept": "application/json"})
    assert refused.json is not None
    assert not HAN.search(refused.json["message"])


def test_who_reads_chinese_pays_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_given: object) -> str:
        raise AssertionError("a catalogue is read for a reader of Chinese")

    before = app.test_client().get("/privacy/notice").data
    monkeypatch.setattr(english, "catalogue", never)
    monkeypatch.setattr(english, "in_english", never)
    assert app.test_client().get("/privacy/notice?lang=zh").data == before
    with pytest.raises(AssertionError):
        app.test_client().get("/privacy/notice?lang=en")
