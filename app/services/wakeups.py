"""The worker is told of what it has to do once that is committed, and not before: it would look and find nothing."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import db
from app.services.ports import ports

_ASKED = "wake the worker"


def soon() -> None:
    """Something is left for the worker in this transaction: it is woken when that is committed."""
    db.session.info[_ASKED] = True


@event.listens_for(db.session, "after_commit")
def _ring(session: Session) -> None:
    # A savepoint is no commit. What is rolled back leaves its mark behind, and the next commit wakes for nothing.
    if not session.in_nested_transaction() and session.info.pop(_ASKED, False):
        ports().waker.ring()
