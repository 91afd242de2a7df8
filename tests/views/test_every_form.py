"""Every form of the product against every string of the corpus: refused in Chinese or taken whole, never a fault."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support import form_world
from tests.support.bad_strings import PLAIN, PROBE, STRINGS, as_typed, beyond
from tests.support.breadth import some
from tests.support.fieldless import NO_ACTION, WITHOUT_FIELDS
from tests.support.form_pages import Page
from tests.support.form_table import FORMS, Form
from tests.support.form_world import World
from tests.support.frozen import Frozen

pytestmark = pytest.mark.one_file  # what PostgreSQL sees differently: test_bad_input.py

TURNED_AWAY = (400, 403, 404, 409, 413, 422, 429)
PEOPLE = list(dict.fromkeys(form.who for form in FORMS.values()))
SIXTY = 60
EACH = 60
"""One string in so many stands alone in a field; its neighbours have the others."""
CHINESE = re.compile("[\u4e00-\u9fff]{3}")


def forms_of(who: str) -> dict[str, Form]:
    """The forms that this sort of person sends."""
    return {name: form for name, form in FORMS.items() if form.who == who}


@pytest.fixture
def world(app: Flask) -> World:
    return form_world.build(app)


@pytest.fixture
def frozen(world: World) -> Iterator[Frozen]:
    made = Frozen()
    yield made
    made.close()


def test_every_route_that_takes_a_post_stands_in_the_table(app: Flask) -> None:
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    listed = {form.endpoint for form in FORMS.values()}
    assert posts == listed | WITHOUT_FIELDS
    assert not listed & WITHOUT_FIELDS


def test_strings_are_sixty_and_more() -> None:
    assert len(STRINGS) >= SIXTY


def test_every_control_of_a_page_stands_in_the_table_and_every_field_on_the_page(world: World) -> None:
    wrong = {}
    for name, form in FORMS.items():
        if where := world.page(form):
            page = Page(world.browsers[form.who].get(where).get_data(as_text=True))
            shown = {re.sub(r"-\d+-", "-0-", control) for control in page.controls(set(form.fields))}
            # One word beside each of the items that can be marked stands for all.
            shown = {"marks-address" if control.startswith("marks-") else control for control in shown}
            fields = {field for field in form.fields if not re.search(r"-\d+-", field)} - {"save", "action", "rowid"}
            if shown - set(form.fields) or fields - shown:
                wrong[name] = shown ^ fields
    assert not wrong


@pytest.mark.parametrize("who", PEOPLE)
def test_a_form_that_is_right_is_taken(world: World, frozen: Frozen, who: str) -> None:
    """Else the corpus would never come past the first refusal."""
    for name, form in forms_of(who).items():
        if form.files or name in (
            "动态口令登录",
            "确认绑定",
        ):  # files: test_hostile_files.py; a phone: test_second_step.py
            continue
        answer = check(world, frozen, form, world.right(form), name)
        assert answer.status_code == form.done, (name, Page(answer.get_data(as_text=True)).refusals())


@pytest.mark.parametrize("who", PEOPLE)
def test_every_field_withstands_every_string(world: World, frozen: Frozen, who: str) -> None:
    """Each field has sixty strings, or a tenth of them, others than its neighbours' and those of other forms."""
    words = list(STRINGS)
    for number, (name, form) in enumerate(forms_of(who).items()):
        for turn in some(range(number, number + SIXTY), 10, number):
            typed = {field: STRINGS[words[(turn + 7 * place) % len(words)]] for place, field in enumerate(form.fields)}
            check(world, frozen, form, typed, f"{name} {turn}")


@pytest.mark.parametrize("who", PEOPLE)
def test_a_field_alone_is_refused_or_kept_whole(world: World, frozen: Frozen, who: str) -> None:
    """All else being right, what the form lets through comes to the service."""
    for name, form in forms_of(who).items():
        if not world.page(form) or form.files:
            continue
        right = world.right(form)
        shown = Page(world.browsers[who].get(world.page(form)).get_data(as_text=True)).controls(set(form.fields))
        for place, (field, control) in enumerate(shown.items()):
            if field in form.fields and (control.is_typed or control.kind == "password"):
                for what, text in alone(control.length, place).items():
                    answer = check(world, frozen, form, {**right, field: text}, f"{name} {field}: {what}")
                    # What another outcome of the same form would take is left alone by this one.
                    if what == "maximum + 1" and field in form.right:
                        assert answer.status_code != form.done, (name, field)


def alone(length: int, place: int) -> dict[str, str]:
    """A few strings for a field of its own, other ones for the next, and those that its length makes."""
    fit = [what for what, text in PLAIN.items() if not length or len(text) <= length]
    few = {what: PLAIN[what] for what in fit[place % EACH :: EACH]}
    return few | (beyond(length) if 0 < length <= 2000 else {})


def test_a_route_without_fields_takes_no_notice_of_any(world: World) -> None:
    typed = {f"f{place}": text for place, text in enumerate(STRINGS.values()) if len(text) < 10_000}
    names = {"rowid": "1", "action": "nothing", **typed, "<script>": "x", "张\x00": "x"}
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint in WITHOUT_FIELDS - {"LoginView.logout"}:
            url = re.sub(r"<[^>]*>", "1", str(rule))
            for who in ("administrator", "expert"):
                answer = world.browsers[who].submit(url, names)
                assert answer.status_code in (200, 302, *TURNED_AWAY), (who, url)
                assert rule.endpoint.split(".")[0] not in NO_ACTION or answer.status_code in (302, 403, 404), (who, url)


def check(world: World, frozen: Frozen, form: Form, typed: dict[str, Any], what: str) -> TestResponse:
    """Sends the form. What was taken is undone; what was refused must have left nothing, and stays in the form."""
    sent = {
        name: (io.BytesIO(b"%PDF-1.4"), _filename(value)) if name in form.files else value
        for name, value in typed.items()
    }
    with world.undone(form, frozen):
        answer = world.submit(form, sent)
        assert answer.status_code in (form.done, 200, 302, *TURNED_AWAY), (what, answer.status_code)
        assert "bad" not in {key.lower() for key, _ in answer.headers}, what
        changed = frozen.changed()
        page = None if answer.mimetype != "text/html" else Page(answer.get_data(as_text=True))
        if page is not None:
            assert not page.smuggled(), (what, page.smuggled())
        if answer.status_code != form.done:
            assert set(changed) <= COUNTED, (what, changed)
            _check_refusal(form, answer, page, typed, what)
        elif answer.status_code == 302 and any(PROBE in str(text) for text in typed.values()):
            after = world.browsers[form.who].get(answer.headers["Location"])
            assert after.status_code in (200, 302, 404), (what, after.status_code)
            if after.mimetype == "text/html":
                assert not Page(after.get_data(as_text=True)).smuggled(), what
    return answer


COUNTED = {"verification_code"}
"""A guess of a code counts, whatever else is wrong."""


def _check_refusal(form: Form, answer: TestResponse, page: Page | None, typed: dict[str, Any], what: str) -> None:
    if page is None:
        if answer.status_code != 302:
            words = answer.get_json()["message"] if answer.is_json else answer.get_data(as_text=True)
            assert CHINESE.search(words), what
        return
    if answer.status_code == 302:
        return
    assert page.is_refused_in_chinese(), (what, page.refusals())
    if answer.status_code not in (200, 422):
        return
    controls = page.controls(set(form.fields))
    for name, control in controls.items():
        if control.kind == "password":
            assert not control.value, (what, name)
        text = typed.get(name)
        if control.is_typed and text in PLAIN.values():
            assert as_typed(control.value) == as_typed(str(text)), (what, name, control.value, text)


def _filename(value: Any) -> str:
    # The test client writes a file's name as UTF-8; broken ones come in test_hostile_files.py.
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)[:5000]
