"""``kill -9`` at each step of each deed: all of it or nothing, and what is left is cleared away (R15, R16)."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import func, select, update

from app.domain.states import Action
from app.extensions import db
from app.models import (
    Application,
    Attachment,
    AuditEntry,
    Certificate,
    ChangeItem,
    ChangeRequest,
    ExportPart,
    Notification,
    NumberCounter,
    ProfileChange,
    SmsMessage,
    SmsStatus,
    Transition,
)  # fmt: skip
from app.models.types import now
from app.services import (
    audit_check,
    audit_seals,
    messages,
)
from app.services.ports import ports
from tests.stress import working
from tests.stress.cycle import Cycle, Deed, Facts
from tests.stress.installation import NotedSms
from tests.stress.processes import killed_at, require

A_FEW = 11
"""Where there is no time for every step: every eleventh."""
KILLS_AT_MOST = 200
"""No deed has so many steps; one that goes on is a fault of the trial."""

COUNTED = (
    Application,
    Transition,
    AuditEntry,
    SmsMessage,
    Notification,
    ProfileChange,
    Certificate,
    Attachment,
    ChangeRequest,
    ChangeItem,
)


def facts() -> Facts:
    """How many rows there are of what a deed writes, and the last serial given."""
    db.session.rollback()
    found = {model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in COUNTED}
    return found | {"serial": db.session.scalar(select(NumberCounter.serial)) or 0}


def run(app: Flask, rounds: int) -> dict[str, Any]:
    """``rounds`` kills at each step of each deed; 0: one at a few steps. Raises ``WentWrong`` for anything half done, lost or told thrice."""
    with app.app_context():
        cycle, kills, done_before, turn = Cycle(), Counter[str](), 0, 0
        began = time.monotonic()
        for _ in range(max(rounds, 1)):
            living, fatal = {deed.name for deed in cycle.deeds} | {"deliver"}, 0
            while living:
                turn, fatal, tried = turn + 1, fatal + (1 if rounds else A_FEW), set[str]()
                require(fatal < KILLS_AT_MOST, living)
                for deed in cycle.deeds:
                    kill = deed.name in living and deed.name not in tried
                    tried.add(deed.name)
                    killed, whole = _put_through(app, deed, turn, fatal if kill else 0)
                    kills[deed.name] += killed
                    done_before += killed and whole
                    if kill and not killed:
                        living.discard(deed.name)
                killed = "deliver" in living and killed_at(app, messages.deliver, fatal)
                kills["deliver"] += killed
                if not killed:
                    living.discard("deliver")
                _deliver_what_is_left()
        worker = working.run(app, every=1 if rounds else 3)
        seconds = time.monotonic() - began
        return {
            "rounds": rounds,
            "kills": kills.total(),
            **{f"kills_{name}": count for name, count in sorted(kills.items())},
            **worker,
            "whole_before_the_kill": done_before,
            **_at_the_end(kills["deliver"]),
            "seconds": round(seconds, 2),
            "per_second": round(kills.total() / seconds, 1),
        }


def _put_through(app: Flask, deed: Deed, turn: int, fatal: int) -> tuple[bool, bool]:
    """The deed, killed at a step (0: not at all), and done again where it was not done: killed?, and done all the same?"""
    before = facts()
    after = {name: count + deed.adds.get(name, 0) for name, count in before.items()}
    killed = fatal > 0 and killed_at(app, partial(deed.act, turn), fatal)
    found = facts() if fatal else before
    require(found == after or (found == before and (killed or not fatal)), deed.name, fatal, before, found)
    if found == before:
        deed.act(turn)
    require(facts() == after, deed.name, fatal, "done again", after)
    return killed, found == after


def _deliver_what_is_left() -> None:
    """The worker that comes after: a message that the dead one held is let go by time, which passes here at once."""
    due = update(SmsMessage).where(SmsMessage.status == SmsStatus.QUEUED)
    db.session.execute(due.values(due_at=now() - timedelta(seconds=1)))
    db.session.commit()
    messages.deliver()


def _at_the_end(kills: int) -> dict[str, Any]:
    """Nothing lost, doubled or left lying: what was found, and what had to be cleared away."""
    sender, storage = ports().sms, ports().storage
    assert isinstance(sender, NotedSms)
    sent = Counter(sender.keys())
    require(set(sent) == set(db.session.scalars(select(SmsMessage.key))), "messages lost")
    repeats = sent.total() - len(sent)
    require(max(sent.values()) <= 2 and repeats <= kills, "told too often", sent.most_common(3))
    prefix = len("YNS20200101")
    serials = [
        int(number[prefix:]) for number in db.session.scalars(select(Certificate.number).order_by(Certificate.id))
    ]
    require(serials == list(range(1, len(serials) + 1)), "a gap", serials)
    named = set(
        db.session.scalars(select(Attachment.digest).union(select(Certificate.digest), select(ExportPart.digest)))
    )
    kept = set(storage.digests())
    require(named <= kept, "files lost", named - kept)
    # What the worker does a day later.
    removed = storage.sweep(named, older_than_seconds=-1)
    require(set(storage.digests()) == named, "files that nobody names outlive the sweep")
    acts = dict(db.session.execute(select(AuditEntry.action, func.count()).group_by(AuditEntry.action)).all())
    steps = dict(db.session.execute(select(Transition.action, func.count()).group_by(Transition.action)).all())
    require(all(acts[Action(action).label] == count for action, count in steps.items()), acts, steps)
    sealed = audit_seals.seal()
    faults = [fault for checked in audit_check.verify() for fault in checked.faults]
    require(not faults, faults[:3])
    return {"messages": len(sent), "messages_repeated": repeats, "certificates": len(serials),
            "files_swept": removed, "audit_rows_verified": sealed}  # fmt: skip
