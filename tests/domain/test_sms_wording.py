"""The wordings of messages: which placeholders, how long, and codes that nobody reads over a shoulder."""

from __future__ import annotations

import pytest

from app.domain.sms_wording import CODE, LENGTH, WORDINGS, mask_codes, placeholders, render
from app.services import province

SIGNATURE = "应急管理专家库"
CODES = ("专家注册", "登录验证", "更换手机号", "找回密码")


def test_every_purpose_has_a_wording_that_will_do() -> None:
    assert list(WORDINGS) == [
        *CODES,
        "聘书生成",
        "申报驳回",
        "退回补正",
        "申报提交",
        "审核通过",
        "备案退回",
        "申报移交",
        "变更申请处理",
        "聘书终止",
        "聘书换发",
        "聘书到期提醒",
        "聘书到期",
        "密码重置",
        "密码已找回",
        "账号注销",
        "重复注册提醒",
        "新申报待审核",
        "补正待审核",
        "备案退回待审核",
        "申报撤回",
        "变更申请待处理",
        "待备案",
        "受托告知",
        "委托结束",
        "聘书换发告知",
        "部门聘书到期提醒",
        "聘书导出",
        "列表导出",
        "专家导入",
        "反馈答复",
        "新意见反馈",
    ]
    for wording in WORDINGS.values():
        assert wording.problem(wording.text, SIGNATURE) is None
        assert placeholders(wording.text) == tuple(wording.samples)
        assert all(f"{{{name}}}（" in wording.explained for name in wording.samples)
    assert [purpose for purpose, wording in WORDINGS.items() if wording.is_code] == list(CODES)


def test_a_message_is_rendered_behind_its_signature() -> None:
    assert render("{name}同志，编号{number}。", {"name": "张三", "number": "1"}, SIGNATURE) == (
        "【应急管理专家库】张三同志，编号1。"
    )


def test_a_value_is_never_read_for_placeholders() -> None:
    assert render("{name}，{number}", {"name": "{number}{0.__class__}%s", "number": "1"}, "库") == (
        "【库】{number}{0.__class__}%s，1"
    )


def test_placeholders_come_in_the_order_of_the_text_each_once() -> None:
    assert placeholders("{number}，{name}，{number}，{Name}，{}，{a b}") == ("number", "name")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{name}同志，密码{password}。", "没有占位符{password}，可以使用的是{name}、{title}、{number}。"),
        ("{name}同志，编号{number}。", "缺少占位符{title}，须写上{name}、{title}、{number}。"),
        ("没有占位符", "缺少占位符{name}、{title}、{number}，须写上{name}、{title}、{number}。"),
        ("{name}{title}{number}{", "大括号只能用于占位符：{name}、{title}、{number}。"),
        ("{{name}}{title}{number}", "大括号只能用于占位符：{name}、{title}、{number}。"),
        ("{name}{title}{number}{0.__class__}", "大括号只能用于占位符：{name}、{title}、{number}。"),
        ("{name}{title}{number}" + "长" * 290, "加上签名并代入内容后有321个字，不能超过300个字。"),
    ],
)
def test_a_bad_wording_is_told_what_is_wrong(text: str, problem: str) -> None:
    assert WORDINGS["聘书生成"].of(province.of(None).words).problem(text, SIGNATURE) == problem


def test_a_wording_may_fill_its_length_and_no_more() -> None:
    wording = WORDINGS["密码重置"]
    room = LENGTH - len(render("{name}", wording.samples, SIGNATURE))
    assert wording.problem("{name}" + "长" * room, SIGNATURE) is None
    assert "301个字" in (wording.problem("{name}" + "长" * (room + 1), SIGNATURE) or "")


@pytest.mark.parametrize("text", ["1{code}，请勿告诉他人", "验证码{code}2", "{code}{code}", "0{code}9"])
def test_a_code_stands_apart_from_other_digits(text: str) -> None:
    assert "{code}的前后不能紧接数字" in (WORDINGS["登录验证"].problem(text, SIGNATURE) or "")


@pytest.mark.parametrize(
    "text", ["验证码{code}，10分钟内有效", "{code}", "code:{code}.", "{code} {code}", "１{code}号"]
)
def test_wherever_a_code_stands_it_is_masked(text: str) -> None:
    wording = WORDINGS["登录验证"]
    assert wording.problem(text, SIGNATURE) is None
    masked = mask_codes(render(text, {CODE: "048213"}, SIGNATURE))
    assert "048213" not in masked
    assert masked == render(text, {CODE: "******"}, SIGNATURE)


def test_masking_leaves_numbers_of_certificates_and_days_alone() -> None:
    text = "聘书编号YNS20201015001，2026年11月24日，12345，1234567"
    assert mask_codes(text) == text
