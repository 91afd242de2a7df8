"""The list engine: whatever way it takes, a page holds what sorting and filtering by hand give."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, func, literal, literal_column, select

from app.extensions import db
from app.models import Expert, ExpertReach
from app.services import listing
from app.services.listing import Condition, Order, Page, Place
from tests.support import people
from tests.support.people import QILIN, WUHUA

EMPLOYERS = ("甲矿", "乙厂", None)


@pytest.fixture
def everybody(app: Flask) -> list[Expert]:
    """Forty experts, most of whom share name and employer with others."""
    chance = random.Random(7)
    for n in range(40):
        found = people.expert(name=chance.choice("赵钱孙李") + "工", complete=False)
        found.region_code = WUHUA if n % 3 else QILIN
        found.employer = chance.choice(EMPLOYERS)
    db.session.commit()
    return list(db.session.scalars(select(Expert).order_by(Expert.id)))


def read(ids: Any) -> Select[Any]:
    return select(Expert.id.label("id")).join(ids, Expert.id == ids.c.id)


def reached(region: str) -> Condition:
    within = ExpertReach.region_code == region
    keys = select(ExpertReach.expert_id).where(within)
    clause = select(ExpertReach.expert_id).where(within, ExpertReach.expert_id == Expert.id).exists()
    return Condition(clause, keys, exact=True, ascending=True)


EMPLOYER = func.coalesce(Expert.employer, literal_column("''"))
ORDERS = {
    "id": Order((Expert.id,)),
    "id, newest first": Order((Expert.id,), descending=True),
    "name": Order((Expert.name, Expert.id)),
    "employer, nobody's last": Order((EMPLOYER, Expert.id), descending=True),
}


def conditions() -> dict[str, tuple[list[Condition], Any]]:
    """A combination each, and what it lets pass."""
    named = Condition(Expert.name == "赵工", select(Expert.id).where(Expert.name == "赵工"), exact=True)
    # A set that holds more than passes, and some of it twice.
    loose = select(Expert.id).where(Expert.name.in_(["赵工", "钱工"]))
    superset = Condition(Expert.name == "赵工", loose.union_all(loose).subquery().select())
    bare = Condition(Expert.employer == "甲矿")
    here = reached(WUHUA)
    return {
        "none": ([], lambda one: True),
        "scope": ([here], lambda one: one.region_code == WUHUA),
        "a column": ([here, named], lambda one: one.region_code == WUHUA and one.name == "赵工"),
        "more keys than rows": ([here, superset], lambda one: one.region_code == WUHUA and one.name == "赵工"),
        "no index": ([here, bare], lambda one: one.region_code == WUHUA and one.employer == "甲矿"),
        "nothing": ([here, Condition(Expert.name == "无", select(Expert.id).where(Expert.name == "无"))], lambda one: False),
    }  # fmt: skip


def by_hand(everybody: list[Expert], passes: Any, order: Order) -> list[int]:
    def key(one: Expert) -> tuple[Any, ...]:
        named = {id(ORDERS["name"]): one.name, id(ORDERS["employer, nobody's last"]): one.employer or ""}
        return named.get(id(order), ""), one.id

    # As the database compares texts, which may be a language's way.
    ranks = {text: n for n, text in enumerate(in_order({key(one)[0] for one in everybody}))}
    chosen = sorted(filter(passes, everybody), key=lambda one: (ranks[key(one)[0]], one.id), reverse=order.descending)
    return [one.id for one in chosen]


def in_order(texts: set[str]) -> Sequence[str]:
    column = func.coalesce(Expert.employer, literal_column("''")) if texts & {"甲矿", "乙厂"} else Expert.name
    return (
        [*db.session.scalars(select(column).where(column.in_(texts)).distinct().order_by(column))]
        if len(texts) > 1
        else list(texts)
    )


@pytest.fixture(params=["gathers", "walks", "is bounded"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the ways in turn, whatever is the best for so few rows."""
    if request.param != "gathers":
        monkeypatch.setattr(listing, "MOST", 3)
        monkeypatch.setattr(listing, "COUNTED", 2)
    else:
        monkeypatch.setattr(listing, "GATHERING", 0)
    monkeypatch.setattr(listing, "STEPS", 5 if request.param == "is bounded" else 1000)
    return str(request.param)


def test_every_page_is_what_sorting_by_hand_gives(everybody: list[Expert], way: str) -> None:
    for (name, (asked, passes)), (title, order) in product(conditions().items(), ORDERS.items()):
        wanted = by_hand(everybody, passes, order)
        for number in range(len(wanted) // 7 + 2):
            got = listing.page(Expert, read, asked, order, Place(number, 7))
            if got.hint:
                assert way == "is bounded"
                continue
            context = (name, title, number, way)
            assert [row.id for row in got.rows] == wanted[number * 7 : number * 7 + 7], context
            assert got.has_previous == (number > 0 and bool(wanted)), context
            assert got.has_next == (len(wanted) > (number + 1) * 7), context
            assert got.count == len(wanted) or (got.is_more and got.count < len(wanted)), context


def test_following_the_keys_shows_every_row_once_both_ways(everybody: list[Expert], way: str) -> None:
    for (name, (asked, passes)), (title, order) in product(conditions().items(), ORDERS.items()):
        wanted = by_hand(everybody, passes, order)
        if way == "is bounded" and len(asked) > 1:
            continue
        pages = [listing.page(Expert, read, asked, order, Place(0, 7))]
        while pages[-1].has_next:
            pages.append(listing.page(Expert, read, asked, order, Place(len(pages), 7, after=pages[-1].rows[-1].id)))
        if any(one.hint for one in pages):
            assert way == "is bounded"
            continue
        assert [row.id for one in pages for row in one.rows] == wanted, (name, title, way)
        if len(pages) > 1:
            back = listing.page(Expert, read, asked, order, Place(0, 7, before=pages[-1].rows[0].id))
            assert [row.id for row in back.rows] == [row.id for row in pages[-2].rows], (name, title, way)
            assert back.has_next


def test_the_last_page_holds_what_the_others_leave(everybody: list[Expert], way: str) -> None:
    for (name, (asked, passes)), (title, order) in product(conditions().items(), ORDERS.items()):
        wanted = by_hand(everybody, passes, order)
        got = listing.page(Expert, read, asked, order, Place(0, 7, last=True))
        if got.hint:
            assert way == "is bounded"
            continue
        rest = 7 if got.is_more else len(wanted) % 7 or 7
        assert [row.id for row in got.rows] == wanted[-rest:], (name, title, way)
        assert not got.has_next
        assert got.has_previous == (len(wanted) > len(got.rows))


def test_a_row_that_was_taken_away_leads_to_the_page_of_its_number(everybody: list[Expert]) -> None:
    order = ORDERS["id"]
    got = listing.page(Expert, read, [], order, Place(2, 7, after=2**31 - 1))
    assert [row.id for row in got.rows] == [one.id for one in everybody][14:21]


def hinted(asked: Sequence[Condition], order: Order, place: Place) -> str:
    found: Page = listing.page(Expert, read, asked, order, place)
    assert bool(found.hint) != bool(found.rows)
    return found.hint


def test_what_would_walk_too_far_is_refused_with_a_hint(
    everybody: list[Expert], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST", 3)
    monkeypatch.setattr(listing, "STEPS", 5)
    monkeypatch.setattr(listing, "DEEPEST", 20)
    # So much to do for each row that SQLite, which counts its own steps, gets nowhere either.
    numbers = select(literal(1).label("n")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 20_000))
    rare = Condition(select(numbers.c.n).where(numbers.c.n == -Expert.id).exists())
    assert hinted([reached(WUHUA), rare], ORDERS["name"], Place(0, 7)) == listing.TOO_WIDE
    assert hinted([reached(WUHUA), rare], ORDERS["id"], Place(0, 7)) == listing.TOO_WIDE
    assert hinted([], ORDERS["id"], Place(4, 7)) == listing.TOO_DEEP
    unsorted = Order((Expert.sex, Expert.id), indexed=False)
    assert hinted([reached(WUHUA)], unsorted, Place(0, 7)) == listing.UNSORTED
    few = Condition(
        Expert.id.in_([one.id for one in everybody[:3]]), select(Expert.id).where(Expert.id <= everybody[2].id)
    )
    assert hinted([few], unsorted, Place(0, 7)) == ""
