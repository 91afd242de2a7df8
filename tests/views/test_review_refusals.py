"""What a reviewer chose wrongly is told by name, beside its field; all that was typed stays, nothing is decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import Application
from app.services import reviews
from tests.support import cases, people
from tests.support.browser import Browser

RIGHT = {
    "outcome": "approve", "starts_on": "", "term": "until", "ends_on": "2099-12-31", "title": "州化工-防爆", "reason": "",
}  # fmt: skip


@pytest.fixture
def case(app: Flask) -> Application:
    """At the department for chemicals of 昆明."""
    return cases.pending_case(at=people.department(people.CHEMICALS, people.KUNMING))


@pytest.fixture
def answer(case: Application, sign_in: Callable[..., Browser]) -> Callable[..., str]:
    """Sends the decision with ``changed`` in it, and gives the page that refuses."""
    browser = sign_in(cases.reviewer_of(case))

    def send(**changed: Any) -> str:
        right = {
            **RIGHT,
            "version": case.version,
            "speciality": people.speciality().id,
            "appointing_body": cases.bodies_of(case.organization)[0].id,
        }
        sent = browser.submit(f"/review/decide/{case.id}", right | changed)
        assert sent.status_code == 422
        db.session.refresh(case)
        assert case.status is ApplicationStatus.PENDING_REVIEW
        assert 'value="州化工-防爆"' in sent.text
        return re.sub(r"\s+", " ", sent.text)

    return send


def test_a_body_of_another_organization(answer: Callable[..., str]) -> None:
    other = cases.bodies_of(people.organization(people.QUJING))[0]
    said = answer(appointing_body=other.id)
    assert f"“{other.name}”不是本机构的聘用单位，请另选。" in said


def test_a_retired_body(case: Application, answer: Callable[..., str]) -> None:
    body = cases.bodies_of(case.organization)[1]
    body.retired = True
    db.session.commit()
    assert f"聘用单位“{body.name}”已停用，请另选。" in answer(appointing_body=body.id)


@pytest.mark.parametrize("chosen", ["", "999999999", "x"])
def test_no_body(answer: Callable[..., str], chosen: str) -> None:
    assert "请选择聘用单位。" in answer(appointing_body=chosen)


def test_a_retired_speciality(answer: Callable[..., str]) -> None:
    retired = people.speciality("化工机械")
    retired.retired = True
    db.session.commit()
    assert f"“{retired}”已停用，请另选。" in answer(speciality=retired.id)


def test_a_speciality_that_retires_while_the_reviewer_reads(case: Application) -> None:
    chosen = people.speciality()
    decision = cases.a_decision(case)
    chosen.retired = True
    db.session.commit()
    with pytest.raises(reviews.Invalid, match=f"专业类别“{chosen.name}”已停用"):
        reviews.approve(case.id, people.actor(cases.reviewer_of(case)), decision)


def test_an_end_before_the_start(answer: Callable[..., str]) -> None:
    said = answer(starts_on="2031-05-02", ends_on="2031-05-01")
    assert "有效期的截止日期（2031年5月1日）早于起始日期（2031年5月2日），请修改。" in said
    assert 'value="2031-05-02"' in said


def test_an_end_before_today(answer: Callable[..., str]) -> None:
    assert "截止日期不能早于今天" in answer(ends_on="2001-05-01")


@pytest.mark.parametrize("blanks", ["   ", "　\u3000", "\t\n"])
@pytest.mark.parametrize(("outcome", "words"), [("reject", "驳回"), ("return", "退回补正")])
def test_a_reason_of_blanks(answer: Callable[..., str], outcome: str, words: str, blanks: str) -> None:
    said = answer(outcome=outcome, reason=blanks, marks="address", **{"marks-address": ""})
    assert f"请填写{words}的理由。" in said
