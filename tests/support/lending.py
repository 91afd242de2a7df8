"""委托 given by the service itself. All need an application context."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.domain.duties import Duty
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation
from app.services import delegations
from tests.support import people


def lend(
    principal: Account, delegate: Account, duty: Duty = Duty.REVIEW, *, first: int = 0, last: int = 6
) -> Delegation:
    """A 委托 from ``first`` to ``last`` days from today."""
    today = today_in_shanghai()
    days = today + timedelta(days=first), today + timedelta(days=last)
    delegations.give(people.actor(principal), [duty], delegate.id, *days)
    return db.session.scalars(select(Delegation).order_by(Delegation.id.desc()).limit(1)).one()
