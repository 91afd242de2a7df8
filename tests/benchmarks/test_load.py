"""Many people at once, in a short form: everybody's journey goes through, and what goes wrong is said."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import load
from benchmarks.load_picture import picture
from tests.support import databases
from tests.support.parts import left_out

RESULT: dict[str, Any] = {
    "users": 200, "experts": 100_000, "seconds": 1800, "requests": 30, "failures": 0, "p95_ms": 90, "errors_in_log": 0,
    "failed": [], "pages": {"GET /my/<b>": {"requests": 30, "failures": 0, "median_ms": 20, "p95_ms": 90, "max_ms": 110}},
}  # fmt: skip


@pytest.mark.skipif(databases.POSTGRESQL not in databases.KINDS, reason=databases.LACKING)
def test_everybody_gets_through_their_day() -> None:
    if not load.PYTHON.exists():
        left_out("locust is not installed: scripts/setup requirements-load.txt .venv-load")
    result = load.run(8, 10, 300, think="0.1,0.4")
    # How long it takes says nothing on a machine that runs other tests besides.
    assert [failure for failure in load.failures(result) if "p95" not in failure] == []
    asked = set(result["pages"])
    assert {"GET /my/", "GET /my/profile", "GET /review/list/", "GET /filing/list/", "GET /expert/list/"} <= asked
    assert result["requests"] >= 8


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"p95_ms": 1000}, "p95 is 1000 ms, bar 1000"),
        ({"errors_in_log": 2}, "2 errors in the server's log"),
        ({"pages": {"GET /my/": {"requests": 9, "failures": 1}}}, "GET /my/: 1 of 9 failed"),
        ({"failed": ["GET /my/: led to /login/"]}, "GET /my/: led to /login/"),
    ],
)
def test_what_goes_wrong_is_a_failure(changed: dict[str, Any], words: str) -> None:
    assert load.failures(RESULT) == []
    assert load.failures({**RESULT, **changed}) == [words]


def test_times_are_summed_over_all_pages() -> None:
    pages = [
        {"name": "b", "num_failures": 1, "response_times": {"10": 90, "500.0": 10}},
        {"name": "a", "num_failures": 0, "response_times": {"10": 100}},
    ]
    whole, each = load.summary(pages)
    assert whole == {"requests": 200, "failures": 1, "median_ms": 10, "p95_ms": 10, "max_ms": 500}
    assert list(each) == ["a", "b"]
    assert each["b"]["p95_ms"] == 500


def test_the_picture_says_what_was_measured() -> None:
    drawn = ElementTree.fromstring(picture(RESULT))
    (title,) = (element.text for element in drawn.iter() if element.tag.endswith("title"))
    assert title == "200 人同时使用，100,000 位专家，30 分钟：30 次请求，0 次失败，95% 在 90 毫秒以内"
    assert "GET /my/<b>" in "".join(drawn.itertext())
