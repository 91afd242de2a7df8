"""Who is told what: rows for the bell and the outbox, written in the transaction of what they tell."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence

from flask import current_app
from sqlalchemy import ColumnElement, select, true, update

from app.domain import notice_kinds as kinds
from app.domain.notice_kinds import NoticeKind
from app.domain.sms_wording import CODE, LENGTH, WORDINGS, placeholders, render
from app.domain.states import ApplicationStatus
from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import (
    Account,
    Application,
    Certificate,
    ChangeRequest,
    Delegation,
    Department,
    Expert,
    ExportJob,
    Feedback,
    ImportJob,
    Notification,
    SmsMessage,
    SmsTemplate,
)
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import ANSWER, FILE, REVIEW
from app.services import wakeups
from app.services.recipients import holders, not_the_person, recipients

Values = Mapping[str, str]
Case = Application | ChangeRequest


def verification_code(mobile: str, purpose: str, code: str) -> None:
    """A code: 10 minutes, one use."""
    _queue([mobile], purpose, {CODE: code})


def application_submitted(application: Application) -> None:
    """To the expert, and to who reviews in the department applied to."""
    _tell_expert(kinds.SUBMITTED, application)
    _tell_reviewers(kinds.ARRIVED, application)


def application_resubmitted(application: Application) -> None:
    """The same case once more."""
    _tell_expert(kinds.SUBMITTED, application)
    _tell_reviewers(kinds.RESUBMITTED, application)


def application_withdrawn(application: Application) -> None:
    """Whoever was to review it need not any more."""
    _settle(kinds.Target.CASE, application.id)
    _tell_reviewers(kinds.WITHDRAWN, application)


def application_rejected(application: Application) -> None:
    """The reason is read in the product: it may be long, and is the expert's alone."""
    _settle(kinds.Target.CASE, application.id)
    _tell_expert(kinds.REJECTED, application)


def application_returned(application: Application) -> None:
    """What is to be corrected, and why, is read in the product."""
    _settle(kinds.Target.CASE, application.id)
    _tell_expert(kinds.RETURNED, application)


def application_approved(application: Application, by: Actor) -> None:
    """To the expert, and to who files in the organization."""
    _settle(kinds.Target.CASE, application.id)
    _tell_expert(kinds.APPROVED, application)
    filers = holders(FILE, Department.organization_id == application.organization_id)
    others = (Account.id.in_(filers), not_the_person(application.expert), Account.id != by.user_id)
    _tell(kinds.TO_FILE, application.id, _of_case(application), *others)


def application_sent_back(application: Application, by: Actor) -> None:
    """To the expert, and to who is to review it again."""
    _settle(kinds.Target.CASE, application.id)
    _tell_expert(kinds.SENT_BACK, application)
    _tell_reviewers(kinds.TO_REVIEW_AGAIN, application, Account.id != by.user_id)


def application_moved(application: Application) -> None:
    """With its department into another: to the expert, and, where it waits for review, to who is to review it now."""
    _settle(kinds.Target.CASE, application.id)
    _tell_expert(kinds.MOVED, application)
    if application.status is ApplicationStatus.PENDING_REVIEW:
        _tell_reviewers(kinds.ARRIVED, application)


def certificate_filed(certificate: Certificate) -> None:
    """R15: one message to the expert. The certificate has its id already."""
    _settle(kinds.Target.CASE, certificate.application_id)
    values = {"name": certificate.name, "title": certificate.title, "number": certificate.number}
    _tell(kinds.FILED, certificate.id, values, Account.id == certificate.expert.user_id)


def change_proposed(request: ChangeRequest) -> None:
    """R10: to who reviews in the department that the expert chose."""
    _tell_reviewers(kinds.CHANGE_ASKED, request)


def change_taken_back(request: ChangeRequest) -> None:
    """There is nothing left to decide."""
    _settle(kinds.Target.CHANGE, request.id)


def change_decided(request: ChangeRequest) -> None:
    """What was accepted and what was not, and why, is read in the product."""
    _settle(kinds.Target.CHANGE, request.id)
    _tell_expert(kinds.CHANGE_DECIDED, request)


def certificate_terminated(certificate: Certificate) -> None:
    """R19: from now on the certificate is invalid."""
    assert certificate.terminated_at is not None
    day = chinese_date(today_in_shanghai(certificate.terminated_at))
    values = {"name": certificate.name, "number": certificate.number, "date": day}
    _tell(kinds.TERMINATED, certificate.id, values, Account.id == certificate.expert.user_id)


def duty_lent(delegation: Delegation) -> None:
    """To the colleague: from its first day the cases are theirs too."""
    days = {"starts": chinese_date(delegation.starts_on), "ends": chinese_date(delegation.ends_on)}
    _tell_delegate(kinds.LENT, delegation, days)


def loan_ended(delegation: Delegation) -> None:
    """To the colleague, before its last day has come."""
    _tell_delegate(kinds.LOAN_ENDED, delegation, {})


def certificate_reissued(old: Certificate, new: Certificate, by: Actor) -> None:
    """To the expert, and to who reviews in the department whose certificate it is."""
    values = {"name": new.name, "former": old.number, "number": new.number}
    _tell(kinds.REISSUED, new.id, values, Account.id == new.expert.user_id)
    place = {"department": f"{new.organization.name}{new.department.name}"}
    _tell(kinds.REPLACED, new.application_id, values | place, *_reviewers(new), Account.id != by.user_id)


def certificate_ending(certificate: Certificate) -> None:
    """Its end is near."""
    _tell_of_end(kinds.ENDING, certificate)


def certificate_ended(certificate: Certificate) -> None:
    """R19: its last day is over."""
    _tell_of_end(kinds.ENDED, certificate)


def _tell_of_end(kind: NoticeKind, certificate: Certificate) -> None:
    assert certificate.valid_to is not None
    values = {"name": certificate.name, "number": certificate.number, "end": chinese_date(certificate.valid_to)}
    _tell(kind, certificate.id, values, Account.id == certificate.expert.user_id)


def certificates_of_department_ending(department: Department, counts: str) -> None:
    """To who reviews there, in one notice, which takes the place of the one before."""
    _settle(kinds.Target.ENDING, department.id)
    values = {"department": f"{department.organization.name}{department.name}", "counts": counts}
    reviewers = Account.id.in_(holders(REVIEW, Department.id == department.id))
    _tell(kinds.DEPARTMENT_ENDING, department.id, values, reviewers)


def password_reset(expert: Expert) -> None:
    """The password itself is told by the staff, never by SMS."""
    _tell(kinds.PASSWORD_RESET, expert.user_id, {"name": expert.name}, Account.id == expert.user_id)


def account_closed(expert: Expert, days: int) -> None:
    """The expert closed the account, and has so many days to think better of it."""
    values = {"name": expert.name, "days": str(days)}
    _tell(kinds.CLOSED, expert.user_id, values, Account.id == expert.user_id)


def feedback_asked(feedback: Feedback) -> None:
    """To who answers."""
    answerers = holders(ANSWER, true())
    others = (Account.id.in_(answerers), Account.id != feedback.asker_id)
    _tell(kinds.ASKED, feedback.id, {"name": feedback.asker_name}, *others)


def feedback_answered(feedback: Feedback) -> None:
    """To who asked."""
    _tell(kinds.ANSWERED, feedback.id, {"name": feedback.asker_name}, Account.id == feedback.asker_id)


def export_ended(job: ExportJob, contents: str, result: str) -> None:
    """To who asked: what is in the file, and ``result``, which ends the sentence."""
    owner = db.session.get_one(Account, job.owner_id)
    values = {"name": owner.name, "count": str(job.total), "contents": contents, "result": result}
    kind = kinds.EXPORTED if job.choice is None else kinds.EXPORTED_TABLE
    _tell(kind, job.id, values, Account.id == owner.id)


def import_ended(job: ImportJob, result: str) -> None:
    """To who sent the workbook: ``result`` ends the sentence."""
    owner = db.session.get_one(Account, job.owner_id)
    _tell(kinds.IMPORTED, job.id, {"name": owner.name, "result": result}, Account.id == owner.id)


def already_registered(mobile: str, name: str) -> None:
    """Somebody registers with what is this expert's: only the expert hears that there is an account (R22)."""
    _queue([mobile], "重复注册提醒", {"name": name})


def password_recovered(mobile: str, name: str) -> None:
    """To the number that the code went to: somebody else may have read it."""
    _queue([mobile], "密码已找回", {"name": name})


def _tell_delegate(kind: NoticeKind, delegation: Delegation, more: Values) -> None:
    values = {"name": delegation.principal.name, "department": delegation.place, "duty": delegation.duty.label, **more}
    _tell(kind, delegation.id, values, Account.id == delegation.delegate_id, Account.active)


def _tell_expert(kind: NoticeKind, case: Case) -> None:
    _tell(kind, case.id, _of_case(case), Account.id == case.expert.user_id)


def _tell_reviewers(kind: NoticeKind, case: Case, *but: ColumnElement[bool]) -> None:
    _tell(kind, case.id, _of_case(case), *_reviewers(case), *but)


def _reviewers(case: Case | Certificate) -> tuple[ColumnElement[bool], ...]:
    return Account.id.in_(holders(REVIEW, Department.id == case.department_id)), not_the_person(case.expert)


def _settle(target: kinds.Target, target_id: int) -> None:
    """The case has moved on, by whoever's hand: what officials were asked to do about it is nobody's to do any more."""
    asked = select(Notification.id).where(
        Notification.kind.in_(kinds.about(target)),
        Notification.target_id == target_id,
        Notification.read_at.is_(None),
    )
    # What somebody is ticking off at this moment is left to them: neither waits for the other.
    free = Notification.id.in_(asked.with_for_update(skip_locked=True))
    settled = update(Notification).where(free).values(read_at=now())
    db.session.execute(settled, execution_options={"synchronize_session": False})


def _of_case(case: Case) -> Values:
    return {"name": case.expert.name, "department": f"{case.organization.name}{case.department.name}"}


def _tell(kind: NoticeKind, target_id: int, values: Values, *who: ColumnElement[bool]) -> None:
    """One row of the bell for each account that the clauses name, and one SMS for each that is to get one."""
    told = recipients(kind, *who)
    text = kind.text(values)[:LENGTH]
    db.session.add_all(
        Notification(account_id=one.account_id, kind=kind.key, text=text, target_id=target_id) for one in told
    )
    _queue([one.mobile for one in told if one.mobile], kind.sms, values)


def _queue(mobiles: Sequence[str], purpose: str, values: Values) -> None:
    """Queues what the template for ``purpose`` says, or nothing where an administrator has turned it off.

    An installation that has not been seeded since templates came to be has the wording to begin with.
    """
    if not mobiles:
        return
    template = db.session.scalars(select(SmsTemplate).where(SmsTemplate.purpose == purpose)).one_or_none()
    text, code = (template.text, template.provider_code) if template else (WORDINGS[purpose].text, None)
    if template is not None and not template.enabled:
        return
    ordered = {name: values[name] for name in placeholders(text) if name in values}
    db.session.add_all(
        SmsMessage(
            key=secrets.token_hex(16),
            mobile=mobile,
            purpose=purpose,
            # What it tells has happened, and shall not be undone because a name is long.
            text=render(text, values, current_app.config["SMS_SIGN_NAME"])[:LENGTH],
            template=code,
            params=json.dumps(ordered, ensure_ascii=False),
        )
        for mobile in mobiles
    )
    wakeups.soon()
