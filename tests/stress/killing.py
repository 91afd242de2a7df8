"""``kill -9`` at each step of each deed: all of it or nothing, and what is left is cleared away (R15, R16)."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import func, select, update

from app.domain.states import Action
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import (
    Application,
    Attachment,
    AttachmentKind,
    AuditEntry,
    Certificate,
    ChangeItem,
    ChangeRequest,
    Department,
    Expert,
    ExportPart,
    Notification,
    NumberCounter,
    ProfileChange,
    SmsMessage,
    SmsStatus,
    Transition,
)  # fmt: skip
from app.models.types import now
from app.policies.roles import ADMINISTRATOR
from app.services import (
    applications,
    attachments,
    audit_check,
    audit_seals,
    bulk,
    certificates,
    change_decisions,
    change_requests,
    corrections,
    departments,
    filings,
    messages,
    reissues,
    renewals,
    reviews,
)
from app.services.bulk_plan import Order, Pick
from app.services.ports import ports
from tests.stress import exporting, working
from tests.stress.installation import NotedSms
from tests.stress.processes import killed_at, require
from tests.support import cases, changes, people

A_FEW = 11
"""Where there is no time for every step: every eleventh."""
KILLS_AT_MOST = 200
"""No deed has so many steps; one that goes on is a fault of the trial."""

Facts = dict[str, int]
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


@dataclass(frozen=True)
class Deed:
    """One deed of the cycle, and what it adds to the facts. Whatever it does not name stays as it was."""

    name: str
    act: Callable[[int], Any]
    adds: Facts


STEP = {"transition": 1, "audit_entry": 1}
BELL, BELLS = STEP | {"notification": 1}, STEP | {"notification": 2}
"""The expert alone, or a head alone; or the expert and an official."""
SMS = {"sms_message": 1}
ASKED = {"change_request": 1, "change_item": 1, "attachment": 1, "audit_entry": 1, "notification": 1}


class Cycle:
    """One expert's way through every transition, again and again: each deed ends where the next can begin."""

    def __init__(self) -> None:
        case = cases.pending_case()
        self.expert_id, self.department_id = case.expert_id, case.department_id
        owner, head = people.actor(case.expert), people.actor(cases.reviewer_of(case))
        filer, decision = people.actor(cases.filer_of(case)), cases.a_decision(case)
        applications.withdraw(owner, case.id)

        def newest() -> int:
            found = db.session.scalar(select(func.max(Application.id)).where(Application.expert_id == self.expert_id))
            assert found is not None
            return found

        def certificate() -> int:
            found = db.session.scalar(select(func.max(Certificate.id)).where(Certificate.expert_id == self.expert_id))
            assert found is not None
            return found

        def waiting() -> int:
            found = change_requests.open_request(self.expert_id)
            assert found is not None
            return found.id

        def propose(turn: int) -> None:
            expert = db.session.get_one(Expert, self.expert_id)
            change_requests.propose(owner, changes.proposal(expert, {"address": f"北京路 {turn} 号"}))

        def decide(_turn: int) -> None:
            change_decisions.decide(waiting(), head, {"address": changes.ACCEPTED})

        def reissue(turn: int) -> None:
            found = db.session.get_one(Certificate, certificate())
            words = replace(reissues.as_filed(found), title=f"省化工-第{turn}次")
            reissues.reissue(found.id, filer, words, "聘任名称有误。", found.version)

        def submit(_turn: int) -> None:
            applications.submit(owner, [self.department_id])

        administrator = people.actor(people.staff(ADMINISTRATOR, at=people.department(people.SCIENCE)))
        places = {people.department().id, people.department(people.MINES).id}

        def merge(_turn: int) -> None:
            """There and back: what was merged away before is opened again first, by a transaction of its own."""
            here = db.session.get_one(Application, newest()).department_id
            (other,) = places - {here}
            db.session.execute(update(Department).where(Department.id.in_(places)).values(retired=False))
            db.session.commit()
            seen = departments.plan(administrator, here, other).seen
            departments.merge(administrator, here, other, seen, with_people=False)

        def reject_in_bulk(turn: int) -> None:
            # What has come about of it by the kill is found by the same key and gone on with.
            seen = db.session.get_one(Application, newest())
            picks = (Pick(seen.id, seen.version),)
            bulk.run(head, f"kill{turn:018d}", lambda: Order(Action.REJECT, picks, "材料不全。"))

        def soon(_turn: int) -> None:
            """A month before its end, as no service makes it."""
            ends = update(Certificate).where(Certificate.id == certificate())
            db.session.execute(ends.values(valid_to=today_in_shanghai() + timedelta(days=30)))
            db.session.commit()

        submission = Deed("submit", submit, BELLS | {"application": 1})
        approval = Deed("approve", lambda _: reviews.approve(newest(), head, decision), BELLS | SMS)
        self.deeds = (
            Deed(
                "upload",
                lambda turn: attachments.upload(owner, AttachmentKind.PHOTO, _portrait(turn), "照片.png"),
                {"attachment": 1, "audit_entry": 1, "profile_change": 1},
            ),
            submission,
            Deed("withdraw", lambda _: applications.withdraw(owner, newest()), BELL),
            submission,
            Deed("reject", lambda _: reviews.reject(newest(), head, "材料不全。"), BELL | SMS),
            submission,
            Deed("bulk_reject", reject_in_bulk, BELL | SMS),
            submission,
            Deed("return", lambda _: corrections.give_back(newest(), head, "地址不全。", {"address": ""}), BELL | SMS),
            Deed("resubmit", lambda _: corrections.resubmit(owner, newest()), BELLS),
            Deed("merge", merge, BELL | {"audit_entry": 2}),
            Deed("merge_back", merge, BELLS | {"audit_entry": 2}),
            Deed("reopen", _reopen, {}),
            approval,
            Deed("send_back", lambda _: filings.send_back(newest(), filer, "聘用单位有误。"), BELLS | SMS),
            approval,
            Deed("file", lambda _: filings.file(newest(), filer), BELL | SMS | {"certificate": 1, "serial": 1}),
            Deed("reissue", reissue, BELLS | SMS | {"audit_entry": 2, "certificate": 1, "serial": 1}),
            Deed("soon", soon, {}),
            Deed("renew", lambda _: renewals.renew(owner, certificate()), BELLS | {"application": 1}),
            Deed("withdraw_renewal", lambda _: applications.withdraw(owner, newest()), BELL),
            Deed("order_export", lambda turn: exporting.order(head, turn, certificate()), {"audit_entry": 1}),
            Deed("export", lambda _: exporting.make(), {"notification": 1}),
            Deed("propose", propose, ASKED),
            Deed("take_back", lambda _: change_requests.take_back(owner, waiting()), {"audit_entry": 1}),
            Deed("propose", propose, ASKED),
            Deed("decide", decide, {"audit_entry": 1, "notification": 1} | SMS),
            Deed("terminate", lambda _: certificates.terminate(certificate(), head, "调离。"), BELL | SMS),
        )


def _reopen(_turn: int) -> None:
    """The departments as they were before the mergers, for the next turn."""
    db.session.execute(update(Department).values(retired=False))
    db.session.commit()


def _portrait(turn: int) -> bytes:
    """A photo like no other."""
    out = io.BytesIO()
    Image.new("RGB", (300, 400), (turn % 256, turn // 256 % 256, 90)).save(out, "PNG")
    return out.getvalue()


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
