"""委托: given, listed, ended. Whether one holds is asked of ``policies.delegation`` at each use (R3, R4, R6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import inspect, or_, select, update
from sqlalchemy.orm import joinedload

from app.domain.duties import Duty, check_days
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.transitions import REASON_LENGTH
from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import Account, Delegation
from app.models.types import now
from app.policies.actor import Actor
from app.policies.delegation import endable, own_delegations, permission_for, with_status
from app.policies.roles import READ_APPLICATIONS
from app.services import notices, rows, texts
from app.services.actors import actor_of
from app.services.audit import audit
from app.services.unit_of_work import one_at_a_time, transactional

PEOPLE: tuple[Any, ...] = (joinedload(Delegation.principal), joinedload(Delegation.delegate))
SHOWN = 100
"""The newest that a person's own page lists."""


def duties_of(actor: Actor) -> list[Duty]:
    """What the actor can hand over: what a role of theirs gives, never what was lent to them."""
    return [duty for duty in Duty if actor.department_id is not None and actor.owns(permission_for(duty))]


def colleagues(actor: Actor) -> list[Account]:
    """To whom: who is active in the actor's department and has an ID number, without which nobody decides (R6)."""
    return list(
        db.session.scalars(
            select(Account)
            .where(
                Account.department_id == actor.department_id,
                Account.id != actor.user_id,
                Account.active,
                Account.id_number_index.is_not(None),
            )
            .order_by(Account.id)
        )
    )


@transactional
def give(actor: Actor, duties: Iterable[Duty], delegate_id: int, starts_on: date, ends_on: date) -> None:
    """Hands each duty to a colleague, one row for each, or none.

    Raises ``NotAllowed`` for what the actor does not hold by a role, or without an ID number on the account;
    ``Invalid`` for days or a colleague that will not do; ``Conflict`` where a day is given away already.
    """
    one_at_a_time(f"delegations of {actor.user_id}")
    wanted, own = list(dict.fromkeys(duties)), duties_of(actor)
    if not own or not set(wanted) <= set(own):
        raise NotAllowed("只能委托您本人的角色带有的审核、备案权限；他人委托给您的不能转委托。")
    if not wanted:
        raise Invalid("请勾选委托事项。", field="duties")
    principal = db.session.get_one(Account, actor.user_id)
    if principal.id_number is None:
        raise NotAllowed("您的账号没有登记身份证号，不能委托；请联系系统管理员登记。")
    check_days(starts_on, ends_on, today_in_shanghai())
    delegate = next((person for person in colleagues(actor) if person.id == delegate_id), None)
    if delegate is None:
        raise Invalid("请从列表中选择本部门的受托人。", field="delegate")
    theirs = actor_of(delegate)
    if not theirs.may(READ_APPLICATIONS):
        raise Invalid(f"{delegate.name}没有查看申报的权限，不能受托；请联系系统管理员。", field="delegate")
    for duty in wanted:
        if theirs.owns(permission_for(duty)):
            raise Invalid(f"{delegate.name}的角色已有{duty.label}权限，不需要委托。", field="delegate")
        _refuse_overlap(actor.user_id, duty, starts_on, ends_on)
        made = Delegation(
            department_id=actor.department_id,
            principal=principal,
            delegate=delegate,
            duty=duty,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        db.session.add(made)
        db.session.flush()
        notices.duty_lent(made)
        audit(actor, "设立委托", f"委托#{made.id}", {"changes": texts.changes({}, texts.recorded(made))})


def _refuse_overlap(principal_id: int, duty: Duty, starts_on: date, ends_on: date) -> None:
    other = db.session.scalars(
        select(Delegation)
        .options(*PEOPLE)
        .where(
            Delegation.principal_id == principal_id,
            Delegation.duty == duty,
            Delegation.ended_at.is_(None),
            Delegation.starts_on <= ends_on,
            Delegation.ends_on >= starts_on,
        )
        .limit(1)
    ).one_or_none()
    if other is not None:
        days = f"{chinese_date(other.starts_on)}至{chinese_date(other.ends_on)}"
        raise Conflict(
            f"{days}的{duty.label}已经委托给{other.delegate.name}，同一事项不能重叠。请另选日期，或先提前结束那一项。",
            field="starts_on",
        )


def own(actor: Actor) -> list[Delegation]:
    """The newest that the actor has given or received, with their people and whether they hold."""
    return list(
        db.session.scalars(
            select(Delegation)
            .options(*PEOPLE, with_status())
            .where(own_delegations(actor))
            .order_by(Delegation.id.desc())
            .limit(SHOWN)
            .execution_options(populate_existing=True)
        )
    )


def one(delegation_id: int | str, actor: Actor) -> Delegation:
    """One that the actor has given or received. Raises ``NotFound``."""
    return rows.one(Delegation, delegation_id, own_delegations(actor), *PEOPLE, with_status(), anew=True)


@transactional
def end(delegation_id: int | str, actor: Actor, reason: str) -> None:
    """Ends one now. Raises ``NotFound`` but for the principal and who may end anybody's, ``Invalid``, ``Conflict``."""
    found = rows.one(Delegation, delegation_id, endable(actor), *PEOPLE)
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise Invalid(f"请填写结束原因，不超过{REASON_LENGTH}个字。", field="reason")
    if not _end([found.id], actor, reason.strip()):
        raise Conflict("该委托已经结束，不需要再结束。")


def end_where_over(account: Account, actor: Actor) -> None:
    """Ends all that an account gave or received where it moves to another department or is stopped.

    In the caller's transaction, before the account is written: to come back later revives nothing.
    """
    state: Any = inspect(account).attrs
    moved, stopped = state.department.history.has_changes(), state.active.history.has_changes() and not account.active
    if account.id is not None and (moved or stopped):
        end_all([account.id], actor, "人员调动" if moved else "账号停用")


def end_all(account_ids: Iterable[int], actor: Actor, reason: str) -> None:
    """Ends all that these accounts gave or received, in the caller's transaction."""
    theirs = list(account_ids)
    open_ones = select(Delegation.id).where(
        Delegation.ended_at.is_(None),
        or_(Delegation.principal_id.in_(theirs), Delegation.delegate_id.in_(theirs)),
    )
    _end(list(db.session.scalars(open_ones)), actor, reason)


def _end(ids: list[int], actor: Actor, reason: str) -> bool:
    """Conditionally: what is over stays as it is. Gives whether every one of ``ids`` was ended."""
    ended = db.session.scalars(
        update(Delegation)
        .where(Delegation.id.in_(ids), Delegation.ended_at.is_(None), Delegation.ends_on >= today_in_shanghai())
        .values(ended_at=now(), ended_by=actor.name, end_reason=reason)
        .returning(Delegation.id)
        .execution_options(synchronize_session=False)
    ).all()
    for delegation in db.session.scalars(select(Delegation).where(Delegation.id.in_(ended)).order_by(Delegation.id)):
        notices.loan_ended(delegation)
        audit(actor, "提前结束委托", f"委托#{delegation.id}", {"reason": reason})
    return len(ended) == len(ids)
