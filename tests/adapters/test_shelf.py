"""What is kept for a while: made once, told apart by its key, forgotten in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest

from app.adapters.shelf import Shelf


def test_it_is_made_once_until_its_time_is_over() -> None:
    moment, made = [0.0], count()
    shelf = Shelf(60, clock=lambda: moment[0])
    found = []
    for moment[0] in (0, 59, 60, 61):
        found.append((shelf.get("one", lambda: next(made)), shelf.get("other", lambda: -1)))
    assert found == [(0, -1), (0, -1), (1, -1), (1, -1)]


def test_what_fails_is_not_kept() -> None:
    shelf = Shelf()
    with pytest.raises(ZeroDivisionError):
        shelf.get("one", lambda: 1 // 0)
    assert shelf.get("one", lambda: 1) == 1


def test_what_was_asked_for_last_stays() -> None:
    shelf, made = Shelf(most=2), count()
    for key in ("a", "b", "a", "c"):
        shelf.get(key, lambda: next(made))
    assert [shelf.get(key, lambda: next(made)) for key in ("a", "c", "b")] == [0, 2, 3]


def test_of_several_that_ask_at_once_one_makes_it() -> None:
    shelf, made, go = Shelf(), count(), Event()

    def make() -> int:
        go.wait(10)
        return next(made)

    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(shelf.get, "one", make) for _ in range(3)]
        go.set()
        assert [one.result(10) for one in asked] == [0, 0, 0]
