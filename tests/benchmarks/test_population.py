"""The made-up experts: the same whatever the database, every rule of the product kept, and what is sought is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.domain.identity import parse_id_number, parse_mobile
from app.extensions import db
from app.models import Application, Certificate, Expert
from benchmarks import people, words
from benchmarks.population import fill
from tests.support import databases

ROWS = "SELECT id, name, employer, region_code, approved FROM expert ORDER BY id"
REACH = "SELECT region_code, expert_id, approved, home FROM expert_reach ORDER BY 1, 2"


def test_numbers_pass_every_check_and_are_nobody_elses() -> None:
    numbers = [people.id_number(n, "530102")[0] for n in range(1, 20_000)]
    assert len(set(numbers)) == len(numbers)
    assert parse_id_number(numbers[7], date(2026, 1, 1)).value == numbers[7]
    mobiles = {people.mobile(n) for n in range(1, 20_000)}
    assert len(mobiles) == 19_999
    assert parse_mobile(people.mobile(999_999)) == people.mobile(999_999)


def test_first_by_name_are_one_of_a_kind_and_what_is_absent_is_absent() -> None:
    rng = Random(1)
    names = [words.name_of(n, rng) for n in range(1, 30_001)]
    first = sorted(names)[: words.FIRST_BY_NAME]
    assert len(set(first)) == words.FIRST_BY_NAME
    assert all(name.startswith("丁一") for name in first)
    assert any(words.SEARCHED_NAME in name for name in names)
    assert any(words.ONE_CHARACTER in name for name in names)
    assert not any(words.ABSENT_NAME in name for name in names)


@pytest.mark.parametrize("kind", databases.KINDS)
def test_the_same_rows_on_every_database_and_what_triggers_would_keep(
    kind: str, make_app: Callable[[str], Flask], empty_database: Callable[[str, str], str]
) -> None:
    app = make_app(empty_database(kind, "population"))
    with app.app_context():
        fill(300)
        found = [tuple(row) for row in db.session.execute(text(ROWS))]
        assert [row[0] for row in found] == list(range(1, 301))
        assert (found[6][1], found[149][3]) == ("丁一国", db.session.get_one(Expert, 150).region_code)
        numbers = list(db.session.scalars(select(Certificate.number)))
        assert len(set(numbers)) == len(numbers) > 50
        assert 250 < db.session.scalars(select(func.count()).select_from(Application)).one() < 450
        approved = {row[0] for row in found if row[4]}
        held = set(db.session.scalars(select(Certificate.expert_id)))
        assert held <= approved
        # Worked out anew by the triggers, expert by expert, it is what the migration has filled.
        before = [tuple(map(int, row)) for row in db.session.execute(text(REACH))]
        db.session.execute(text("DELETE FROM expert_reach"))
        codes = {row[0]: row[3] for row in found}
        for key, code in codes.items():
            other = "530102" if code != "530102" else "530302"
            for place in (other, code):
                change = text("UPDATE expert SET region_code = :place WHERE id = :key")
                db.session.execute(change, {"place": place, "key": key})
        assert [tuple(map(int, row)) for row in db.session.execute(text(REACH))] == before
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()
