"""新手指引: on everybody's first page once, put away with the account, and called back from the manual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.policies.roles import ADMINISTRATOR, REVIEWER
from tests.support import people
from tests.support.browser import Browser

pytestmark = pytest.mark.one_database

PERSONS: dict[str, tuple[Callable[[], Any], str]] = {
    "expert": (people.expert, "先填“基本信息”"),
    "official": (lambda: people.staff(REVIEWER), "轮到您办的"),
    "administrator": (lambda: people.staff(ADMINISTRATOR), "再添加账号"),
}


@pytest.mark.parametrize("who", PERSONS)
def test_a_guide_comes_once_and_again_when_asked_for(sign_in: Callable[..., Browser], who: str) -> None:
    make, said = PERSONS[who]
    person = make()
    browser = sign_in(person)
    assert said in browser.get("/", follow_redirects=True).text
    assert browser.submit("/guide/done").headers["Location"] == "/"
    for same in (browser, sign_in(person)):
        assert said not in same.get("/", follow_redirects=True).text
    assert 'href="/guide/"' in browser.get("/help/").text
    assert said in browser.get("/guide/", follow_redirects=True).text


def test_a_visitor_is_led_to_the_login(visitor: Browser) -> None:
    assert 'href="/guide/"' not in visitor.get("/help/").text
    assert visitor.get("/guide/").headers["Location"].startswith("/login/")
