"""User names of staff: none is anybody's ID number or mobile, so a name at the login is one account's (R21)."""

from __future__ import annotations

import pytest
from flask import Flask

from app.domain.errors import Invalid
from app.domain.identity import USERNAME
from app.policies.roles import STAFF
from app.services import accounts, passwords, staff
from tests.support import people


def new(username: str) -> staff.NewStaff:
    """An account to be opened."""
    return staff.NewStaff(
        username, "李科员", people.department().id, (STAFF,), passwords.hashed("Yingji-2026-li", staff=True)
    )


def test_r21_a_user_name_opens_an_account(app: Flask) -> None:
    opened = staff.open_account(new("li.ke_2-yn"), must_change=True, by="命令行")
    assert accounts.find_login("li.ke_2-yn") == opened
    assert opened.must_change_password


def test_r21_no_user_name_is_an_experts_number_or_mobile(app: Flask) -> None:
    expert = people.expert()
    for taken in (expert.mobile, expert.id_number):
        with pytest.raises(Invalid, match="以字母开头") as refused:
            staff.open_account(new(taken), must_change=False, by="命令行")
        assert refused.value.field == "username"
        assert accounts.find_login(taken) == expert.user


@pytest.mark.parametrize("text", ["ab", "a" * 33, "1ab", ".ab", "a b", "王科长", "abc\n", "a/b", ""])
def test_what_is_no_user_name(text: str) -> None:
    assert USERNAME.match(text) is None


@pytest.mark.parametrize("text", ["abc", "a" * 32, "A.b-c_9"])
def test_what_is_a_user_name(text: str) -> None:
    assert USERNAME.match(text)
