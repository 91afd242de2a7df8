"""A small registry in which every address names something: a row of each sort, and one person a role."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEntry, FaqEntry, Feedback, Notification, SmsMessage
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from tests.support import cases, changes, lending, people
from tests.support.browser import Browser
from tests.support.route_table import EXPERT, VISITOR


def world() -> dict[str, Any]:
    """One row for every address, all of the province's department for chemicals, and one person a role."""
    expert = people.expert()
    filed = cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    pending = cases.pending_case(at=people.department())
    request = changes.open_request(expert)
    approved = cases.approved_case()
    persons: dict[str, Any] = {EXPERT: expert}
    for role in (STAFF, REVIEWER, ADMINISTRATOR):
        persons[role] = people.staff(role)
    persons[FILER] = people.staff(FILER, at=people.department(people.SCIENCE))
    db.session.add(Feedback(asker_id=persons[STAFF].id, asker_name="李科员", question="怎样备案？"))
    db.session.add(FaqEntry(question="怎样登录？", answer="见手册。"))
    db.session.add(AuditEntry(actor_id=persons[STAFF].id, actor_name="李科员", action="试", subject="试"))
    db.session.commit()
    lent = lending.lend(persons[REVIEWER], persons[STAFF], first=1)
    first = {
        model: db.session.scalars(select(model.id)).first()
        for model in (Feedback, FaqEntry, AuditEntry, SmsMessage, Notification)
    }
    return {
        "persons": persons,
        "ids": {
            "staff": persons[STAFF].id,
            "feedback": first[Feedback],
            "faq": first[FaqEntry],
            "audit": first[AuditEntry],
            "sms": first[SmsMessage],
            "notice": first[Notification],
            "expert": expert.id,
            "certificate": filed.id,
            "check_code": filed.check_code,
            "review": pending.id,
            "filing": approved.id,
            "speciality": people.speciality().id,
            "file": expert.attachments[0].id,
            "delegation": lent.id,
            "change": request.id,
        },
    }


def browsers(world: dict[str, Any], app: Flask) -> dict[str, Browser]:
    """A browser for each role."""
    made: dict[str, Browser] = {role: app.test_client().sign_in(who) for role, who in world["persons"].items()}  # type: ignore[attr-defined]
    made[VISITOR] = app.test_client()  # type: ignore[assignment]
    return made
