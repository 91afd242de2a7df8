"""The slider puzzle: the answer stays with the server and serves once (R21)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text

from app.extensions import db
from app.models import LoginPuzzle
from app.services import puzzles
from tests.support.clock import Clock
from tests.support.races import at_once


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(LoginPuzzle)) or 0


def test_the_right_place_opens_once(app: Flask) -> None:
    token, puzzle = puzzles.pose()
    assert puzzles.solve(token, str(puzzle.x))
    assert not puzzles.solve(token, str(puzzle.x))
    assert kept() == 0


def test_a_wrong_try_spends_the_puzzle_too(app: Flask) -> None:
    token, puzzle = puzzles.pose()
    assert not puzzles.solve(token, str(puzzle.x + 1))
    assert not puzzles.solve(token, str(puzzle.x))


@pytest.mark.parametrize("answer", ["", " ", "-150", "150.0", "1e2", "１５０", "9" * 5000, "150px", "\x00"])
def test_what_is_no_number_is_wrong_and_spends_the_puzzle(app: Flask, answer: str) -> None:
    token, _ = puzzles.pose()
    assert not puzzles.solve(token, answer)
    assert kept() == 0


@pytest.mark.parametrize("token", ["", "unknown", "拼图", "x" * 5000, "a\x00b"])
def test_an_unknown_token_opens_nothing_and_spends_nothing(app: Flask, token: str) -> None:
    puzzles.pose()
    assert not puzzles.solve(token, "150")
    assert kept() == 1


def test_a_puzzle_lives_five_minutes(app: Flask, clock: Clock) -> None:
    (early, puzzle), (late, _) = puzzles.pose(), puzzles.pose()
    clock.forward(minutes=5, seconds=-1)
    assert puzzles.solve(early, str(puzzle.x))
    clock.forward(seconds=1)
    assert not puzzles.solve(late, str(puzzle.x))


def test_old_puzzles_are_swept_by_the_next(app: Flask, clock: Clock) -> None:
    puzzles.pose()
    clock.forward(minutes=6)
    puzzles.pose()
    assert kept() == 1


def test_tokens_are_long_and_never_the_same(app: Flask) -> None:
    tokens = {puzzles.pose()[0] for _ in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {43}


def test_one_answer_sent_by_many_at_once_opens_once(app: Flask) -> None:
    token, puzzle = puzzles.pose()
    outcomes = at_once(app, [lambda: puzzles.solve(token, str(puzzle.x))] * 6)
    assert outcomes.count(True) == 1


@pytest.mark.other_database
def test_the_login_page_has_its_puzzle_while_somebody_else_sweeps(app: Flask, clock: Clock) -> None:
    puzzles.pose()
    clock.forward(minutes=6)
    with db.engine.connect() as other:
        other.execute(delete(LoginPuzzle))
        # Who waited for the other would be stopped, and the page would say 409.
        db.session.execute(text("SET statement_timeout = 500"))
        db.session.commit()
        try:
            page = app.test_client().get("/login/")
        finally:
            db.session.execute(text("RESET statement_timeout"))
            db.session.commit()
    assert page.status_code == 200
    assert 'name="puzzle_token"' in page.text
