"""What people are told follows the administrators' templates."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.domain.sms_wording import LENGTH, WORDINGS
from app.extensions import db
from app.models import Certificate, SmsMessage, SmsTemplate
from app.services import certificates, codes, notices, reference
from tests.support import cases, people


def template(purpose: str) -> SmsTemplate:
    return db.session.scalars(select(SmsTemplate).where(SmsTemplate.purpose == purpose)).one()


def told(purpose: str) -> SmsMessage:
    db.session.flush()
    return db.session.scalars(select(SmsMessage).where(SmsMessage.purpose == purpose)).one()


def test_the_seed_gives_each_purpose_its_wording(app: Flask) -> None:
    seeded = {row.purpose: row.text for row in db.session.scalars(select(SmsTemplate))}
    assert seeded == {purpose: wording.text for purpose, wording in WORDINGS.items()}
    assert all(db.session.scalars(select(SmsTemplate.enabled)))


def test_an_administrators_wording_survives_seeding(app: Flask) -> None:
    template("密码重置").text, template("密码重置").enabled = "{name}，密码已重置。", False
    db.session.execute(delete(SmsTemplate).where(SmsTemplate.purpose == "聘书终止"))
    db.session.commit()
    assert reference.seed() == {"sms_template": 1}
    assert (template("密码重置").text, template("密码重置").enabled) == ("{name}，密码已重置。", False)
    assert reference.seed() == {}


def test_a_message_says_what_the_template_says(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SMS_SIGN_NAME", "云南应急")
    row = template("申报驳回")
    row.text, row.provider_code = "向{department}的申报未通过，{name}。", "SMS_7"
    db.session.commit()
    case = cases.pending_case(people.expert(name="张三"))
    notices.application_rejected(case)
    message = told("申报驳回")
    place = "云南省应急管理厅危险化学品安全监督管理处"
    assert message.text == f"【云南应急】向{place}的申报未通过，张三。"
    assert message.template == "SMS_7"
    # In the order of the text: so 腾讯云 numbers them.
    assert list(json.loads(message.params or "").items()) == [("department", place), ("name", "张三")]


def test_the_wordings_to_begin_with_tell_what_they_told(app: Flask) -> None:
    certificate = cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(name="张三"))))
    assert told("聘书生成").text == (
        f"【应急管理专家库】张三同志，您已被聘为{certificate.title}专家，聘书编号{certificate.number}，请登录系统查看、打印聘书。"
    )
    codes.send("13812345678", codes.LOGIN)
    message = told("登录验证")
    code = json.loads(message.params or "")["code"]
    assert message.text == f"【应急管理专家库】验证码{code}，用于登录验证，10分钟内有效。请勿告诉他人。"


def test_a_template_that_is_turned_off_tells_nobody_and_stops_nothing(app: Flask) -> None:
    template("聘书终止").enabled = False
    db.session.commit()
    certificate = cases.filed_certificate()
    certificates.terminate(
        certificate.id, people.actor(cases.reviewer_of(certificate.application)), "违反规定", certificate.version
    )
    assert db.session.scalars(select(Certificate.terminated_at)).one() is not None
    told_of = db.session.scalars(select(SmsMessage.purpose).order_by(SmsMessage.id)).all()
    assert told_of == ["审核通过", "聘书生成"]


def test_without_its_template_a_message_says_what_it_says_to_begin_with(app: Flask) -> None:
    """An installation of before, until it is seeded again."""
    db.session.execute(delete(SmsTemplate))
    notices.password_recovered("13912345678", "张三")
    message = told("密码已找回")
    assert message.text.startswith("【应急管理专家库】张三同志，您的登录密码已通过短信验证码重新设置")
    assert message.template is None


def test_a_message_that_turns_out_too_long_is_cut_and_undoes_nothing(app: Flask) -> None:
    template("密码已找回").text = "长" * 280 + "{name}"
    db.session.flush()
    notices.password_recovered("13912345678", "名" * 40)
    message = told("密码已找回")
    assert len(message.text) == LENGTH
    assert json.loads(message.params or "") == {"name": "名" * 40}
