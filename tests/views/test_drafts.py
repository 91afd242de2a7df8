"""自动暂存 over HTTP: what was typed comes back into its form, as it was, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.extensions import db
from app.policies.roles import REVIEWER
from app.services import form_drafts, profiles
from app.services.form_drafts import DraftOf
from tests.support import cases, people
from tests.support.browser import Browser

SignIn = Callable[..., Browser]
TYPED = {
    "major": "采矿<b>工程",
    "practice_years": "不知道",
    "education-0-school": "昆明理工大学",
    "education-1-school": "重庆大学",
}


def test_what_was_typed_comes_back_right_or_wrong(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    answer = browser.submit("/my/draft/profile", {**TYPED, "version": str(expert.version)})
    assert (answer.status_code, "saved" in answer.json) == (200, True)
    page = browser.get("/my/profile").text
    for words in ("采矿&lt;b&gt;工程", "不知道", "昆明理工大学", "重庆大学", "还没有保存的内容"):
        assert words in page
    assert "又有改动" not in page
    assert profiles.own(people.actor(expert)).major == "安全工程"


def test_a_draft_older_than_the_profile_says_so(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    browser = sign_in(expert)
    browser.submit("/my/draft/profile", {"major": "采矿工程", "version": str(expert.version - 1)})
    assert "又有改动" in browser.get("/my/profile").text


def test_it_can_be_given_up(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(people.expert())
    browser.submit("/my/draft/profile", {"major": "采矿工程"})
    assert browser.submit("/my/draft/profile/drop").location == "/my/profile"
    assert "采矿工程" not in browser.get("/my/profile").text


def test_a_shut_profile_shows_what_stands(app: Flask, sign_in: SignIn) -> None:
    expert = cases.approved_case().expert
    browser = sign_in(expert)
    browser.submit("/my/draft/profile", {"major": "采矿工程"})
    assert "采矿工程" not in browser.get("/my/profile").text
    browser.submit("/my/draft/change", {"major": "矿物加工", "version": str(expert.version)})
    page = browser.get("/my/changes/new").text
    assert "矿物加工" in page
    assert "还没有提交的内容" in page


@pytest.mark.parametrize(("name", "size", "status"), [("nothing", 1, 404), ("profile", 300_000, 422)])
def test_bad_input(app: Flask, sign_in: SignIn, name: str, size: int, status: int) -> None:
    answer = sign_in(people.expert()).submit(
        f"/my/draft/{name}", {"major": "a" * size}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == status
    assert answer.json["message"]


def test_neither_token_nor_button_is_kept(app: Flask, sign_in: SignIn) -> None:
    expert = people.expert()
    sign_in(expert).submit("/my/draft/profile", {"major": "采矿工程", "save": "full"})
    found = form_drafts.kept(people.actor(expert), DraftOf.PROFILE)
    assert found is not None
    assert found.content == [["major", "采矿工程"]]


def test_officials_have_none(app: Flask, sign_in: SignIn) -> None:
    db.session.commit()
    official = people.staff(REVIEWER, at=people.department())
    assert sign_in(official).submit("/my/draft/profile", {"major": "a"}).status_code in (302, 403)
