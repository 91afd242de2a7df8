"""The slider puzzle at login: the answer stays with the server and serves once."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete

from app.adapters.captcha import Puzzle
from app.extensions import db
from app.models import LoginPuzzle
from app.models.types import now
from app.services.ports import ports
from app.services.unit_of_work import transactional

LIFETIME = timedelta(minutes=5)


@transactional
def pose() -> tuple[str, Puzzle]:
    """A new puzzle and the token under which its answer is kept. Old ones are swept."""
    puzzle = ports().captcha.make_puzzle()
    token = secrets.token_urlsafe(32)
    db.session.execute(delete(LoginPuzzle).where(LoginPuzzle.expires_at < now()))
    db.session.add(LoginPuzzle(token=token, answer=puzzle.x, expires_at=now() + LIFETIME))
    return token, puzzle


@transactional
def solve(token: str, answer: str) -> bool:
    """Whether ``answer`` (pixels, as typed by the browser) fits. Right or wrong, the puzzle is spent."""
    row = db.session.get(LoginPuzzle, token) if token.isascii() else None
    if row is None:
        return False
    db.session.delete(row)
    known, alive = row.answer, row.expires_at > now()
    typed = answer.strip()
    if not (alive and typed.isascii() and typed.isdigit() and len(typed) <= 4):
        return False
    return ports().captcha.fits(int(typed), known)
