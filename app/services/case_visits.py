"""A colleague who has the same case open is named. Nobody is held up: the version that was seen guards the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select

from app.domain.errors import Conflict
from app.extensions import db
from app.models import Account, CaseVisit
from app.models.types import now
from app.policies import permissions
from app.policies.actor import Actor
from app.services import inbox, reviews, rows
from app.services.unit_of_work import transactional

FORGOTTEN_AFTER = timedelta(minutes=2)
"""A page is heard of each 30 seconds while somebody looks at it: four times missed, it was left."""


@dataclass(frozen=True)
class Visitor:
    """A colleague, and for how many whole minutes the case has been open there."""

    name: str
    minutes: int

    @property
    def words(self) -> str:
        """For the page of the case."""
        since = f"{self.minutes} 分钟前" if self.minutes else "刚刚"
        return f"{self.name} {since}打开了这件申报。"


def others(actor: Actor, application_id: int) -> list[Visitor]:
    """The colleagues who have the case open now, the first to open it first. One statement."""
    moment = now()
    present = (
        select(Account.first_name, CaseVisit.opened_at)
        .join(Account, Account.id == CaseVisit.account_id)
        .where(
            CaseVisit.application_id == application_id,
            CaseVisit.account_id != actor.user_id,
            CaseVisit.seen_at > moment - FORGOTTEN_AFTER,
        )
        .order_by(CaseVisit.opened_at, CaseVisit.account_id)
    )
    return [Visitor(name, _minutes(opened, moment)) for name, opened in db.session.execute(present)]


@transactional
def seen(actor: Actor, application_id: int | str) -> list[Visitor]:
    """Notes that the actor has the case open; gives who else has.

    Raises ``NotFound``, ``Conflict`` for a case that has been decided meanwhile, and as ``permissions.require`` does.
    """
    application = reviews.case(application_id, actor)
    if application.status not in inbox.STEPS:
        raise Conflict(f"这件申报已办理，现为“{application.status.label}”。请刷新页面查看。")
    permissions.require(actor, inbox.STEPS[application.status], application)
    moment = now()
    known = rows.upsert(CaseVisit).values(
        application_id=application.id, account_id=actor.user_id, opened_at=moment, seen_at=moment
    )
    # Who comes back after having been forgotten has opened it anew.
    opened = case((CaseVisit.seen_at > moment - FORGOTTEN_AFTER, CaseVisit.opened_at), else_=known.excluded.opened_at)
    db.session.execute(
        known.on_conflict_do_update(
            index_elements=["application_id", "account_id"], set_={"opened_at": opened, "seen_at": moment}
        )
    )
    return others(actor, application.id)


@transactional
def sweep() -> int:
    """Takes away who has left; gives how many."""
    gone = delete(CaseVisit).where(CaseVisit.seen_at <= now() - FORGOTTEN_AFTER)
    return len(db.session.scalars(gone.returning(CaseVisit.account_id)).all())


def _minutes(opened: datetime, moment: datetime) -> int:
    return max(0, int((moment - opened).total_seconds() // 60))
