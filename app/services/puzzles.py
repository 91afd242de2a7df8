"""The slider puzzle at login: the answer stays with the server and serves once."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from app.adapters.captcha import Puzzle
from app.extensions import db
from app.models import LoginPuzzle
from app.models.types import now
from app.services.ports import ports
from app.services.unit_of_work import transactional

LIFETIME = timedelta(minutes=5)
SWEPT = 200
"""Old puzzles that a new one takes away at most."""


@transactional
def pose() -> tuple[str, Puzzle]:
    """A new puzzle and the token under which its answer is kept. Old ones are swept.

    Those that somebody else is at are left to them: who wants to log in waits for nobody's sweeping, and a wait that
    ends in vain would be a login page without its puzzle.
    """
    puzzle = ports().captcha.make_puzzle()
    token = secrets.token_urlsafe(32)
    old = select(LoginPuzzle.token).where(LoginPuzzle.expires_at < now()).order_by(LoginPuzzle.expires_at).limit(SWEPT)
    db.session.execute(delete(LoginPuzzle).where(LoginPuzzle.token.in_(old.with_for_update(skip_locked=True))))
    db.session.add(LoginPuzzle(token=token, answer=puzzle.x, expires_at=now() + LIFETIME))
    return token, puzzle


@transactional
def solve(token: str, answer: str) -> bool:
    """Whether ``answer`` (pixels, as typed by the browser) fits. Right or wrong, the puzzle is spent."""
    if not (token.isascii() and token.isprintable()):
        return False
    # Read by taking it away: of two who send the same answer at once, one finds it.
    taken = delete(LoginPuzzle).where(LoginPuzzle.token == token)
    row = db.session.execute(taken.returning(LoginPuzzle.answer, LoginPuzzle.expires_at)).one_or_none()
    typed = answer.strip()
    if row is None or row.expires_at <= now():
        return False
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
        return False
    return ports().captcha.fits(int(typed), row.answer)
