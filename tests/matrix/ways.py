"""Every way in by which a case can be moved: the lines of the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.domain.states import Action
from app.models import Application, Department
from app.services import certificates, corrections
from tests.support import cases, people

PENDING, RETURNED, APPROVED, FILED = "pending", "returned", "approved", "filed"


@dataclass(frozen=True)
class Way:
    """A route that takes a POST, and what it holds. The texts of ``form`` take the ids of the case in braces."""

    action: Action
    endpoint: str
    url: str
    form: dict[str, str] = field(hash=False)
    stands: str
    """Where the case stands before."""


_SEEN = {"version": "{version}"}
_REASON = {**_SEEN, "reason": "材料不全"}
_DECISION = {
    **_SEEN, "speciality": "{speciality}", "starts_on": "", "term": "until", "ends_on": "2099-12-31",
    "appointing_body": "{body}", "title": "州化工-防爆", "reason": "",
}  # fmt: skip
_DECIDE = ("ReviewView.decide", "/review/decide/{case}")

WAYS: tuple[Way, ...] = (
    Way(Action.WITHDRAW, "ExpertDesk.withdraw", "/my/applications/{case}/withdraw", _SEEN, PENDING),
    Way(Action.RESUBMIT, "CorrectionDesk.resubmit", "/my/applications/{case}/resubmit", _SEEN, RETURNED),
    Way(Action.APPROVE, *_DECIDE, {**_DECISION, "outcome": "approve"}, PENDING),
    Way(Action.REJECT, *_DECIDE, {**_DECISION, "outcome": "reject", "reason": "材料不全"}, PENDING),
    Way(
        Action.RETURN, *_DECIDE,
        {**_DECISION, "outcome": "return", "reason": "地址不全", "marks": "address", "marks-address": "写到门牌号"}, PENDING,
    ),
    Way(Action.SEND_BACK, "FilingView.send_back", "/filing/send_back/{case}", _REASON, APPROVED),
    Way(Action.FILE, "FilingView.action", "/filing/action/file/{case}", _SEEN, APPROVED),
    Way(Action.FILE, "FilingView.action_post", "/filing/action_post", {"action": "file", "rowid": "{case}"}, APPROVED),
    Way(Action.TERMINATE, "Documents.terminate", "/certificate/{certificate}/terminate", _REASON, FILED),
)  # fmt: skip
"""申报 itself is not among them: it names no case, each expert makes their own."""


def case_at(stands: str, at: Department) -> Application:
    """A case of a new expert of 五华区, where the way begins."""
    case = cases.pending_case(people.expert(people.WUHUA), at)
    if stands == RETURNED:
        corrections.give_back(case.id, people.actor(cases.reviewer_of(case)), "地址不全", {"address": ""})
    if stands in (APPROVED, FILED):
        cases.approved_case(case)
    if stands == FILED:
        cases.filed_certificate(case)
    return case


def ids_of(case: Application) -> dict[str, Any]:
    """What stands in the braces of a way, as the screens show it now."""
    certificate = certificates.of_application(case.id)
    return {
        "case": case.id,
        "version": certificate.version if certificate else case.version,
        "certificate": certificate.id if certificate else 0,
        "speciality": people.speciality().id,
        "body": cases.bodies_of(case.organization)[0].id,
    }


SHOWING = {"ExpertView", "ReviewView", "FilingView", "ApplicationView", "CertificateView", "Documents"}
"""Views whose addresses name an expert's row."""


def reading(app: Flask) -> list[Rule]:
    """Every address that shows a row of an expert's, but for the framework's own of actions and choices."""
    rules = sorted(app.url_map.iter_rules(), key=str)
    return [
        rule
        for rule in rules
        if rule.endpoint.split(".")[0] in SHOWING
        and "GET" in (rule.methods or ())
        and rule.arguments
        and not rule.endpoint.endswith((".action", ".choices"))
    ]
