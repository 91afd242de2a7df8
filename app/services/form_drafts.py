"""自动暂存: what is typed into a long form is kept while it is typed, apart from what it will become when it is sent.

A draft is nobody's but its writer's. It is checked when it is sent, like everything else, and taken away then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Select, delete, select

from app.domain.errors import Invalid
from app.extensions import db
from app.models import FormDraft
from app.models.types import now
from app.policies.actor import Actor
from app.services import rows
from app.services.unit_of_work import transactional

BYTES_AT_MOST = 256 * 1024
"""Far beyond every field of a profile filled to its end."""
KEPT_DAYS = 30


class DraftOf(StrEnum):
    """The forms that take long enough to be worth it."""

    PROFILE = "profile"
    CHANGE = "change"


@transactional
def keep(actor: Actor, form: DraftOf, content: Sequence[tuple[str, str]]) -> FormDraft:
    """Keeps names and texts in the place of what was kept of this form before. Raises ``Invalid`` for too much."""
    if len(json.dumps(content, ensure_ascii=False).encode()) > BYTES_AT_MOST:
        raise Invalid("填写的内容太多，无法自动暂存。")
    values = {"content": [list(pair) for pair in content], "saved_at": now()}
    statement = rows.upsert(FormDraft).values(account_id=actor.user_id, form=form, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["account_id", "form"], set_=values))
    return db.session.scalars(_of(actor, form)).one()


def kept(actor: Actor, form: DraftOf) -> FormDraft | None:
    """What the actor has typed and not sent."""
    return db.session.scalars(_of(actor, form)).one_or_none()


def every(account_id: int) -> list[FormDraft]:
    """All drafts of an account."""
    return list(db.session.scalars(select(FormDraft).where(FormDraft.account_id == account_id).order_by(FormDraft.id)))


def sent(actor: Actor, form: DraftOf) -> None:
    """In the transaction that makes it something: the draft has done its work."""
    db.session.execute(delete(FormDraft).where(FormDraft.account_id == actor.user_id, FormDraft.form == form))


@transactional
def drop(actor: Actor, form: DraftOf) -> None:
    """The writer does not want it any more."""
    sent(actor, form)


@transactional
def sweep() -> int:
    """Takes away what was left lying for ``KEPT_DAYS``; gives how many."""
    stale = delete(FormDraft).where(FormDraft.saved_at < now() - timedelta(days=KEPT_DAYS))
    return len(db.session.scalars(stale.returning(FormDraft.id)).all())


def _of(actor: Actor, form: DraftOf) -> Select[tuple[FormDraft]]:
    return select(FormDraft).where(FormDraft.account_id == actor.user_id, FormDraft.form == form)
