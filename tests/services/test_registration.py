"""专家注册 (R22, R23, R24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.sms import FakeSms
from app.domain.errors import DomainError, Invalid
from app.domain.person_name import clean_name
from app.extensions import db
from app.models import Account, ConsentKind, Expert, SmsMessage
from app.policies.roles import APPLY, EXPERT
from app.services import accounts, codes, consents, messages, registration
from app.services.registration import Registration
from tests.support import people
from tests.support.people import PASSWORD
from tests.support.races import at_once


def form(sms: FakeSms, **typed: str) -> Registration:
    """What the form holds, with a code that was really sent to the mobile."""
    mobile = typed.get("mobile", "13912345678")
    codes.send("13912345678", codes.REGISTER)
    messages.deliver()
    code = sms.last_to("13912345678").text.split("验证码")[1][:6]
    values = {"name": "张三", "id_number": people.new_id_number(), "code": code, "password": PASSWORD, **typed}
    return Registration(**{**values, "mobile": mobile})


def registered() -> int:
    return db.session.scalar(select(func.count()).select_from(Expert)) or 0


def test_r22_a_registration_opens_an_expert_account_with_an_empty_profile(app: Flask, sms: FakeSms) -> None:
    typed = form(sms)
    registration.register(typed)
    account = db.session.scalars(select(Account)).one()
    expert = db.session.scalars(select(Expert)).one()
    assert (expert.user_id, expert.name, expert.mobile) == (account.id, "张三", "13912345678")
    assert (expert.id_number, expert.birth_date, expert.sex) == (typed.id_number, date(1975, 5, 20), "男")
    assert [role.name for role in account.roles] == [EXPERT]
    assert people.actor(account).permissions >= {APPLY}
    assert people.actor(account).expert_id == expert.id
    assert accounts.authenticate(typed.id_number, PASSWORD).id == account.id
    assert typed.id_number not in account.username


def test_r22_a_code_serves_one_registration(app: Flask, sms: FakeSms) -> None:
    typed = form(sms)
    registration.register(typed)
    again = replace(typed, id_number=people.new_id_number())
    with pytest.raises(DomainError):
        registration.register(again)
    assert registered() == 1


def told(owner: Expert) -> list[str]:
    """What was sent to this expert, codes left out."""
    found = db.session.scalars(select(SmsMessage).where(SmsMessage.mobile == owner.mobile).order_by(SmsMessage.id))
    return [message.text for message in found if "验证码" not in message.text]


def test_r22_one_account_for_an_id_number_and_only_its_owner_hears_of_it(app: Flask, sms: FakeSms) -> None:
    known = people.expert(name="李四")
    registration.register(form(sms, id_number=known.id_number.lower()))
    assert registered() == 1
    assert [text for text in told(known) if "李四同志，有人用您的身份证号或手机号申请注册" in text] == told(known) != []


def test_r22_one_account_for_a_mobile_and_only_its_owner_hears_of_it(app: Flask, sms: FakeSms) -> None:
    known = people.expert(mobile="13912345678")
    registration.register(form(sms))
    assert registered() == 1
    assert len(told(known)) == 1


def test_r22_whoever_asks_learns_nothing_from_the_answer_nor_from_the_code(app: Flask, sms: FakeSms) -> None:
    known = people.expert()
    taken = form(sms, id_number=known.id_number)
    assert registration.register(taken) is None  # type: ignore[func-returns-value]
    with pytest.raises(Invalid, match="短信验证码已失效"):
        registration.register(replace(taken, id_number=people.new_id_number()))
    assert registered() == 1


def test_r22_a_form_sent_twice_at_once_opens_one_account(app: Flask, sms: FakeSms) -> None:
    typed = form(sms)
    outcomes = at_once(app, [lambda: registration.register(typed)] * 2)
    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    assert registered() == 1
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_a_registration_keeps_what_was_agreed_to(app: Flask, sms: FakeSms) -> None:
    registration.register(form(sms))
    account = db.session.scalars(select(Account)).one()
    assert {row.kind for row in consents.given_by(account.id)} == set(ConsentKind)
    assert consents.lacking(account.id) == []


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_r22_without_a_right_code_no_account(app: Flask, sms: FakeSms, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        registration.register(form(sms, code=code))
    assert refused.value.field == "code"
    assert registered() == 0


def test_r22_a_code_sent_to_another_mobile_or_for_another_end_is_none(app: Flask, sms: FakeSms) -> None:
    typed = form(sms)
    with pytest.raises(Invalid, match="失效"):
        registration.register(replace(typed, mobile="13912345679"))
    codes.send("13912345679", codes.LOGIN)
    messages.deliver()
    code = sms.last_to("13912345679").text.split("验证码")[1][:6]
    with pytest.raises(Invalid, match="失效"):
        registration.register(replace(typed, mobile="13912345679", code=code))
    assert registered() == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写身份证号"),
        ("53010219750520001", "您输入了17位"),
        ("530102750520001", "15位"),
        ("53010219750520001A", "只能由数字组成"),
        ("530102197502300018", "不是一个真实的日期"),
        ("530102299905200011", "晚于今天"),
        ("530102197505200013", "校验不符"),
    ],
)
def test_r23_each_fault_of_an_id_number_has_its_own_words(app: Flask, sms: FakeSms, typed: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        registration.register(form(sms, id_number=typed))
    assert refused.value.field == "id_number"
    assert registered() == 0


def test_r23_x_is_taken_as_capital_and_the_area_is_not_looked_at(app: Flask, sms: FakeSms) -> None:
    first = next(
        f"8100001980{month:02d}150{serial:02d}"
        for month in range(1, 13)
        for serial in range(1, 100)
        if people.check_character(f"8100001980{month:02d}150{serial:02d}") == "X"
    )
    registration.register(form(sms, id_number=first + "x"))
    assert db.session.scalars(select(Expert)).one().id_number == first + "X"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写手机号"),
        ("1391234567", "您输入了10位"),
        ("12912345678", "13至19开头"),
        ("1391234567a", "只能由数字组成"),
    ],
)
def test_r24_each_fault_of_a_mobile_has_its_own_words(app: Flask, sms: FakeSms, typed: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        registration.register(form(sms, mobile=typed))
    assert refused.value.field == "mobile"


def test_r24_spaces_and_the_country_code_are_stripped(app: Flask, sms: FakeSms) -> None:
    registration.register(form(sms, mobile="+86 139 1234 5678"))
    assert db.session.scalars(select(Expert)).one().mobile == "13912345678"


@pytest.mark.parametrize("password", ["", "short", "1234567890", "13912345678ab", "张三张三张三张三"])
def test_a_weak_password_is_refused(app: Flask, sms: FakeSms, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        registration.register(form(sms, password=password))
    assert refused.value.field == "password"
    assert registered() == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 张  三 ", "张 三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("\U0002cc56明", "\U0002cc56明"),
        ("王U+2CB76", "王𬭶"),
        ("Anne-Marie O'Hara", "Anne-Marie O'Hara"),
        ("\U00031350\U0002ebf0", "\U00031350\U0002ebf0"),  # newer than Python's tables
    ],
)
def test_names_of_every_kind_are_taken(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["", " ", "张3", "<b>张</b>", "张\x00三", "·张", "张" * 41, "张\u202e三", "😀"])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_name(typed)
    assert refused.value.field == "name"
