"""Who is told what: outbox rows, written in the transaction of what they tell."""

from __future__ import annotations

import secrets

from app.domain.validity import chinese_date, today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, SmsMessage

SIGNATURE = "【应急管理专家库】"


def verification_code(mobile: str, purpose: str, code: str) -> None:
    """A code: 10 minutes, one use."""
    _queue(mobile, purpose, f"验证码{code}，用于{purpose}，10分钟内有效。请勿告诉他人。")


def certificate_filed(certificate: Certificate) -> None:
    """R15: one message to the expert."""
    _queue(
        certificate.expert.mobile,
        "聘书生成",
        f"{certificate.name}同志，您已被聘为{certificate.title}专家，聘书编号{certificate.number}，请登录系统查看、打印聘书。",
    )


def application_rejected(application: Application) -> None:
    """The reason is read in the product: it may be long, and is the expert's alone."""
    _queue(
        application.expert.mobile,
        "申报驳回",
        f"{application.expert.name}同志，您向{application.organization.name}{application.department.name}的申报未通过审核，"
        "请登录系统查看理由，修改后可重新申报。",
    )


def certificate_terminated(certificate: Certificate) -> None:
    """R19: from now on the certificate is invalid."""
    assert certificate.terminated_at is not None
    _queue(
        certificate.expert.mobile,
        "聘书终止",
        f"{certificate.name}同志，您的聘书{certificate.number}已于{chinese_date(today_in_shanghai(certificate.terminated_at))}提前终止，"
        "请登录系统查看原因。",
    )


def password_reset(mobile: str, name: str) -> None:
    """The password itself is told by the staff, never by SMS."""
    _queue(
        mobile,
        "密码重置",
        f"{name}同志，您的登录密码已由工作人员重置，登录后须立即修改。如非本人要求，请联系技术支持。",
    )


def password_recovered(mobile: str, name: str) -> None:
    """To the number that the code went to: somebody else may have read it."""
    _queue(mobile, "找回密码", f"{name}同志，您的登录密码已通过短信验证码重新设置。如非本人操作，请立即联系技术支持。")


def _queue(mobile: str, purpose: str, text: str) -> None:
    db.session.add(SmsMessage(key=secrets.token_hex(16), mobile=mobile, purpose=purpose, text=SIGNATURE + text))
