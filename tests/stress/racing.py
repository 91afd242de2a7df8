"""Decisions on one case at the same moment: one outcome each, on what the reviewer saw (R2, R3, R10, R11, R19)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.domain.states import Action, ApplicationStatus, CertificateStatus
from app.extensions import db
from app.models import Application, AuditEntry, Certificate, Expert, SmsMessage, Transition
from app.policies.actor import Actor
from app.services import applications, certificates, filings, profile_document, profiles, reissues, reviews
from app.services.reviews import Decision
from tests.stress.processes import FORK, Refused, WentWrong, let_go, outcome, require
from tests.support import cases, people

PENDING, CERTIFIED, TWO_HEADS = 0, 1, 2
"""The races: for a case that waits for review; for a certificate that holds; between two who approve a case."""

TITLES = ("省化工-防爆", "省化工-消防")
"""What the one head approves as, and what the other does."""


_APPROVED = (Action.APPROVE, ApplicationStatus.PENDING_FILING)
DECIDING: dict[int, dict[str, tuple[Action, ApplicationStatus]]] = {
    PENDING: {
        "approve": _APPROVED,
        "reject": (Action.REJECT, ApplicationStatus.REJECTED),
        "withdraw": (Action.WITHDRAW, ApplicationStatus.WITHDRAWN),
    },
    TWO_HEADS: {"approve": _APPROVED, "reject": _APPROVED},
}
"""Who decides in a race, by what, and where that leads."""


class Ring:
    """What every process knows of the present round: kind of race, case or certificate, version, the expert's one."""

    def __init__(self, size: int) -> None:
        self.gate, self.told = FORK.Barrier(size + 1), FORK.Array("i", 5)
        self.answers = FORK.SimpleQueue()
        self.size = size

    def round(self, kind: int, row_id: int, version: int, expert_version: int, number: int) -> dict[str, Any]:
        """Sets all of them off; gives what each met, by name."""
        self.told[:] = (kind, row_id, version, expert_version, number)
        self.gate.wait()
        given = dict(self.answers.get() for _ in range(self.size))
        for answer in given.values():
            if isinstance(answer, WentWrong):
                raise answer
        return given

    def end(self) -> None:
        """Lets them go home."""
        self.told[0] = -1
        self.gate.wait()


Deed = Callable[[int, int, int, int, int], Any]


def _at_work(app: Flask, ring: Ring, name: str, deed: Deed) -> None:
    while True:
        with app.app_context():
            db.session.connection()
            db.session.rollback()
            ring.gate.wait()
            told = tuple(ring.told)
            if told[0] < 0:
                return
            try:
                answer = outcome(lambda told=told: deed(*told) or "done")
            except Exception as fault:
                answer = WentWrong(f"{name}: {fault!r}"[:2000])
        ring.answers.put((name, answer))


def _reject(head: Actor, decision: Decision, kind: int, row: int, version: int, _edited: int, number: int) -> None:
    if kind == TWO_HEADS:
        reviews.approve(row, head, decision, version)
    elif kind == PENDING:
        reviews.reject(row, head, f"第{number}次驳回", version)
    else:
        certificates.terminate(row, head, f"第{number}次终止，甲", version)


def _approve(head: Actor, decision: Decision, kind: int, row: int, version: int, _edited: int, number: int) -> None:
    if kind != CERTIFIED:
        reviews.approve(row, head, decision, version)
    else:
        certificates.terminate(row, head, f"第{number}次终止，乙", version)


def _withdraw(owner: Actor, filer: Actor, kind: int, row: int, version: int, _edited: int, number: int) -> None:
    if kind == PENDING:
        applications.withdraw(owner, row)
    elif kind == CERTIFIED:
        words = reissues.as_filed(db.session.get_one(Certificate, row))
        reissues.reissue(row, filer, replace(words, title=f"省化工-第{number}次"), f"第{number}次换发", version)


def _edit(owner: Actor, _kind: int, _row: int, _version: int, edited: int, number: int) -> None:
    profiles.save(owner, {"address": f"第{number}次修改"}, {}, version=edited, draft=True)


def run(app: Flask, rounds: int) -> dict[str, Any]:
    """So many rounds. Raises ``WentWrong`` where two won, or something was decided that nobody saw."""
    with app.app_context():
        first = cases.pending_case()
        expert_id = first.expert_id
        decisions = [cases.a_decision(first, title=title) for title in TITLES]
        owner, filer = people.actor(first.expert), people.actor(cases.filer_of(first))
        one, two = (people.actor(cases.reviewer_of(first, name)) for name in ("甲处长", "乙处长"))
        applications.withdraw(owner, first.id)
        deeds: dict[str, Deed] = {
            "approve": partial(_approve, one, decisions[0]),
            "reject": partial(_reject, two, decisions[1]),
            "withdraw": partial(_withdraw, owner, filer),
            "edit": partial(_edit, owner),
        }
        department = people.department().id
        let_go()
        ring = Ring(len(deeds))
        children = [FORK.Process(target=_at_work, args=(app, ring, *pair)) for pair in deeds.items()]
        for child in children:
            child.start()
        won: Counter[str] = Counter()
        began = time.monotonic()
        for number in range(1, rounds + 1):
            case = applications.submit(owner, [department])[0]
            won += _decided(ring, case, expert_id, number)
            if case.status is ApplicationStatus.PENDING_FILING:
                won += _ended(ring, filings.file(case.id, filer), expert_id, number, one)
        seconds = time.monotonic() - began
        db.session.rollback()
        ring.end()
        for child in children:
            child.join()
        _agree()
        return {"rounds": rounds, **dict(sorted(won.items())), "seconds": round(seconds, 2),
                "per_second": round(rounds / seconds, 1)}  # fmt: skip


def _decided(ring: Ring, case: Application, expert_id: int, number: int) -> Counter[str]:
    """The race for a case that waits for review; every third time between two who approve."""
    kind = TWO_HEADS if number % 3 == 0 else PENDING
    case_id, seen, address = case.id, case.version, _address(case)
    edited = db.session.get_one(Expert, expert_id).version
    db.session.rollback()
    given = ring.round(kind, case_id, seen, edited, number)
    db.session.expire_all()
    winners = [name for name in DECIDING[kind] if given[name] == "done"]
    require(len(winners) == 1, number, given)
    action, target = DECIDING[kind][winners[0]]
    require((case.status, case.version) == (target, seen + 1), number, case.status, case.version)
    title = TITLES[winners[0] == "reject"] if target is ApplicationStatus.PENDING_FILING else None
    require(case.title == title, number, case.title)
    require(all(step in ("done", "Conflict") for step in map(_kind, given.values())), number, given)
    steps = [step.action for step in cases.history(case)]
    require(steps == [Action.SUBMIT, action], number, steps)
    # What was decided on is what was submitted, whatever the expert has saved at that moment (R11).
    require(_address(case) == address, number, address)
    saved = db.session.get_one(Expert, expert_id)
    require((saved.address == f"第{number}次修改") == (given["edit"] == "done"), number, saved.address)
    require(saved.version == edited + (given["edit"] == "done"), number, saved.version)
    return Counter({f"won_by_{action.value}": 1, "edits_saved": given["edit"] == "done"})


def _ended(ring: Ring, certificate: Certificate, expert_id: int, number: int, head: Actor) -> Counter[str]:
    """The race for a certificate: two end it, one issues another in its place, and the expert edits."""
    row_id, seen, edited = certificate.id, certificate.version, db.session.get_one(Expert, expert_id).version
    db.session.rollback()
    given = ring.round(CERTIFIED, row_id, seen, edited, number)
    db.session.expire_all()
    winners = [name for name in ("approve", "reject", "withdraw") if given[name] == "done"]
    require(len(winners) == 1, number, given)
    ended, reason = {
        "approve": (CertificateStatus.TERMINATED, f"第{number}次终止，乙"),
        "reject": (CertificateStatus.TERMINATED, f"第{number}次终止，甲"),
        "withdraw": (CertificateStatus.SUPERSEDED, None),
    }[winners[0]]
    found = (certificate.status, certificate.version, certificate.termination_reason)
    require(found == (ended, seen + 1, reason), number, found)
    require(_kind(given["edit"]) in ("done", "Conflict"), number, given)
    replaced = certificates.replacements(certificate.application_id)
    require(len(replaced) == (ended is CertificateStatus.SUPERSEDED), number, replaced)
    for link in replaced:
        # For the next round: at one department there is one that holds.
        certificates.terminate(link.new.id, head, "调离。")
    won = {f"won_by_{'reissue' if replaced else 'terminate'}": 1}
    return Counter(won | {"edits_after_end": given["edit"] == "done"})


def _kind(answer: Any) -> str:
    return answer.kind if isinstance(answer, Refused) else str(answer)


def _address(case: Application) -> str:
    """As the reviewer sees it."""
    parts = profile_document.snapshot_parts(case.snapshot)
    entries = [entry for part in parts for entry in getattr(part, "entries", ())]
    return next(entry.value for entry in entries if entry.label == "通信地址")


DECISIONS = (Action.APPROVE, Action.REJECT, Action.SEND_BACK, Action.FILE, Action.TERMINATE, Action.REISSUE)


def _agree() -> None:
    """As many steps as acts in 操作日志, a message for each decision."""

    def steps(*actions: Action) -> int:
        return db.session.scalar(select(func.count()).where(Transition.action.in_(actions))) or 0

    acts = db.session.scalar(select(func.count()).where(AuditEntry.action.in_([action.label for action in Action])))
    require(steps(*Action) == acts, "steps and acts", steps(*Action), acts)
    told = db.session.scalar(select(func.count()).select_from(SmsMessage))
    require(told == steps(*DECISIONS), "messages", told)
