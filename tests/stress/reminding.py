"""到期提醒 by processes that are killed at any step, and by several at once: each end is told of once, and to all."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Certificate, CertificateReminder, Department, Notification, SmsMessage
from app.policies.roles import REVIEW
from app.services import reminders, rows
from app.services.recipients import holders
from tests.stress.processes import at_once, killed_at, require
from tests.support import cases

CERTIFICATES, PROCESSES = 6, 4
A_FEW = 11


def run(app: Flask, rounds: int) -> dict[str, Any]:
    """``rounds`` kills at each step; 0: one at a few steps. Raises ``WentWrong`` for an end told of twice, or never."""
    with app.app_context():
        made = [cases.filed_certificate() for _ in range(CERTIFICATES)]
        heads = rows.count(select(holders(REVIEW, Department.id == made[0].department_id).subquery()))
        kills, began = 0, time.monotonic()
        for _ in range(max(rounds, 1)):
            _anew()
            step = 0
            while killed_at(app, reminders.send_due, step := step + (1 if rounds else A_FEW)):
                kills += 1
                # What was done is done: go on from there, or from the beginning once all is told.
                if not _due_left():
                    _check(heads)
                    _anew()
            reminders.send_due()
            _check(heads)
        _anew()
        at_once(app, [reminders.send_due] * PROCESSES)
        _check(heads)
        seconds = time.monotonic() - began
        return {"rounds": rounds, "kills": kills, "seconds": round(seconds, 2)}


def _anew() -> None:
    """Every certificate ends in a month, and nobody was told."""
    db.session.rollback()
    for model in (CertificateReminder, Notification, SmsMessage):
        db.session.query(model).delete()
    db.session.execute(update(Certificate).values(valid_to=today_in_shanghai() + timedelta(days=30)))
    db.session.commit()


def _due_left() -> bool:
    db.session.rollback()
    return db.session.query(CertificateReminder).count() < CERTIFICATES


def _check(heads: int) -> None:
    """Where a run died after its last certificate, the next one tells the department."""
    reminders.send_due()
    db.session.rollback()
    bells = Counter(
        db.session.execute(select(Notification.kind, Notification.account_id, Notification.target_id)).all()
    )
    require(set(bells.values()) == {1}, "told twice", bells)
    told = Counter(kind for kind, *_ in bells)
    require(told == {"ending": CERTIFICATES, "department_ending": heads}, told, heads)
    require(db.session.query(SmsMessage).count() == CERTIFICATES, "messages")
