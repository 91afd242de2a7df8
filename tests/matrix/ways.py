"""Every way in by which a case can be moved: the lines of the table."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from app.domain.states import Action, ChangeAction
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Department, Transition
from app.policies.permissions import Verb
from app.policies.roles import ADMINISTRATOR
from app.services import certificates, change_requests, corrections, departments
from tests.support import cases, changes, people

PENDING, RETURNED, APPROVED, FILED, ASKED, ENDING = "pending", "returned", "approved", "filed", "asked", "ending"


@dataclass(frozen=True)
class Way:
    """A route that takes a POST, and what it holds. The texts of ``form`` take the ids of the case in braces."""

    action: Verb
    endpoint: str
    url: str
    form: dict[str, str] = field(hash=False)
    stands: str
    """Where the case stands before."""


_SEEN = {"version": "{version}"}
_REASON = {**_SEEN, "reason": "材料不全"}
_TERM = {"starts_on": "", "term": "until", "ends_on": "2099-12-31", "appointing_body": "{body}"}
_DECISION = {**_SEEN, **_TERM, "speciality": "{speciality}", "title": "市化工-防爆", "reason": ""}
_CORRECTION = {
    **_REASON, "name": "{name}", "title": "市化工-消防", "appointing_body": "{body_name}", "starts_on": "2026-01-01", "term": "long",
    "ends_on": "",
}  # fmt: skip
_SEVERAL = {"key": "{key}", "rowid": "{case}:{version}"}
_DECIDE = ("ReviewView.decide", "/review/decide/{case}")

WAYS: tuple[Way, ...] = (
    Way(Action.WITHDRAW, "ExpertDesk.withdraw", "/my/applications/{case}/withdraw", _SEEN, PENDING),
    Way(Action.RESUBMIT, "CorrectionDesk.resubmit", "/my/applications/{case}/resubmit", _SEEN, RETURNED),
    Way(Action.SUBMIT, "RenewalDesk.renew", "/my/certificates/{certificate}/renew", {}, ENDING),
    Way(Action.APPROVE, *_DECIDE, {**_DECISION, "outcome": "approve"}, PENDING),
    Way(Action.REJECT, *_DECIDE, {**_DECISION, "outcome": "reject", "reason": "材料不全"}, PENDING),
    Way(
        Action.RETURN, *_DECIDE,
        {**_DECISION, "outcome": "return", "reason": "地址不全", "marks": "address", "marks-address": "写到门牌号"}, PENDING,
    ),
    Way(Action.SEND_BACK, "FilingView.send_back", "/filing/send_back/{case}", _REASON, APPROVED),
    Way(Action.FILE, "FilingView.action", "/filing/action/file/{case}", _SEEN, APPROVED),
    Way(Action.APPROVE, "ReviewView.bulk", "/review/bulk", {**_SEVERAL, **_TERM, "action": "approve", "speciality-{case}": "{speciality}"}, PENDING),
    Way(Action.REJECT, "ReviewView.bulk", "/review/bulk", {**_SEVERAL, "action": "reject", "reason": "材料不全"}, PENDING),
    Way(Action.FILE, "FilingView.bulk", "/filing/bulk", {**_SEVERAL, "action": "file"}, APPROVED),
    Way(Action.TERMINATE, "Documents.terminate", "/certificate/{certificate}/terminate", _REASON, FILED),
    Way(Action.REISSUE, "ReissueDesk.reissue", "/certificate/{certificate}/reissue", _CORRECTION, FILED),
    Way(Action.MOVE, "DepartmentView.merge", "/department/merge/{department}", {"into": "{receiving}", "seen": "{seen}"}, PENDING),
    Way(ChangeAction.TAKE_BACK, "ChangeDesk.withdraw", "/my/changes/{request}/withdraw", {"version": "{request_version}"}, ASKED),
    Way(
        ChangeAction.DECIDE, "ChangeView.decide", "/change/decide/{request}",
        {"version": "{request_version}", "profile": "{profile}", "decision_address": "accept", "why_address": ""}, ASKED,
    ),
)  # fmt: skip
"""申报, but for 续聘, and 申请变更 are not among them: they name no case, each expert makes their own."""


def case_at(stands: str, at: Department) -> Application:
    """A case of a new expert of 五华区, where the way begins."""
    case = cases.pending_case(people.expert(people.WUHUA), at)
    if stands == RETURNED:
        corrections.give_back(case.id, people.actor(cases.reviewer_of(case)), "地址不全", {"address": ""})
    if stands in (APPROVED, FILED, ASKED, ENDING):
        cases.approved_case(case)
    if stands in (FILED, ASKED, ENDING):
        filed = cases.filed_certificate(case)
        cases.end_on(filed, today_in_shanghai() if stands == ENDING else filed.valid_to)
    if stands == ASKED:
        changes.open_request(case.expert)
    return case


def ids_of(case: Application) -> dict[str, Any]:
    """What stands in the braces of a way, as the screens show it now."""
    certificate = certificates.of_application(case.id)
    request = change_requests.open_request(case.expert_id)
    receiving = people.department(people.MINES, case.region_code)
    keeper = people.actor(people.staff(ADMINISTRATOR))
    return {
        "case": case.id,
        "version": certificate.version if certificate else case.version,
        "certificate": certificate.id if certificate else 0,
        "request": request.id if request else 0,
        "request_version": request.version if request else 0,
        "profile": case.expert.version,
        "speciality": people.speciality().id,
        "body": cases.bodies_of(case.organization)[0].id,
        "body_name": certificate.body if certificate else "",
        "name": certificate.name if certificate else "",
        "key": secrets.token_urlsafe(16),
        "department": case.department_id,
        "receiving": receiving.id,
        "seen": departments.plan(keeper, case.department_id, receiving.id).seen,
    }


def moved(case: Application, way: Way) -> bool:
    """Whether the case has been moved along the way's action, or its 变更申请 ended."""
    if isinstance(way.action, ChangeAction):
        return change_requests.open_request(case.expert_id) is None
    if way.action is Action.SUBMIT:
        certificate = certificates.of_application(case.id)
        renewing = select(Application.id).where(Application.renews_id == (certificate.id if certificate else 0))
        return db.session.scalars(renewing.limit(1)).one_or_none() is not None
    steps = select(Transition.id).where(Transition.application_id == case.id, Transition.action == way.action)
    return db.session.scalars(steps.limit(1)).one_or_none() is not None


SHOWING = {
    "ExpertView", "ReviewView", "FilingView", "ApplicationView", "CertificateView", "ChangeView", "Documents", "ReissueDesk",
}  # fmt: skip
"""Views whose addresses name an expert's row."""


def reading(app: Flask) -> list[Rule]:
    """Every address that shows a row of an expert's.

    Left out are the framework's own of actions and choices, and the result of a form of several, its sender's alone.
    """
    rules = sorted(app.url_map.iter_rules(), key=str)
    return [
        rule
        for rule in rules
        if rule.endpoint.split(".")[0] in SHOWING
        and "GET" in (rule.methods or ())
        and rule.arguments
        and not rule.endpoint.endswith((".action", ".choices", ".bulk_result"))
    ]
