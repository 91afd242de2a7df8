"""Each request has a number: on the answer, on the page of a fault, in every line of the log; and costs that are told."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client
from werkzeug.wrappers import Response

from app.domain.identity import check_character
from app.logs import ACCESS, JsonLines, Readable, keep_numbers_out
from app.policies.roles import FILER
from app.trail import Trail, present
from app.views.request_trail import TrailedApp
from tests.support import people
from tests.support.browser import Browser

pytestmark = pytest.mark.one_database

ID_NUMBER = "53010219770707771" + check_character("53010219770707771")
MOBILE = "13977771771"
OWN_NUMBER = re.compile(r"[b-z]{4}-[b-z]{4}-[b-z]{4}")


@pytest.fixture
def log(app: Flask) -> Iterator[io.StringIO]:
    """What the application logs meanwhile, each request too, a JSON object a line."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    keep_numbers_out(handler, JsonLines())
    app.logger.addHandler(handler)
    before = ACCESS.level
    ACCESS.setLevel(logging.INFO)
    yield out
    ACCESS.setLevel(before)
    app.logger.removeHandler(handler)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def accesses(log: io.StringIO) -> list[dict[str, Any]]:
    return [line for line in lines(log) if line["logger"] == "app.access"]


def test_a_request_is_one_line_with_its_rule_its_cost_and_an_account_without_a_name(
    log: io.StringIO, sign_in: Callable[..., Browser]
) -> None:
    clerk = people.staff(FILER, name="段誉")
    answer = sign_in(clerk).get(f"/expert/list/?all=1&name={MOBILE}")
    (line,) = accesses(log)
    assert line.items() >= {
        "method": "GET", "rule": "/expert/list/", "http_status": 200, "account": clerk.id, "level": "INFO",
    }.items()  # fmt: skip
    assert line["statements"] >= 2
    assert line["ms"] >= 0
    assert line["request"] == answer.headers["X-Request-ID"]
    assert not {"段誉", MOBILE, clerk.username} & set(re.findall(r"\w+", log.getvalue()))


def test_what_was_typed_into_an_address_is_not_logged(log: io.StringIO, visitor: Browser) -> None:
    visitor.get(f"/no-such/{ID_NUMBER}?mobile={MOBILE}")
    visitor.open("/login/", method="INVENTED")
    assert [(line["rule"], line["method"], line["http_status"]) for line in accesses(log)] == [
        ("", "GET", 404), ("", "other", 405),
    ]  # fmt: skip
    assert [line["account"] for line in accesses(log)] == [None, None]
    assert all(word not in log.getvalue() for word in (ID_NUMBER, MOBILE, "no-such", "INVENTED"))


def test_a_fault_is_found_by_the_number_on_its_page(
    app: Flask, log: io.StringIO, visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise RuntimeError(f"of {ID_NUMBER}")

    monkeypatch.setitem(app.view_functions, "LoginView.login", fails)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = visitor.get("/login/")
    number = answer.headers["X-Request-ID"]
    assert OWN_NUMBER.fullmatch(number)
    assert answer.status_code == 500
    assert f"请把编号告诉管理员：<code>{number}</code>" in answer.text
    said = visitor.get("/login/", headers={"Accept": "application/json"})
    assert f"（编号 {said.headers['X-Request-ID']}）" in said.json["message"]
    fault, access, *_ = lines(log)
    assert fault["message"] == "fault at GET /login/"
    assert fault["request"] == access["request"] == number
    assert "RuntimeError: of 530102********" in fault["exception"]
    assert ID_NUMBER not in log.getvalue()


def test_other_pages_of_errors_carry_no_number(visitor: Browser) -> None:
    assert "编号告诉" not in visitor.get("/no-such-page").text


@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        (1, "abcdef01-2345-6789", True), (1, "x" * 64, True), (0, "abcdef01-2345-6789", False), (1, "short", False),
        (1, "x" * 65, False), (1, "with blank", False), (1, "行政区划行政区划", False), (1, ID_NUMBER, False), (1, f"a-{MOBILE}", False),
    ],
)  # fmt: skip
def test_only_a_named_proxy_gives_numbers_and_no_persons_number_is_one(proxies: int, given: str, taken: bool) -> None:
    client = Client(TrailedApp(Response("answered"), proxies))
    headers = {"X-Request-ID": given.encode().decode("latin-1")}
    found = client.get("/", headers=headers, buffered=True).headers.getlist("X-Request-ID")
    assert len(found) == 1
    assert (found == [given]) is taken
    assert taken or OWN_NUMBER.fullmatch(found[0])


def test_lines_for_people_carry_the_number_too() -> None:
    record = logging.LogRecord("app", logging.ERROR, "errors.py", 1, "fault at %s", ("GET /x",), None)
    assert re.fullmatch(r"\[.+\] ERROR in errors: fault at GET /x", Readable().format(record))
    present.set(Trail("bcdf-ghjk-mnpq"))
    assert Readable().format(record).endswith("ERROR in errors (bcdf-ghjk-mnpq): fault at GET /x")
    present.set(None)
