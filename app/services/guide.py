"""The guide to a person's first page: shown till they put it away, which is kept with the account."""

from __future__ import annotations

from app.extensions import db
from app.models import Account
from app.models.types import now
from app.policies.actor import Actor
from app.services.unit_of_work import transactional


@transactional
def put_away(actor: Actor) -> None:
    """It does not come again by itself, on whatever device."""
    account = db.session.get_one(Account, actor.user_id)
    account.guided_at = account.guided_at or now()
