"""批量办理: several cases by one form, each in a transaction of its own, and the form once only (R2-R6, R13, R15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from app.domain.states import Action
from app.extensions import db
from app.models import Application, BulkResult, BulkRun, Speciality, Transition
from app.models.types import now
from app.policies import permissions
from app.policies.actor import Actor
from app.services import bulk_plan, certificates, filings, refusals, reviews, rows
from app.services.bulk_plan import Order, Pick
from app.services.refusals import FORBIDDEN
from app.services.reviews import Decision
from app.services.unit_of_work import transactional

KEPT_DAYS = 30
"""A result can be looked at again for so long; what was done stands in 审核历史 for good."""


@dataclass(frozen=True)
class Done:
    """One row afterwards. ``result`` is ``None`` where the run has not come to it."""

    number: str
    application: Application | None
    result: BulkResult | None


@dataclass(frozen=True)
class Outcome:
    """A run and its rows, in the order of the form."""

    action: Action
    key: str
    lines: tuple[Done, ...]

    @property
    def is_finished(self) -> bool:
        """Whether every row has its answer."""
        return all(line.result is not None for line in self.lines)


def run(actor: Actor, key: str, order: Callable[[], Order]) -> None:
    """Carries out what the form ``key`` asks for; sent again, only what was left, as it was asked for first.

    ``order`` is called, and raises ``Invalid`` for what is wrong with the form, where the key is new. A row that
    cannot be changed keeps its reason and stops none of the others. Raises ``Conflict`` for somebody else's key.
    """
    found = _find(actor, key)
    if found is None:
        wanted = order()
        bulk_plan.check(actor, wanted)
        try:
            _begin(actor, key, wanted)
        except Conflict:
            # The same form a moment earlier, by a second click; or another person's key.
            found = _find(actor, key)
            if found is None:
                raise Conflict("页面已失效，请回到列表重新勾选。") from None
        else:
            found = _find(actor, key)
    assert found is not None
    run_id, began, plan = found.id, found.created_at, Order.loaded(found.action, found.plan)
    for pick in plan.picks:
        if not _has_result(run_id, pick):
            try:
                text, done = _act(actor, plan, pick), True
            except DomainError as refusal:
                text, done = refusal.message, False
                if isinstance(refusal, NotAllowed):
                    refusals.refused(FORBIDDEN, f"申报#{pick.application_id}", actor.user_id, refusal.message)
                if isinstance(refusal, Conflict) and _acted(actor, plan.action, pick, began):
                    text, done = _certificate_number(pick), True
            _note(run_id, pick, done, text)


def outcome(actor: Actor, key: str) -> Outcome:
    """What became of one's own run. Raises ``NotFound``."""
    found = _find(actor, key)
    if found is None:
        raise NotFound(rows.NOT_THERE)
    plan = Order.loaded(found.action, found.plan)
    results = {
        row.application_id: row for row in db.session.scalars(select(BulkResult).where(BulkResult.run_id == found.id))
    }
    cases = bulk_plan.cases_of(actor, [pick.application_id for pick in plan.picks])
    lines = (
        Done(bulk_plan.number_of(number, cases.get(number)), cases.get(number), results.get(number))
        for number in (pick.application_id for pick in plan.picks)
    )
    return Outcome(plan.action, key, tuple(lines))


@transactional
def sweep() -> int:
    """Forgets runs older than ``KEPT_DAYS``; gives how many."""
    old = delete(BulkRun).where(BulkRun.created_at < now() - timedelta(days=KEPT_DAYS))
    return int(db.session.execute(old).rowcount)


def _find(actor: Actor, key: str) -> BulkRun | None:
    mine = select(BulkRun).where(BulkRun.key == key, BulkRun.user_id == actor.user_id)
    return db.session.scalars(mine).one_or_none()


@transactional
def _begin(actor: Actor, key: str, order: Order) -> None:
    db.session.add(BulkRun(key=key, user_id=actor.user_id, action=order.action.value, plan=order.dumped()))


def _has_result(run_id: int, pick: Pick) -> bool:
    there = select(BulkResult.id).where(BulkResult.run_id == run_id, BulkResult.application_id == pick.application_id)
    return db.session.scalar(there) is not None


def _act(actor: Actor, order: Order, pick: Pick) -> str:
    """One row by the use case that a single act takes; gives the certificate's number of a filing."""
    if order.action is Action.FILE:
        return filings.file(pick.application_id, actor, pick.version).number
    if order.action is Action.REJECT:
        reviews.reject(pick.application_id, actor, order.reason, pick.version)
        return ""
    case = reviews.case(pick.application_id, actor)
    permissions.require(actor, order.action, case)
    speciality = db.session.get(Speciality, order.specialities.get(pick.application_id, 0))
    if speciality is None:
        raise Invalid("没有选择行业领域。")
    title = reviews.title_for(case, speciality)
    decision = Decision(speciality.id, order.appointing_body_id, title, order.term)
    reviews.approve(pick.application_id, actor, decision, pick.version)
    return ""


def _acted(actor: Actor, action: Action, pick: Pick, since: datetime) -> bool:
    """Whether the row stands as this run left it, before it was cut off or at another sending of the same form."""
    case = reviews.case(pick.application_id, actor)
    last = db.session.scalars(
        select(Transition).where(Transition.application_id == case.id).order_by(Transition.id.desc()).limit(1)
    ).one()
    mine = last.actor_id == actor.user_id and last.action is action and last.at >= since
    return mine and case.version == pick.version + 1


def _certificate_number(pick: Pick) -> str:
    certificate = certificates.of_application(pick.application_id)
    return certificate.number if certificate else ""


@transactional
def _note(run_id: int, pick: Pick, done: bool, text: str) -> None:
    """Keeps what became of a row. Of two that answer for the same row, the one that did it is right."""
    statement = rows.upsert(BulkResult).values(run_id=run_id, application_id=pick.application_id, done=done, text=text)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["run_id", "application_id"],
            set_={"done": statement.excluded.done, "text": statement.excluded.text},
            where=statement.excluded.done,
        )
    )
