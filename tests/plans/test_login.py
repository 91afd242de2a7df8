"""Who logs in is found by an index, however they name themselves and whether or not anybody has that name."""

from __future__ import annotations

import pytest
from flask import Flask

from app.services import accounts
from tests.support import people
from tests.support.plans import statements, whole_tables


@pytest.mark.parametrize("by", ["username", "id_number", "mobile", "nobody"])
def test_an_account_is_found_without_reading_a_table(app: Flask, by: str) -> None:
    expert, official = people.expert(), people.staff()
    typed = {
        "username": official.username,
        "id_number": str(expert.id_number).lower(),
        "mobile": f"+86 {expert.mobile}",
        "nobody": "13000000000",
    }[by]
    found = {"username": official.id, "nobody": None}.get(by, expert.user_id)
    with statements() as ran:
        account = accounts.find_login(typed)
    assert (account and account.id) == found
    assert [whole_tables(*one) for one in ran if whole_tables(*one)] == []
    assert ran
