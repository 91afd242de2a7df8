"""自动暂存 in the browser: a lost session, a closed window and a removed row lose nothing."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD, People, sign_in
from tests.journeys.steps import Newcomer, register


def test_a_lost_session_loses_nothing(people: People) -> None:
    person = Newcomer("赵存之")
    page = register(people, person)
    page.goto("/my/profile")
    page.get_by_label("毕业院校").fill("昆明理工大学")
    card = page.locator("#list-education")
    card.get_by_role("button", name="增加一项").click()
    card.get_by_role("button", name="增加一项").click()
    card.get_by_label("院校").nth(0).fill("云南大学")
    card.get_by_label("院校").nth(1).fill("重庆大学")
    card.get_by_label("开始时间").nth(1).fill("1994-09-01")
    expect(page.get_by_text("已自动暂存")).to_be_visible()

    page.context.clear_cookies()
    page.get_by_label("所学专业").fill("采矿工程")
    expect(page.get_by_text("登录已失效")).to_be_visible()
    beside = page.context.new_page()
    beside.goto("/login/")
    sign_in(beside, people.site, person.mobile, PASSWORD)
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # without a screen, no window has it
    expect(page.get_by_text("已自动暂存")).to_be_visible()

    beside.goto("/my/profile")
    expect(beside.get_by_text("这是您还没有保存的内容")).to_be_visible()
    expect(beside.get_by_label("所学专业")).to_have_value("采矿工程")
    rows = beside.locator("#list-education").get_by_label("院校")
    expect(rows.nth(1)).to_have_value("重庆大学")
    beside.locator("#list-education [data-repeat-remove]").nth(0).click()
    expect(beside.get_by_text("已自动暂存（")).to_be_visible()
    beside.reload()
    expect(rows).to_have_count(1)
    expect(rows.nth(0)).to_have_value("重庆大学")

    beside.get_by_role("button", name="暂存草稿").click()
    expect(beside.get_by_text("草稿已暂存")).to_be_visible()
    expect(beside.get_by_text("这是您还没有保存的内容")).to_have_count(0)
    expect(beside.get_by_label("所学专业")).to_have_value("采矿工程")
    assert people.site.rows("SELECT id FROM form_draft") == []


def test_what_was_typed_can_be_given_up(people: People) -> None:
    page = register(people, Newcomer("赵弃之"))
    page.goto("/my/profile")
    page.get_by_label("毕业院校").fill("昆明理工大学")
    expect(page.get_by_text("已自动暂存")).to_be_visible()
    page.reload()
    page.get_by_label("所学专业").fill("采矿工程")  # still being typed when it is given up
    page.get_by_role("button", name="放弃这些内容").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(page.get_by_text("已放弃")).to_be_visible()
    expect(page.get_by_label("毕业院校")).to_have_value("")
    assert people.site.rows("SELECT id FROM form_draft") == []
