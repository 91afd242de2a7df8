"""通知: the bell's rows read, ticked off and swept; and which kinds a person wants as an SMS too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, ScalarSelect, delete, func, select, update

from app.domain.errors import Invalid
from app.domain.notice_kinds import KINDS, Audience, NoticeKind
from app.extensions import db
from app.models import Account, Expert, NoticeChoice, Notification
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import ANSWER, APPLY, EXPORTS, FILE, IMPORT, READ_APPLICATIONS, REVIEW
from app.services import audit, rows
from app.services.unit_of_work import transactional

PAGE = 20
BATCH = 1000
SYSTEM = "系统定期清理"

_NEEDS = {
    Audience.EXPERT: (APPLY,),
    Audience.REVIEWER: (REVIEW,),
    Audience.FILER: (FILE,),
    Audience.DELEGATE: (READ_APPLICATIONS,),
    Audience.EXPORTER: EXPORTS,
    Audience.IMPORTER: (IMPORT,),
    Audience.ANSWERER: (ANSWER,),
}
"""Who is told of nothing of a kind, for want of each of these, is not asked about it. 意见反馈 is open to everybody."""


def unread_of(account_id: ColumnElement[int]) -> ScalarSelect[int]:
    """How many notices of an account are unread, to be selected beside the account."""
    unread = select(func.count()).where(Notification.account_id == account_id, Notification.read_at.is_(None))
    return unread.select_from(Notification).scalar_subquery()


def page(actor: Actor, before: int | None = None) -> tuple[list[Notification], bool]:
    """``PAGE`` notices, the newest first, of those older than the one with the id ``before``; are there more?"""
    own = select(Notification).where(Notification.account_id == actor.user_id)
    if before is not None:
        own = own.where(Notification.id < min(before, rows.LARGEST_ID))
    found = list(db.session.scalars(own.order_by(Notification.id.desc()).limit(PAGE + 1)))
    return found[:PAGE], len(found) > PAGE


@transactional
def read(actor: Actor, notification_id: int) -> Notification:
    """Ticks one off; gives it. Raises ``NotFound`` for another's (R5)."""
    found = rows.one(Notification, notification_id, Notification.account_id == actor.user_id)
    found.read_at = found.read_at or now()
    return found


@transactional
def read_all(actor: Actor, newest: int) -> int:
    """Ticks off all up to ``newest``, the newest that was on the page: what has come since stays. Gives how many."""
    unread = update(Notification).where(
        Notification.account_id == actor.user_id,
        Notification.id <= min(newest, rows.LARGEST_ID),
        Notification.read_at.is_(None),
    )
    return db.session.execute(unread.values(read_at=now())).rowcount


@dataclass(frozen=True)
class Choice:
    """A kind, and whether it goes out by SMS to this person."""

    kind: NoticeKind
    by_sms: bool


def choices(actor: Actor) -> dict[Audience, list[Choice]]:
    """What the actor can be told of, under the headings of 通知设置."""
    mine = db.session.scalars(select(NoticeChoice).where(NoticeChoice.account_id == actor.user_id))
    chosen = {row.kind: row.by_sms for row in mine}
    found: dict[Audience, list[Choice]] = {}
    for kind in KINDS.values():
        needed = _NEEDS.get(kind.audience)
        if needed is None or any(map(actor.may, needed)):
            found.setdefault(kind.audience, []).append(Choice(kind, kind.by_sms(chosen.get(kind.key))))
    return found


def has_mobile(actor: Actor) -> bool:
    """Whether there is a number that an SMS could go to."""
    mobiles = select(Account.mobile, Expert.mobile).outerjoin(Expert, Expert.user_id == Account.id)
    return any(db.session.execute(mobiles.where(Account.id == actor.user_id)).one())


@transactional
def choose(actor: Actor, wanted: Collection[str]) -> None:
    """Keeps the choice: ``wanted`` are the keys of the kinds that go out by SMS.

    What is always sent may be among them or not. Raises ``Invalid`` for a kind that is not the actor's to choose.
    """
    offered = {choice.kind.key: choice for under in choices(actor).values() for choice in under}
    if not set(wanted) <= offered.keys():
        raise Invalid("没有这种通知，请刷新页面后重新选择。")
    changed = []
    for key, choice in offered.items():
        by_sms = key in wanted
        if choice.kind.always or choice.by_sms == by_sms:
            continue
        statement = rows.upsert(NoticeChoice).values(account_id=actor.user_id, kind=key, by_sms=by_sms)
        db.session.execute(
            statement.on_conflict_do_update(index_elements=["account_id", "kind"], set_={"by_sms": by_sms})
        )
        before, after = ("短信", "不发短信") if choice.by_sms else ("不发短信", "短信")
        changed.append({"field": choice.kind.label, "before": before, "after": after})
    if changed:
        audit.audit(actor, "修改通知设置", f"账号#{actor.user_id}", {"changes": changed})


def sweep() -> int:
    """Takes away notices older than ``NOTICE_RETENTION_DAYS``, read or not; gives how many."""
    before = now() - timedelta(days=current_app.config["NOTICE_RETENTION_DAYS"])
    swept = 0
    while count := _sweep(before):
        swept += count
    return swept


@transactional
def _sweep(before: datetime) -> int:
    """A batch, so that nobody waits long for the lock."""
    old = select(Notification.id).where(Notification.created_at < before).limit(BATCH)
    count: int = db.session.execute(delete(Notification).where(Notification.id.in_(old))).rowcount
    if count:
        audit.add("删除过期通知", f"通知 {count} 条", name=SYSTEM)
    return count
