"""What people read is Chinese: statuses by their labels, moments as Shanghai reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from app.domain.states import ApplicationStatus
from app.policies.roles import REVIEWER
from app.views.text import text_of
from tests.support import cases, people
from tests.support.browser import Browser


@pytest.mark.one_database
def test_a_list_says_a_status_in_words(app: Flask, sign_in: Callable[..., Browser]) -> None:
    cases.pending_case()
    page = sign_in(people.staff(REVIEWER)).get("/application/list/").text
    rows = page[page.index("<tbody") :]
    assert ApplicationStatus.PENDING_REVIEW.label in rows
    assert ApplicationStatus.PENDING_REVIEW.value not in rows


@pytest.mark.parametrize("moment", [datetime(2026, 1, 5, 16, 5, tzinfo=UTC), datetime(2026, 1, 5, 16, 5)])  # noqa: DTZ001
def test_a_moment_is_read_in_shanghai_with_or_without_its_zone(moment: datetime) -> None:
    assert text_of(moment) == "2026年1月6日 00:05"


def test_yes_no_and_nothing_are_chinese() -> None:
    assert [text_of(value) for value in (True, False, None)] == ["是", "否", ""]
