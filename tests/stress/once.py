"""What serves once, tried by many at the same moment: codes, one-time passwords, puzzles, tries, sessions."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.domain.errors import DomainError
from app.extensions import db
from app.models import LoginPuzzle, LoginSession
from app.services import codes, puzzles, second_factor, sessions
from app.services.unit_of_work import transactional
from app.views import throttle
from tests.stress.processes import at_once, require
from tests.support import people
from tests.support.entry import bind_phone, last_code, shown_by_phone

PROCESSES = 16
TRIES = 5
"""That a person has in fifteen minutes; codes have as many."""

Contest = tuple[str, Callable[[], Any], int]
"""What is tried, by what call, and how many of all may get through."""


@transactional
def _use(code_id: int) -> None:
    codes.use(code_id)


def _by_sms(mobile: str, code: str) -> None:
    _use(codes.check(mobile, codes.LOGIN, code))


def _passes(deed: Callable[[], Any]) -> bool:
    """Whether the deed was let through."""
    try:
        return deed() is not False
    except DomainError:
        return False


def _contests() -> Iterator[Contest]:
    """One of each kind, of people made for it."""
    mobile = people.new_mobile()
    codes.send(mobile, codes.LOGIN)
    # Each costs a try, right or wrong: after the fifth even the right one is void, used or not.
    yield "sms_code", partial(_by_sms, mobile, last_code(mobile)), 1
    yield "sms_sent", partial(codes.send, people.new_mobile(), codes.LOGIN), 1
    official = people.staff()
    recovery = bind_phone(official)
    yield "totp_code", partial(second_factor.verify, official.id, shown_by_phone(official)), 1
    yield "recovery_code", partial(second_factor.verify, official.id, recovery[0]), 1
    token, _ = puzzles.pose()
    answer = db.session.scalar(select(LoginPuzzle.answer).where(LoginPuzzle.token == token))
    yield "puzzle", partial(puzzles.solve, token, str(answer)), 1
    yield "password_tries", partial(throttle._spend, throttle.PASSWORD, secrets.token_hex(8)), TRIES


def run(app: Flask, rounds: int) -> dict[str, Any]:
    """So many rounds of each contest, by 16 processes. Raises ``WentWrong`` where one serves twice, or none does."""
    began, tried, figures = time.monotonic(), 0, {}
    with app.app_context():
        for _ in range(rounds):
            for name, deed, most in _contests():
                passed = at_once(app, [partial(_passes, deed)] * PROCESSES).results
                require(sum(passed) == most, name, passed)
                figures[name] = figures.get(name, 0) + most
                tried += PROCESSES
            figures["sessions"] = figures.get("sessions", 0) + _sessions(app)
            tried += 2 * PROCESSES
    seconds = time.monotonic() - began
    return {
        "rounds": rounds,
        "processes": PROCESSES,
        "tried": tried,
        **{f"served_{name}": count for name, count in sorted(figures.items())},
        "seconds": round(seconds, 2),
        "per_second": round(tried / seconds, 1),
    }


def _sessions(app: Flask) -> int:
    """Begun at once, each its own; every one then ends the others at once, and each is ended once."""
    user_id = people.staff().id
    tokens = at_once(app, [partial(sessions.begin, user_id, "127.0.0.1", "stress")] * PROCESSES).results
    require(len(set(tokens)) == PROCESSES and all(sessions.living(token, user_id) for token in tokens), tokens)
    ended = at_once(app, [partial(sessions.end_others, user_id, token) for token in tokens]).results
    dead = db.session.scalar(
        select(func.count()).where(LoginSession.user_id == user_id, LoginSession.ended_at.is_not(None))
    )
    counted = sum(answer for answer in ended if isinstance(answer, int))
    require(counted == dead and dead in (PROCESSES - 1, PROCESSES), counted, dead, ended)
    return PROCESSES
