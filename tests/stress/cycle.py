"""One expert's way through every transition, again and again: the deeds that are killed."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from PIL import Image
from sqlalchemy import func, select, update

from app.domain.states import Action
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import (
    Application,
    AttachmentKind,
    Certificate,
    Department,
    Expert,
)  # fmt: skip
from app.policies.roles import ADMINISTRATOR
from app.services import (
    applications,
    attachments,
    bulk,
    certificates,
    change_decisions,
    change_requests,
    corrections,
    departments,
    filings,
    reissues,
    renewals,
    reviews,
)
from app.services.bulk_plan import Order, Pick
from tests.stress import exporting
from tests.support import cases, changes, people

Facts = dict[str, int]


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
