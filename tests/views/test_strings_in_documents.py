"""What was taken into a profile or a title comes out again: in the Word form, in the certificate, escaped on the page."""

from __future__ import annotations

import io
from collections.abc import Callable

import docx
import pytest
from pypdf import PdfReader

from app.policies.roles import REVIEWER
from tests.support import cases, people
from tests.support.bad_strings import PLAIN, as_typed
from tests.support.browser import Browser
from tests.support.form_pages import Page

pytestmark = pytest.mark.one_database

SignIn = Callable[..., Browser]


def test_a_profile_of_such_strings_opens_in_word(sign_in: SignIn) -> None:
    expert = people.expert()
    browser, official = sign_in(expert), sign_in(people.staff(REVIEWER))
    cases.pending_case(expert)
    strings = [text for text in PLAIN.values() if as_typed(text) and len(text) <= 60 and "\t" not in text]
    names = (
        "address",
        "school",
        "major",
        "employer",
        "employer_address",
        "duty",
        "title_name",
        "practice",
        "avoid_employers",
    )
    for start in range(0, len(strings), len(names)):
        typed = dict(zip(names, strings[start:], strict=False))
        answer = browser.submit("/my/profile", {**typed, "save": "draft", "version": str(expert.version)})
        assert answer.status_code == 302, Page(answer.get_data(as_text=True)).refusals()
        word = docx.Document(io.BytesIO(browser.get("/my/word").data))
        said = {cell.text for table in word.tables for row in table.rows for cell in row.cells}
        said = {as_typed(text) for text in said}
        missing = [text for text in typed.values() if not any(as_typed(text) in found for found in said)]
        assert not missing
        for page in (browser.get("/my/profile"), official.get(f"/expert/show/{expert.id}")):
            assert page.status_code == 200
            assert not Page(page.get_data(as_text=True)).smuggled()


def test_a_title_of_such_strings_is_printed_or_refused(sign_in: SignIn) -> None:
    case = cases.pending_case()
    browser = sign_in(cases.reviewer_of(case))
    printed = 0
    for what, text in PLAIN.items():
        answer = browser.submit(f"/review/preview/{case.id}", {"term": "long", "title": text, "version": "1"})
        assert answer.status_code in (200, 422), what
        if answer.status_code == 200:
            printed += 1
            assert "聘书" in PdfReader(io.BytesIO(answer.data)).pages[0].extract_text(), what
        else:
            assert not Page(answer.get_data(as_text=True)).smuggled(), what
    assert printed > 20
