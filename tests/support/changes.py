"""变更申请 on their way, moved there by the services themselves. All need an application context."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from app.models import ChangeRequest, Expert
from app.policies.roles import REVIEWER
from app.services import change_decisions, change_requests
from app.services.change_decisions import Verdict
from app.services.change_requests import Proposal, Upload
from tests.support import cases, people

NEW_ADDRESS = "昆明市盘龙区北京路 900 号"
ACCEPTED = Verdict(True)


def declined(reason: str) -> Verdict:
    """No, and why."""
    return Verdict(False, reason)


def scan(words: str = "evidence") -> Upload:
    """A PDF that an upload accepts."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 700, words)
    canvas.save()
    return out.getvalue(), "证明.pdf"


def portrait() -> Upload:
    """Another photo than everybody has."""
    out = io.BytesIO()
    Image.new("RGB", (300, 400), (9, 90, 200)).save(out, "PNG")
    return out.getvalue(), "新照片.png"


def proposal(expert: Expert, values: dict[str, Any] | None = None, **other: Any) -> Proposal:
    """What asks for another address, or for ``values``."""
    given: dict[str, Any] = {
        "department_id": None, "reason": "已搬家。", "lists": {}, "evidence": [scan()], "photo": None, "version": expert.version,
    }  # fmt: skip
    return Proposal(values={"address": NEW_ADDRESS} if values is None else values, **{**given, **other})


def open_request(expert: Expert | None = None, values: dict[str, Any] | None = None, **other: Any) -> ChangeRequest:
    """A request that waits, of an expert with a new certificate by default."""
    who = expert or cases.filed_certificate().expert
    return change_requests.propose(people.actor(who), proposal(who, values, **other))


def decided(request: ChangeRequest, **verdicts: Verdict) -> ChangeRequest:
    """The request once its department has decided; every field is accepted where nothing else is said."""
    head = people.staff(REVIEWER, at=request.department)
    every = {item.field: verdicts.get(item.field, ACCEPTED) for item in request.items}
    return change_decisions.decide(request.id, people.actor(head), every)
