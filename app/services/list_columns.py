"""Which columns of which list somebody wants to see: kept with the account, read with every session."""

from __future__ import annotations

from collections.abc import Sequence

from app.extensions import db
from app.models import Account
from app.policies.actor import Actor
from app.services.unit_of_work import transactional


@transactional
def save(actor: Actor, listing: str, names: Sequence[str]) -> None:
    """Keeps the columns of a list in their order. What a list does not offer it passes over when it is shown."""
    account = db.session.get_one(Account, actor.user_id)
    account.list_columns = {**(account.list_columns or {}), listing: list(names)}


@transactional
def forget(actor: Actor, listing: str) -> None:
    """The list shows its usual columns again."""
    account = db.session.get_one(Account, actor.user_id)
    kept = dict(account.list_columns or {})
    kept.pop(listing, None)
    account.list_columns = kept or None
