"""Every list, found by its route, against what can be put into its address: never a fault, never a row out of scope,
and a text filter finds exactly the rows whose text holds what was typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.extensions import db
from app.models import Expert, FaqEntry, Feedback
from app.views.base import RegistryModelView
from tests.support import cases, changes, people
from tests.support.bad_strings import STRINGS
from tests.support.breadth import some
from tests.support.browser import Browser
from tests.support.list_views import LARGEST, browsers, count, every_key, generated, keys, others, query, reader
from tests.support.route_table import SCOPED

CHINESE = re.compile("[\u4e00-\u9fff]{4}")
SYNTAX = {
    "quote": '"', "two quotes": '""', "open phrase": '"张', "star": "张*", "only star": "*", "near": "NEAR(张 三)", "near, 5": 'NEAR("a" "b", 5)',
    "and": "张 AND 三", "or": "a OR b", "not": "NOT a", "minus": "-张", "column": "name:张", "column set": "{name employer}: a",
    "caret": "^张", "plus": "a + b", "parentheses": "((", "hexadecimal": "E5BCA0", "hexadecimal literal": "x'E5BCA0'", "percent": "%",
    "underscore": "_", "backslash": "\\", "escaped": "\\%", "all wildcards": "%_\\%", "slash": "/", "array": "{a,b}", "tsquery": "a & b | !c",
    "parameter": "%(name)s", "colon": ":name", "question mark": "?", "dollar": "$1", "plane 2": "𬱖", "plane 3": "𰻝", "apostrophe": "'",
    "blank inside": "a  b", "no-break space": "张\xa0三", "one": "张", "hundred": "长" * 100, "hundred and one": "长" * 101,
}  # fmt: skip
TYPED: dict[str, str | bytes] = {**STRINGS, **SYNTAX}
"""What a text filter gets."""

PAGES = (
    "-1", "-0", "x", "NaN", "Infinity", "1e5", "0x1F", "1_0", "²", "٣", "1.5", " 1", "+1", "1;2", "1' OR '1", "last", "first", "None", "",
    "2147483648", "9223372036854775808", "9" * 400, "\x00", b"\xff",
)  # fmt: skip
COLUMNS = (
    "password", "id_number", "id_number_index", "mobile", "mobile_index", "id", "user.password", "expert.id_number", "user_id", "version",
    "1", "", "id; DROP TABLE expert", "name DESC", "(SELECT 1)", "__class__", "metadata", "\x00", "region_code", "session_epoch",
)  # fmt: skip
PARAMETERS = (
    "nothing=1", "_flt_0_id_number=5", "_flt_1_name=x", "_flt_3_name=%25", "id_number=5301", "mobile=139", "id_number_index=%00", "scope=all",
    "region_code=530000", "user_id=1", "%00=1", "%3Cscript%3E=1", "%FF%FE=1", "q=1", "next=//evil.invalid", "limit=1000000", "offset=-1",
)  # fmt: skip


def of(view: RegistryModelView, browser: Browser, asked: str) -> Any:
    """The list's answer to a query string."""
    return browser.get(f"{view.route_base}/list/?{asked}")


def fault_of(view: RegistryModelView, answer: Any, allowed: set[str]) -> str:
    """What is wrong with an answer: a fault, a refusal without words, rows that nobody allowed; "" for nothing."""
    if answer.status_code == 200:
        strangers = set(keys(view, answer.text)) - allowed
        return f"out of scope: {strangers}" if strangers else ""
    if answer.status_code not in (400, 422):
        return f"status {answer.status_code}"
    if "error-page" not in answer.text or not CHINESE.search(answer.text) or "Traceback" in answer.text:
        return "refused without a word"
    return "rows beside a refusal" if keys(view, answer.text) else ""


@pytest.fixture
def world(app: Flask) -> dict[str, Browser]:
    """Officials of 曲靖市, and in each scoped list rows of theirs beside rows that they must not see."""
    mines = people.department(people.MINES, people.QUJING)
    for region, at in ((people.QILIN, mines), (people.WUHUA, people.department())):
        filed = cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(region), at)))
        changes.open_request(filed.expert)
        cases.approved_case(cases.pending_case(people.expert(region), at))
        cases.pending_case(people.expert(region), at)
    asker = people.staff(at=mines)
    db.session.add(Feedback(asker_id=asker.id, asker_name="李科员", question="怎样备案？"))
    db.session.add(FaqEntry(question="怎样登录？", answer="见手册。"))
    db.session.commit()
    return browsers(app, mines)


def rows_of(view: RegistryModelView) -> list[Any]:
    """Every row of the list's model, in scope or not."""
    return list(db.session.scalars(select(view.datamodel.obj)))


@pytest.fixture
def allowed(app: Flask, world: dict[str, Browser]) -> dict[str, set[str]]:
    """The keys that each list may show to its reader: asked of the experts' regions, not of the list."""
    found = {}
    for view in generated(app):
        model = view.datamodel.obj
        regional = model is Expert or hasattr(model, "expert_id") or view.endpoint == "DesignView"
        found[view.endpoint] = {
            str(inspect(row).identity[0])
            for row in rows_of(view)
            if not regional or getattr(row, "expert", row).region_code.startswith(people.QUJING[:4])
        }
    return found


def test_every_list_is_under_test(app: Flask) -> None:
    listed = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.endswith(".list")}
    tested = {f"{view.endpoint}.list" for view in generated(app)}
    bare = {rule.endpoint for rule in app.url_map.iter_rules() if str(rule) in others(app)}
    assert listed <= tested | bare
    assert len(tested) == 23


def test_r1_a_list_shows_what_is_allowed_and_no_more(
    app: Flask, world: dict[str, Browser], allowed: dict[str, set[str]]
) -> None:
    """And so the tests below have something to find."""
    for view in generated(app):
        shown = every_key(view, reader(view, world))
        assert shown <= allowed[view.endpoint], view.endpoint
        assert shown or view.endpoint in ("DelegationView", "HolidayView"), view.endpoint
    hiding = {view.endpoint for view in generated(app) if len(allowed[view.endpoint]) < len(rows_of(view))}
    assert hiding == {*SCOPED, "DesignView"}


@pytest.mark.other_database
def test_whatever_is_typed_into_a_filter(app: Flask, world: dict[str, Browser], allowed: dict[str, set[str]]) -> None:
    """Each text filter gets every string, or an eighth of them, the others fewer; other ones than the filter beside it."""
    wrong = []
    words = list(TYPED)
    for view in generated(app):
        browser = reader(view, world)
        for place, item in enumerate(view.filters):
            for what in some(words, 8, place) if item.kind == "text" else some(words[place % 5 :: 5], 4, place):
                answer = of(view, browser, query(**{item.name: TYPED[what]}))
                if fault := fault_of(view, answer, allowed[view.endpoint]):
                    wrong.append((view.endpoint, item.name, what, fault))
    assert not wrong, wrong


@pytest.mark.one_database
def test_whatever_page_size_or_order_is_asked_for(
    app: Flask, world: dict[str, Browser], allowed: dict[str, set[str]]
) -> None:
    wrong = []
    for view in generated(app):
        browser, name = reader(view, world), view.endpoint
        ways = [query(**{f"{what}_{name}": text}) for what in ("page", "psize") for text in PAGES]
        ways += [query(**{f"_oc_{name}": column, f"_od_{name}": "asc"}) for column in COLUMNS]
        ways += [
            query(**{f"_oc_{name}": column, f"_od_{name}": text})
            for turn, column in enumerate(view.order_columns)
            for text in some(PAGES, 6, turn)
        ]
        for way in ways:
            if fault := fault_of(view, of(view, browser, way), allowed[name]):
                wrong.append((name, way, fault))
    assert not wrong, wrong


@pytest.mark.one_database
def test_nothing_is_sorted_by_what_is_hidden_or_filtered_by_what_is_no_filter(
    app: Flask, world: dict[str, Browser]
) -> None:
    """Refused, not ignored: an ignored filter shows more than was asked for; a hidden order tells by the order."""
    wrong = []
    for view in generated(app):
        browser, name = reader(view, world), view.endpoint
        columns = {*COLUMNS, *inspect(view.datamodel.obj).columns.keys()} - set(view.order_columns)
        asked = [query(**{f"_oc_{name}": column, f"_od_{name}": "asc"}) for column in sorted(columns)]
        asked += [query(**{f"_oc_{name}": column, f"_od_{name}": "sideways"}) for column in view.order_columns]
        asked += [way for way in PARAMETERS if way.split("=")[0] not in {item.name for item in view.filters}]
        asked += [f"page_{other.endpoint}=1" for other in generated(app) if other is not view]
        wrong += [(name, way) for way in asked if of(view, browser, way).status_code not in (400, 422)]
    assert not wrong, wrong


def test_every_order_that_is_offered_is_one_and_loses_no_row(app: Flask, world: dict[str, Browser]) -> None:
    wrong = []
    for view in generated(app):
        browser, name = reader(view, world), view.endpoint
        for column in view.order_columns:
            shown = []
            for direction in ("asc", "desc"):
                order = {f"_oc_{name}": column, f"_od_{name}": direction, f"psize_{name}": str(LARGEST)}
                answer = of(view, browser, query(all="1", **order))
                shown.append((answer.status_code, set(keys(view, answer.text)), count(answer.text)))
            small = shown[0][2].isdigit() and int(shown[0][2]) <= LARGEST
            if shown[0][0] != 200 or shown[0][2] != shown[1][2] or (small and shown[0] != shown[1]):
                wrong.append((name, column))
    assert not wrong, wrong


def test_r1_a_row_out_of_scope_is_no_place_to_go_on_from(
    app: Flask, world: dict[str, Browser], allowed: dict[str, set[str]]
) -> None:
    """Else what stands before and after it would tell its name, whatever the list is sorted by."""
    wrong = []
    for view in generated(app):
        browser, name = reader(view, world), view.endpoint
        hidden = {str(inspect(row).identity[0]) for row in rows_of(view)} - allowed[name]
        for way in ("after", "before"):
            for column in some(view.order_columns, 3, len(way)):
                order = {f"_oc_{name}": column, f"_od_{name}": "asc", "all": "1"}
                nowhere = keys(view, of(view, browser, query(**order, **{f"{way}_{name}": "2147483647"})).text)
                for row in hidden:
                    shown = keys(view, of(view, browser, query(**order, **{f"{way}_{name}": row})).text)
                    if shown != nowhere:
                        wrong.append((name, way, column, row))
        wrong += [
            (name, way, text)
            for way in ("after", "before")
            for text in some(PAGES, 3, len(name))
            if fault_of(view, of(view, browser, query(**{f"{way}_{name}": text})), allowed[name])
        ]
    assert not wrong, wrong


@pytest.mark.one_database
def test_other_pages_take_any_query_string(app: Flask, world: dict[str, Browser]) -> None:
    """Those that make their own lists: notices, exports, the ledger, roles, jobs."""
    wrong = []
    typed = ("\x00", b"\xed\xa0\x80", "-1", "9" * 30, "NaN", '"', "𬱖", "x" * 100_000)
    names = ("page", "q", "year", "organization", "kind", "name", "rowid", "into", "all")
    for turn, address in enumerate(others(app)):
        for browser in world.values():
            for text in some(typed, 3, turn):
                answer = browser.get(f"{address}?{query(**dict.fromkeys(names, text))}")
                if answer.status_code >= 500 or b"Traceback" in answer.data:
                    wrong.append((address, text[:20], answer.status_code))
    assert not wrong, wrong


@pytest.mark.other_database
def test_what_is_typed_for_choices_is_no_fault(app: Flask, world: dict[str, Browser]) -> None:
    wrong, asked = [], 0
    for view in generated(app):
        for item in view.filters:
            if item.kind == "ajax":
                for what, text in some([*TYPED.items()], 6, asked := asked + 1):
                    answer = reader(view, world).get(f"{view.route_base}/choices/{item.name}?{query(q=text)}")
                    if answer.status_code != 200 or not isinstance(answer.get_json(), list):
                        wrong.append((view.endpoint, item.name, what, answer.status_code))
    assert not wrong, wrong


# What a text filter finds.
