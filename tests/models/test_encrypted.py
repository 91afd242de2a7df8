"""Encrypted columns: the database never sees a value, equality finds it, and nothing else is answered."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, select, type_coerce
from sqlalchemy.orm import aliased

from app.cipher import Damaged
from app.extensions import db
from app.models import Account, Expert, SmsMessage
from app.models.encrypted import Blind, Encrypted, key_ring
from app.services import codes
from app.services.key_rotation import sealed_columns
from tests.support import cases, people


def raw(column: Any) -> bytes:
    value = db.session.scalars(select(type_coerce(column, LargeBinary())).order_by(Expert.id.desc())).first()
    assert value is not None
    return bytes(value)


def test_what_is_personal_is_declared_encrypted() -> None:
    assert {f"{column.table.name}.{column.name}" for column in sealed_columns()} >= {
        "expert.id_number", "expert.mobile", "ab_user.id_number", "ab_user.mobile", "sms_message.mobile",
        "sms_message.text", "feedback.contact", "snapshot.content",
        "profile_change.changes",
    }  # fmt: skip
    for column in sealed_columns():
        assert isinstance(column.type, Encrypted)
        assert column.type.place == f"{column.table.name}.{column.name}"


def test_no_text_column_is_named_for_an_id_number_or_a_mobile() -> None:
    named = re.compile("id_number|mobile|phone_number")
    clear = [
        f"{table.name}.{column.name}"
        for table in Expert.metadata.sorted_tables
        for column in table.columns
        if named.search(column.name) and not isinstance(column.type, (Encrypted, Blind))
    ]
    assert clear == []


def test_a_value_is_sealed_in_the_database_and_read_in_clear(app: Flask) -> None:
    expert = people.expert()
    number = expert.id_number
    sealed = raw(Expert.id_number)
    assert sealed[:2] == key_ring().current
    assert number.encode() not in sealed
    db.session.expire_all()
    assert expert.id_number == number
    assert expert.id_number_index == key_ring().index(number, "id_number")


def test_equality_finds_and_nothing_else_is_asked(app: Flask) -> None:
    one, other = people.expert(), people.expert()
    assert db.session.scalars(select(Expert).where(Expert.id_number == one.id_number)).one() is one
    assert db.session.scalars(select(Expert).where(Expert.mobile.in_([one.mobile, "x"]))).one() is one
    assert db.session.scalars(select(Expert).where(Expert.mobile != one.mobile)).one() is other
    again = aliased(Expert)
    assert db.session.scalars(select(again).where(again.mobile == other.mobile)).one() is other
    assert db.session.scalars(select(Account).where(Account.id_number.is_(None), Account.id == one.user_id)).one()
    for ask in (
        lambda: Expert.id_number.contains("5301"),
        lambda: Expert.id_number.startswith("5301"),
        lambda: Expert.id_number > "5301",
        lambda: SmsMessage.text == "text",
    ):
        with pytest.raises(TypeError, match="equality alone"):
            ask()


def test_a_changed_value_is_found_under_its_new_index_alone(app: Flask) -> None:
    expert = people.expert()
    former, expert.mobile = expert.mobile, people.new_mobile()
    db.session.commit()
    assert db.session.scalar(select(Expert.id).where(Expert.mobile == former)) is None
    assert db.session.scalar(select(Expert.id).where(Expert.mobile == expert.mobile)) == expert.id


def test_a_sealed_value_moved_to_another_column_is_not_read(app: Flask) -> None:
    expert = people.expert()
    table = Expert.__table__
    db.session.execute(
        table.update()
        .values({table.c.mobile: type_coerce(table.c.id_number, LargeBinary())})
        .where(table.c.id == expert.id)
    )
    db.session.commit()
    with pytest.raises(Damaged):
        _ = expert.mobile


def test_a_snapshot_is_sealed_and_reads_as_submitted(app: Flask) -> None:
    case = cases.pending_case()
    table = type(case.snapshot).__table__
    sealed = bytes(db.session.scalars(select(type_coerce(table.c.content, LargeBinary())).select_from(table)).one())
    assert case.expert.name.encode() not in sealed
    db.session.expire_all()
    assert case.snapshot.content["name"] == case.expert.name


def test_a_code_s_mobile_is_kept_as_its_index_alone(app: Flask) -> None:
    mobile = people.new_mobile()
    codes.send(mobile, codes.REGISTER)
    message = db.session.scalars(select(SmsMessage).where(SmsMessage.mobile == mobile)).one()
    assert message.mobile == mobile
    with pytest.raises(Exception, match="验证码"):
        codes.check(mobile, codes.REGISTER, "abcdef")
