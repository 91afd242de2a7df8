"""Choosing a speciality: each typed word in one of the three levels, nothing retired."""

from __future__ import annotations

import pytest
from flask import Flask

from app.domain.errors import NotFound
from app.extensions import db
from app.models import Speciality
from app.services import taxonomy
from tests.support import people


def paths(typed: str) -> list[str]:
    return [row.path for row in taxonomy.specialities(typed)]


def test_each_word_narrows_across_the_levels(app: Flask) -> None:
    wide, narrow = paths("防火"), paths("化工 防火")
    assert narrow
    assert set(narrow) < set(wide)
    assert all("化工" in path and "防火" in path for path in narrow)
    assert paths(narrow[0]) == [narrow[0]]


def test_at_most_sixty_are_shown_in_the_order_of_the_appendix(app: Flask) -> None:
    shown = taxonomy.specialities("")
    assert len(shown) == taxonomy.SHOWN
    places = [(row.field.industry.position, row.field.position, row.position) for row in shown]
    assert places == sorted(places)


@pytest.mark.parametrize("typed", ["%", "_", "没有这样的专业", "\\", "' OR 1=1 --"])
def test_what_nothing_holds_finds_nothing(app: Flask, typed: str) -> None:
    assert paths(typed) == []


def test_a_nul_is_no_crash(app: Flask) -> None:
    assert paths("防\x00火") == paths("防火")


@pytest.mark.parametrize("level", ["speciality", "field", "industry"])
def test_r20_nothing_retired_is_offered_at_any_level(app: Flask, level: str) -> None:
    row: Speciality = people.speciality()
    before = paths("防火防爆")
    assert row.path in before
    at = {"speciality": row, "field": row.field, "industry": row.field.industry}[level]
    at.retired = True
    db.session.commit()
    after = paths("防火防爆")
    assert row.path not in after
    assert len(after) < len(before)
    assert taxonomy.one(str(row.id)).id == row.id


@pytest.mark.parametrize("wrong", ["", "0", "-1", "abc", "１", "9" * 40, "\x00"])
def test_an_id_that_is_none_is_not_found(app: Flask, wrong: str) -> None:
    with pytest.raises(NotFound):
        taxonomy.one(wrong)
