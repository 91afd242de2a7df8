"""A form of a decision sent twice acts once: by two clicks at the same moment, and once more from the page gone back to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain.states import Action
from app.extensions import db
from app.models import Application, AuditEntry, Certificate, SmsMessage, Transition
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.races import at_once

SignIn = Callable[..., Browser]
Form = tuple[Any, str, dict[str, Any]]
"""Whose form, where it goes, and what it holds."""


def approval() -> Form:
    case = cases.pending_case()
    fields = {
        "version": str(case.version),
        "outcome": "approve",
        "speciality": str(people.speciality().id),
        "term": "10",
        "appointing_body": str(cases.bodies_of(case.organization)[0].id),
        "title": "省化工-防爆",
    }
    return cases.reviewer_of(case), f"/review/decide/{case.id}", fields


def rejection() -> Form:
    case = cases.pending_case()
    fields = {"version": str(case.version), "outcome": "reject", "reason": "材料不全。"}
    return cases.reviewer_of(case), f"/review/decide/{case.id}", fields


def filing() -> Form:
    case = cases.approved_case()
    db.session.refresh(case)
    return cases.filer_of(case), f"/filing/action/file/{case.id}", {"version": str(case.version)}


def several(case: Application, action: Action, **more: str) -> dict[str, Any]:
    db.session.refresh(case)
    return {"key": "A" * 22, "action": action.value, "rowid": [f"{case.id}:{case.version}"], **more}


def approval_of_several() -> Form:
    case = cases.pending_case()
    body = str(cases.bodies_of(case.organization)[0].id)
    chosen = {f"speciality-{case.id}": str(people.speciality().id), "term": "10", "appointing_body": body}
    return cases.reviewer_of(case), "/review/bulk", several(case, Action.APPROVE, **chosen)


def rejection_of_several() -> Form:
    case = cases.pending_case()
    return cases.reviewer_of(case), "/review/bulk", several(case, Action.REJECT, reason="材料不全。")


def filing_of_several() -> Form:
    case = cases.approved_case()
    return cases.filer_of(case), "/filing/bulk", several(case, Action.FILE)


def sending_back() -> Form:
    case = cases.approved_case()
    db.session.refresh(case)
    fields = {"version": str(case.version), "reason": "聘用单位有误。"}
    return cases.filer_of(case), f"/filing/send_back/{case.id}", fields


def termination() -> Form:
    certificate = cases.filed_certificate()
    fields = {"version": str(certificate.version), "reason": "调离。"}
    return cases.reviewer_of(certificate.application), f"/certificate/{certificate.id}/terminate", fields


def reissue() -> Form:
    certificate = cases.filed_certificate()
    fields = {
        "version": str(certificate.version), "name": certificate.name, "title": "省化工-消防", "term": "long",
        "appointing_body": certificate.body, "starts_on": certificate.valid_from.isoformat(), "reason": "聘任名称有误。",
    }  # fmt: skip
    return cases.filer_of(certificate.application), f"/certificate/{certificate.id}/reissue", fields


def submission() -> Form:
    return people.expert(), "/my/apply", {"departments": [str(people.department().id)]}


def withdrawal() -> Form:
    case = cases.pending_case()
    return case.expert, f"/my/applications/{case.id}/withdraw", {"version": str(case.version)}


FORMS: dict[Action, tuple[Callable[[], Form], ...]] = {
    Action.APPROVE: (approval, approval_of_several),
    Action.REJECT: (rejection, rejection_of_several),
    Action.FILE: (filing, filing_of_several),
    Action.SEND_BACK: (sending_back,),
    Action.TERMINATE: (termination,),
    Action.REISSUE: (reissue,),
    Action.SUBMIT: (submission,),
    Action.WITHDRAW: (withdrawal,),
}


def count(*clauses: Any, of: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(of).where(*clauses)) or 0


@pytest.mark.parametrize(
    ("action", "form"),
    [(action, form) for action, forms in FORMS.items() for form in forms],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_form_sent_twice_acts_once(app: Flask, sign_in: SignIn, action: Action, form: Callable[[], Form]) -> None:
    person, url, fields = form()
    row = db.session.get_one(type(person), person.id)
    before = {model: count(of=model) for model in (Application, Certificate, SmsMessage, Transition)}
    browsers = [sign_in(row) for _ in range(2)]
    answers = at_once(app, [lambda browser=browser: browser.submit(url, fields) for browser in browsers])
    answers.append(browsers[0].submit(url, fields))
    assert all(answer.status_code in (302, 422) for answer in answers), [answer.status_code for answer in answers]
    assert count(Transition.action == action, of=Transition) == 1
    assert count(AuditEntry.action == action.label, of=AuditEntry) == 1
    grown = {model: count(of=model) - before[model] for model in before}
    assert grown == {
        Application: action is Action.SUBMIT,
        Certificate: action in (Action.FILE, Action.REISSUE),
        SmsMessage: action not in (Action.SUBMIT, Action.WITHDRAW),
        Transition: 1,
    }


def test_whoever_sends_it_again_is_told_what_has_happened(app: Flask, sign_in: SignIn) -> None:
    case = cases.pending_case()
    head = cases.reviewer_of(case)
    browser, fields = sign_in(head), {"version": str(case.version), "outcome": "reject", "reason": "材料不全。"}
    assert browser.submit(f"/review/decide/{case.id}", fields).status_code == 302
    again = browser.submit(f"/review/decide/{case.id}", fields)
    assert again.status_code == 422
    page = again.get_data(as_text=True)
    assert "已被他人处理" in page
    assert "已驳回" in page
