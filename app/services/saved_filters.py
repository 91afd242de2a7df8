"""常用筛选: kept for oneself, or for the department as well. What a list shows by one is in the reader's scope."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import contains_eager

from app.domain.errors import Invalid
from app.extensions import db
from app.models import Account, SavedFilter
from app.models.saved_filter import NAME_LENGTH, QUERY_LENGTH
from app.policies.actor import Actor
from app.services import rows
from app.services.unit_of_work import one_at_a_time, transactional

AT_MOST = 20
"""Of one person for one list."""


def offered(actor: Actor, listing: str) -> list[SavedFilter]:
    """The actor's own for a list, then the department's, each by name.

    What was shared goes with its owner: who has left the department, or has no account any more, shares nothing there.
    """
    shared = and_(
        SavedFilter.department_id == actor.department_id,
        Account.department_id == SavedFilter.department_id,
        Account.active,
    )
    mine = SavedFilter.owner_id == actor.user_id
    statement = (
        select(SavedFilter)
        .join(SavedFilter.owner)
        .options(contains_eager(SavedFilter.owner))
        .where(SavedFilter.listing == listing, or_(mine, shared))
        .order_by(mine.desc(), SavedFilter.name, SavedFilter.id)
    )
    return list(db.session.scalars(statement))


@transactional
def save(actor: Actor, listing: str, name: str, query: str, *, shared: bool) -> None:
    """Keeps ``query``, which its list has read and taken, under a name; one of the same name is replaced.

    Raises ``Invalid`` for a name or a query that will not do, or for one too many.
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid("请填写名称。", field="name")
    if len(name) > NAME_LENGTH:
        raise Invalid(f"名称不能超过{NAME_LENGTH}个字。", field="name")
    if not query:
        raise Invalid("没有筛选条件可以保存。请先在列表中查询。", field="name")
    if len(query) > QUERY_LENGTH:
        raise Invalid("筛选条件太长，无法保存。", field="name")
    if shared and actor.department_id is None:
        raise Invalid("您不属于任何部门，不能共享。", field="shared")
    one_at_a_time(f"saved filters of {actor.user_id}")
    mine = (SavedFilter.owner_id == actor.user_id, SavedFilter.listing == listing)
    kept = db.session.scalars(select(SavedFilter).where(*mine, SavedFilter.name == name)).one_or_none()
    if kept is None:
        if (db.session.scalar(select(func.count()).select_from(SavedFilter).where(*mine)) or 0) >= AT_MOST:
            raise Invalid(f"每个列表最多保存{AT_MOST}个常用筛选，请先删除不用的。", field="name")
        kept = SavedFilter(owner_id=actor.user_id, listing=listing, name=name)
        db.session.add(kept)
    kept.query, kept.department_id = query, actor.department_id if shared else None


@transactional
def drop(actor: Actor, filter_id: int) -> None:
    """Takes one's own away, for the department too. Raises ``NotFound``."""
    db.session.delete(rows.one(SavedFilter, filter_id, SavedFilter.owner_id == actor.user_id))
