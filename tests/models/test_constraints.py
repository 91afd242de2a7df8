"""What the tables themselves refuse, whatever the program does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Account, Application, Certificate, Expert, SmsMessage, Transition
from tests.support import cases, people


def refused(statement: Any) -> None:
    with pytest.raises(IntegrityError):
        db.session.execute(statement)
    db.session.rollback()


def copy_of(row: Any, **changes: Any) -> Any:
    """An INSERT of the same row with other values, the id left to the database."""
    table = type(row).__table__
    values = dict(db.session.execute(select(table).where(table.c.id == row.id)).mappings().one())
    del values["id"]
    return insert(table).values({**values, **changes})


def test_one_open_case_of_an_expert_at_a_department(app: Flask) -> None:
    case = cases.pending_case()
    refused(copy_of(case))
    refused(copy_of(case, status="returned"))
    db.session.execute(copy_of(case, status="rejected"))
    db.session.execute(copy_of(case, status="withdrawn"))
    db.session.execute(copy_of(case, department_id=people.department(people.MINES).id))
    db.session.rollback()


@pytest.mark.parametrize("column", ["title", "speciality_id", "appointing_body_id"])
def test_an_approved_case_has_what_its_certificate_needs(app: Flask, column: str) -> None:
    case = cases.approved_case()
    refused(update(Application).where(Application.id == case.id).values({column: None}))


def test_a_term_has_one_end_and_it_is_not_before_the_start(app: Flask) -> None:
    case = cases.pending_case()
    of_case = update(Application).where(Application.id == case.id)
    refused(of_case.values(ends_on=date(2030, 1, 1), term_years=5))
    refused(of_case.values(starts_on=date(2030, 1, 2), ends_on=date(2030, 1, 1)))


def test_r15_one_certificate_for_a_case_and_r16_one_number_for_a_certificate(app: Flask) -> None:
    certificate = cases.filed_certificate()
    other = cases.approved_case()
    free = {"application_id": other.id, "number": "YNS00000000001", "check_code": "A" * 22}
    for taken in free:
        refused(copy_of(certificate, **{name: value for name, value in free.items() if name != taken}))
    db.session.execute(copy_of(certificate, **free))
    db.session.rollback()


def test_r19_a_terminated_certificate_has_a_moment_and_a_reason(app: Flask) -> None:
    certificate = cases.filed_certificate()
    ended = update(Certificate).where(Certificate.id == certificate.id)
    refused(ended.values(status="terminated"))
    refused(ended.values(status="terminated", termination_reason="理由"))
    refused(ended.values(valid_to=date(2000, 1, 1)))


def test_r22_one_expert_for_an_id_number_a_mobile_and_a_login(app: Flask) -> None:
    expert = people.expert()
    free = {
        "id_number_index": people.new_id_number(),
        "mobile_index": people.new_mobile(),
        "user_id": people.staff().id,
    }
    for taken in free:
        refused(copy_of(expert, **{name: value for name, value in free.items() if name != taken}))
    db.session.execute(copy_of(expert, **free))
    db.session.rollback()


def test_r6_one_staff_login_for_an_id_number(app: Flask) -> None:
    official = people.staff()
    with pytest.raises(IntegrityError):
        people.staff(id_number=official.id_number)
    db.session.rollback()


def test_history_is_not_left_behind_by_a_case_nor_a_case_by_its_expert(app: Flask) -> None:
    case = cases.pending_case()
    refused(delete(Application).where(Application.id == case.id))
    refused(delete(Expert).where(Expert.id == case.expert_id))
    refused(delete(Account).where(Account.id == case.expert.user_id))
    assert db.session.scalar(select(Transition.id).where(Transition.application_id == case.id)) is not None


def test_a_message_has_a_key_of_its_own(app: Flask) -> None:
    row = {
        "mobile": "13900000001",
        "mobile_index": "13900000001",
        "purpose": "测试",
        "text": "您好",
        "status": "queued",
        "tries": 0,
    }
    one = insert(SmsMessage).values(key="k" * 32, **row)
    db.session.execute(one)
    refused(one)
