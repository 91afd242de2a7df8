"""Who is told what: outbox rows, written in the transaction of what they tell."""

from __future__ import annotations

import json
import secrets

from flask import current_app
from sqlalchemy import select

from app.domain.sms_wording import CODE, LENGTH, WORDINGS, placeholders, render
from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, ChangeRequest, SmsMessage, SmsTemplate


def verification_code(mobile: str, purpose: str, code: str) -> None:
    """A code: 10 minutes, one use."""
    _queue(mobile, purpose, {CODE: code})


def certificate_filed(certificate: Certificate) -> None:
    """R15: one message to the expert."""
    values = {"name": certificate.name, "title": certificate.title, "number": certificate.number}
    _queue(certificate.expert.mobile, "聘书生成", values)


def application_rejected(application: Application) -> None:
    """The reason is read in the product: it may be long, and is the expert's alone."""
    place = f"{application.organization.name}{application.department.name}"
    _queue(application.expert.mobile, "申报驳回", {"name": application.expert.name, "department": place})


def application_returned(application: Application) -> None:
    """What is to be corrected, and why, is read in the product."""
    place = f"{application.organization.name}{application.department.name}"
    _queue(application.expert.mobile, "退回补正", {"name": application.expert.name, "department": place})


def change_decided(request: ChangeRequest) -> None:
    """What was accepted and what was not, and why, is read in the product."""
    place = f"{request.organization.name}{request.department.name}"
    _queue(request.expert.mobile, "变更申请处理", {"name": request.expert.name, "department": place})


def certificate_terminated(certificate: Certificate) -> None:
    """R19: from now on the certificate is invalid."""
    assert certificate.terminated_at is not None
    day = chinese_date(today_in_shanghai(certificate.terminated_at))
    values = {"name": certificate.name, "number": certificate.number, "date": day}
    _queue(certificate.expert.mobile, "聘书终止", values)


def password_reset(mobile: str, name: str) -> None:
    """The password itself is told by the staff, never by SMS."""
    _queue(mobile, "密码重置", {"name": name})


def account_closed(mobile: str, name: str, days: int) -> None:
    """The expert closed the account, and has so many days to think better of it."""
    _queue(mobile, "账号注销", {"name": name, "days": str(days)})


def already_registered(mobile: str, name: str) -> None:
    """Somebody registers with what is this expert's: only the expert hears that there is an account (R22)."""
    _queue(mobile, "重复注册提醒", {"name": name})


def password_recovered(mobile: str, name: str) -> None:
    """To the number that the code went to: somebody else may have read it."""
    _queue(mobile, "密码已找回", {"name": name})


def _queue(mobile: str, purpose: str, values: dict[str, str]) -> None:
    """Queues what the template for ``purpose`` says, or nothing where an administrator has turned it off.

    An installation that has not been seeded since templates came to be has the wording to begin with.
    """
    template = db.session.scalars(select(SmsTemplate).where(SmsTemplate.purpose == purpose)).one_or_none()
    text, code = (template.text, template.provider_code) if template else (WORDINGS[purpose].text, None)
    if template is not None and not template.enabled:
        return
    ordered = {name: values[name] for name in placeholders(text) if name in values}
    message = SmsMessage(
        key=secrets.token_hex(16),
        mobile=mobile,
        purpose=purpose,
        # What it tells has happened, and shall not be undone because a name is long.
        text=render(text, values, current_app.config["SMS_SIGN_NAME"])[:LENGTH],
        template=code,
        params=json.dumps(ordered, ensure_ascii=False),
    )
    db.session.add(message)
