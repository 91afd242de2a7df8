"""备案: a certificate, its PDF and one message, or none of these (R4, R15)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.documents.data import CertificateData
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.states import ApplicationStatus, CertificateStatus
from app.domain.term import Term
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, Expert, NumberCounter, SmsMessage, Transition
from app.policies.roles import ADMINISTRATOR, EXPERT, FILER, REVIEWER, STAFF
from app.services import filings, issuing, messages, notices, workflow
from app.services.unit_of_work import transactional
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.databases import SQLITE, Registry
from tests.support.people import KUNMING, MINES, SCIENCE
from tests.support.races import at_once

WRITTEN = (Certificate, NumberCounter, SmsMessage, Transition)


def rows() -> dict[str, int]:
    return {model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in WRITTEN}


def test_r15_filing_makes_one_certificate_its_pdf_and_one_message(
    app: Flask, clock: Clock, sms: FakeSms, storage: MemoryStorage
) -> None:
    clock.on(date(2020, 10, 15))
    case = cases.approved_case()
    certificate = cases.filed_certificate(case)
    db.session.refresh(case)
    assert case.status is ApplicationStatus.FILED
    assert rows() == {"certificate": 1, "number_counter": 1, "sms_message": 2, "transition": 3}
    assert (certificate.number, certificate.status) == ("YNS20201015001", CertificateStatus.VALID)
    assert (certificate.application_id, certificate.expert_id) == (case.id, case.expert_id)
    assert (certificate.department_id, certificate.organization_id) == (case.department_id, case.organization_id)
    assert certificate.region_code == case.region_code
    assert (certificate.valid_from, certificate.valid_to) == (date(2020, 10, 15), date(2030, 10, 14))
    assert certificate.issued_on == date(2020, 10, 15)
    assert storage.read(certificate.digest).startswith(b"%PDF-")
    assert messages.deliver() == 2  # of the approval, and of the filing
    assert sms.last_to(case.expert.mobile).text == (
        "【应急管理专家库】张三同志，您已被聘为省化工-防爆专家，聘书编号YNS20201015001，请登录系统查看、打印聘书。"
    )


class Broken(RuntimeError):
    """What a test breaks."""


def breaks(*_args: Any, **_kwargs: Any) -> Any:
    raise Broken


def full_disk(*_args: Any, **_kwargs: Any) -> Any:
    raise OperationalError("COMMIT", {}, Exception("database or disk is full"))


def no_certificate(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if statement.startswith("INSERT INTO certificate"):
        raise Broken


STEPS: dict[str, tuple[Any, str]] = {
    "history": (workflow, "_record"),
    "term": (filings, "term_of"),
    "number": (issuing, "next_serial"),
    "words": (filings, "words_for"),
    "pdf": (issuing, "render_certificate"),
    "file": (MemoryStorage, "put"),
    "message": (notices, "_queue"),
}


@contextmanager
def breaking(step: str) -> Iterator[None]:
    """One step of the filing fails."""
    with pytest.MonkeyPatch.context() as patch:
        if step == "insert":
            event.listen(db.engine, "before_cursor_execute", no_certificate)
        elif step == "commit":
            patch.setattr(db.session, "commit", full_disk)
        else:
            patch.setattr(*STEPS[step], breaks)
        try:
            yield
        finally:
            if step == "insert":
                event.remove(db.engine, "before_cursor_execute", no_certificate)


@pytest.mark.parametrize("step", [*STEPS, "insert", "commit"])
def test_r15_whatever_fails_nothing_is_written_and_the_number_is_given_back(app: Flask, step: str) -> None:
    case = cases.approved_case()
    filer = people.actor(cases.filer_of(case))
    before, version = rows(), case.version
    with breaking(step), pytest.raises(OperationalError if step == "commit" else Broken):
        filings.file(case.id, filer)
    db.session.refresh(case)
    assert (case.status, case.version) == (ApplicationStatus.PENDING_FILING, version)
    assert rows() == before
    assert filings.file(case.id, filer).number.endswith("001")


def test_r13_a_chosen_start_stands_on_the_certificate(app: Flask, clock: Clock) -> None:
    clock.on(date(2026, 11, 24))
    case = cases.pending_case()
    cases.approved_case(case, cases.a_decision(case, term=Term(start=date(2027, 1, 1), years=2)))
    certificate = cases.filed_certificate(case)
    assert (certificate.valid_from, certificate.valid_to) == (date(2027, 1, 1), date(2028, 12, 31))
    assert certificate.issued_on == date(2026, 11, 24)
    assert certificate.number.startswith("YNS20261124")


def test_r13_without_an_end_it_is_for_good(app: Flask) -> None:
    case = cases.pending_case()
    cases.approved_case(case, cases.a_decision(case, term=Term()))
    assert cases.filed_certificate(case).valid_to is None


def test_r4_only_a_filer_of_the_organization_files(app: Flask) -> None:
    case = cases.approved_case(cases.pending_case(at=people.department(region=KUNMING)))
    for official, refusal in (
        (people.staff(FILER, at=people.department(SCIENCE)), NotAllowed),
        (people.staff(REVIEWER, at=case.department), NotAllowed),
        (people.staff(STAFF, at=people.department(SCIENCE, KUNMING)), NotAllowed),
        (people.staff(ADMINISTRATOR, at=people.department(SCIENCE, KUNMING)), NotFound),
        (people.staff(FILER, at=people.department(SCIENCE, people.QUJING)), NotFound),
    ):
        with pytest.raises(refusal):
            filings.file(case.id, people.actor(official))
    named = people.staff(FILER, at=people.department(MINES, KUNMING))
    assert filings.file(case.id, people.actor(named)).number.startswith("KMS")


def test_r6_a_filer_does_not_file_the_own_case(app: Flask) -> None:
    filer = people.staff(FILER, EXPERT, at=people.department(SCIENCE))
    case = cases.approved_case(cases.pending_case(people.expert(user=filer, id_number=filer.id_number)))
    with pytest.raises(NotAllowed, match="本人"):
        filings.file(case.id, people.actor(filer))


def test_only_an_approved_case_is_filed_and_only_once(app: Flask) -> None:
    pending = cases.pending_case()
    filer = people.actor(cases.filer_of(pending))
    with pytest.raises(Conflict, match="待审核"):
        filings.file(pending.id, filer)
    cases.approved_case(pending)
    filings.file(pending.id, filer)
    with pytest.raises(Conflict, match="已备案"):
        filings.file(pending.id, filer)
    assert rows()["certificate"] == 1


def test_a_name_that_no_font_has_is_refused_before_a_number_is_given(app: Flask) -> None:
    expert = people.expert(name="张\U0002ebf0")
    case = cases.approved_case(cases.pending_case(expert))
    with pytest.raises(Invalid) as refused:
        cases.filed_certificate(case)
    assert refused.value.field == "name"
    assert rows()["number_counter"] == rows()["certificate"] == 0
    assert db.session.get_one(Application, case.id).status is ApplicationStatus.PENDING_FILING


def test_nobody_else_waits_for_the_drawing(app: Flask, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A colleague saves something while the certificate is drawn: on SQLite under one lock, that would never end."""
    case = cases.approved_case()
    filer, expert_id, drawn = people.actor(cases.filer_of(case)), case.expert_id, []

    def drawing(data: CertificateData) -> bytes:
        drawn.append(data.number)
        saved = at_once(app, [lambda: move(expert_id)]) if registry.kind == SQLITE else [None]
        assert saved == [None]
        return data.number.encode()

    monkeypatch.setattr(issuing, "render_certificate", drawing)
    certificate = filings.file(case.id, filer)
    assert drawn == [certificate.number]


@transactional
def move(expert_id: int) -> None:
    db.session.get_one(Expert, expert_id).address = "青年路2号"


def test_what_was_drawn_ahead_serves_only_with_the_right_words(
    app: Flask, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody gave the number away in the meantime, past the line: the certificate is drawn again."""
    case = cases.approved_case()
    filer, drawn = people.actor(cases.filer_of(case)), []

    def drawing(data: CertificateData) -> bytes:
        drawn.append(data.number[-3:])
        return data.number.encode()

    ahead = filings._drawn_ahead

    def overtaken(*args: Any) -> Any:
        made = ahead(*args)
        transactional(issuing.next_serial)("YNS", today_in_shanghai())
        return made

    monkeypatch.setattr(issuing, "render_certificate", drawing)
    monkeypatch.setattr(filings, "_drawn_ahead", overtaken)
    certificate = filings.file(case.id, filer)
    if db.engine.dialect.name == SQLITE:
        assert drawn == ["001", "002"]
    assert storage.read(certificate.digest).decode() == certificate.number
