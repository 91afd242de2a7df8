"""The box at the top and the single keys in the browser: by keyboard alone, on a screen and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import People
from tests.journeys.screens import grave
from tests.journeys.steps import Newcomer, fill_profile, papers, register


def box(page: Page) -> Locator:
    """查找, in the bar at the top."""
    return page.get_by_role("combobox", name="全局查找")


def test_an_expert_is_found_by_keyboard_alone(people: People, tmp_path: Path) -> None:
    fill_profile(register(people, Newcomer("柳寻之")), papers(tmp_path))
    page = people.signed_in("shenhe")
    page.keyboard.press("/")
    field = box(page)
    expect(field).to_be_focused()
    page.keyboard.type("lxz")
    option = page.get_by_role("option", name="柳寻之")
    expect(option).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("group", name="专家")).to_contain_text("柳寻之")
    assert grave(page) == []
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Escape")
    expect(option).to_be_hidden()
    expect(field).to_have_value("lxz")
    page.keyboard.press("ArrowUp")  # opens again, at the last
    expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="柳寻之")).to_be_visible()
    page.wait_for_load_state()  # its scripts come after its words
    page.keyboard.press("/")
    page.keyboard.type("柳寻")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="查找“柳寻”")).to_be_visible()
    expect(page.locator("main").get_by_role("link", name="柳寻之")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_mobile_number_never_gets_into_an_address(people: People, tmp_path: Path, width: int) -> None:
    person = Newcomer("柳问之")
    fill_profile(register(people, person), papers(tmp_path))
    page = people.signed_in("shenhe", width=width)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    for typed in (f"+86 {person.mobile[:3]} {person.mobile[3:]}", person.number):
        page.keyboard.press("/")
        page.keyboard.type(typed)
        expect(page.locator(".search-hint")).to_contain_text("按 Enter 按号码查找")
        page.wait_for_timeout(400)  # longer than the pause after which it asks
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="柳问之")).to_be_visible()
        page.wait_for_load_state()
    assert not [url for url in addresses if person.mobile[3:] in url or person.number[:10] in url or "/search/" in url]


def test_an_expert_is_sent_nowhere_with_a_number(people: People) -> None:
    page = register(people, Newcomer("柳无之"))
    page.keyboard.press("/")
    page.keyboard.type("13900000000")
    expect(page.locator(".search-hint")).to_contain_text("这里不按号码查找")
    before = page.url
    page.keyboard.press("Enter")
    assert page.url == before
    page.keyboard.press("Control+A")
    page.keyboard.type("wdps")
    expect(page.get_by_role("option", name="我的聘书")).to_be_visible()


def test_on_a_phone_an_icon_opens_the_box(people: People) -> None:
    page = people.signed_in("shenhe", width=390)
    field = box(page)
    expect(field).to_be_hidden()
    opener = page.get_by_role("button", name="全局查找")
    opener.click()
    expect(field).to_be_focused()
    page.keyboard.type("待")
    expect(page.get_by_role("option", name="待审核")).to_be_visible()
    assert grave(page) == []
    for _ in range(3):  # the list, the words, the box
        page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(opener).to_be_focused()


def test_single_keys_go_through_a_list_and_can_be_switched_off(people: People, tmp_path: Path) -> None:
    fill_profile(register(people, Newcomer("柳行之")), papers(tmp_path))
    page = people.signed_in("shenhe")
    page.goto("/expert/list/?all=1")
    page.keyboard.press("j")
    first = page.locator("tbody tr").first
    expect(first.get_by_role("link").first).to_be_focused()
    page.keyboard.press("k")
    expect(first.get_by_role("link").first).to_be_focused()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="快捷键")
    expect(dialog.get_by_text("下一行")).to_be_visible()
    expect(dialog.get_by_text("勾选这一行")).to_be_visible()
    assert grave(page) == []
    page.keyboard.press("Escape")
    page.get_by_label("姓名", exact=True).fill("j?")
    expect(dialog).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/expert/show/*")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/review/list/**")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/certificates/list/**")
    page.goto("/account/")
    page.get_by_role("button", name="快捷键", exact=True).click()
    expect(dialog.get_by_text("下一行")).to_be_hidden()  # a page without rows
    dialog.get_by_role("button", name="停用快捷键").click()
    expect(dialog.get_by_role("button", name="停用快捷键")).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name="关闭").click()
    page.reload()
    page.keyboard.press("/")
    expect(box(page)).not_to_be_focused()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="快捷键", exact=True).click()
    dialog.get_by_role("button", name="停用快捷键").click()
    dialog.get_by_role("button", name="关闭").click()
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
