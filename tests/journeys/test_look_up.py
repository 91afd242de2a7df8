"""One expert found by number, with the keyboard alone, on a screen and on a phone; what is wrong is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import People
from tests.journeys.screens import faults
from tests.journeys.steps import Newcomer, fill_profile, papers, register


def look_up(page: Page, typed: str) -> None:
    """Types into the box of the page and sends it by Enter."""
    box = page.get_by_role("textbox", name="身份证号或手机号")
    box.fill(typed)
    box.press("Enter")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_expert_is_found_by_number(people: People, tmp_path: Path, width: int) -> None:
    person = Newcomer("查一人")
    mobile, number = person.mobile, person.number
    fill_profile(register(people, person), papers(tmp_path))
    official = people.signed_in("shenhe", width=width)
    addresses: list[str] = []
    official.on("request", lambda request: addresses.append(request.url))
    for typed in (f"{number[:6]} {number[6:14]} {number[14:].lower()}", f"+86 {mobile[:3]} {mobile[3:]}"):
        official.goto("/expert/list/")
        assert official.evaluate("document.documentElement.scrollWidth <= innerWidth")
        look_up(official, typed)
        expect(official.get_by_role("heading", name="查一人")).to_be_visible()
        assert "/expert/show/" in official.url
    for typed, words in (("5301021975", "您输入了10位"), ("13900009999", "没有找到，或者不在您的数据范围内。")):
        official.goto("/expert/list/")
        look_up(official, typed)
        expect(official.locator(".error-summary")).to_contain_text(words)
        expect(official.get_by_role("textbox", name="身份证号或手机号")).to_have_value(typed)
    look_up(official, number)
    expect(official.get_by_role("heading", name="查一人")).to_be_visible()
    assert not [address for address in addresses if number in address or mobile in address or "139000" in address]


def test_the_box_is_for_everybody(people: People) -> None:
    page = people.signed_in("shenhe")
    assert [fault for path in ("/expert/find", "/expert/list/") for fault in faults(page, path)] == []
