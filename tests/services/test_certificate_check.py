"""证书查验: found by the secret on it, by number and name, or by its bytes; told no more than it says itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import event, text

from app.adapters.storage import MemoryStorage
from app.domain.errors import Invalid
from app.domain.standing import Standing
from app.domain.states import CertificateStatus
from app.domain.term import Term
from app.extensions import db
from app.models import Certificate
from app.services import certificate_check, certificates
from app.services.closing import ERASED
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.databases import SQLITE, Registry

FILED = date(2020, 10, 15)


def certificate_of(name: str, term: Term | None = None) -> Certificate:
    case = cases.pending_case(people.expert(name=name))
    cases.approved_case(case, cases.a_decision(case, term=term))
    return cases.filed_certificate(case)


def issued(certificate: Certificate, storage: MemoryStorage) -> bytes:
    return storage.read(certificate.digest)


def test_each_way_tells_the_same(app: Flask, clock: Clock, storage: MemoryStorage) -> None:
    clock.on(FILED)
    certificate = certificate_of("欧阳文忠")
    ways = (
        certificate_check.by_code(certificate.check_code),
        certificate_check.by_number("YNS20201015001", "欧阳文忠"),
        certificate_check.by_file(issued(certificate, storage)),
    )
    for found in ways:
        assert found is not None
        assert asdict(found) == {
            "standing": Standing.VALID, "day": None, "name": "欧阳**", "title": "省化工-防爆专家", "body": "云南省应急管理厅",
            "number": "YNS20201015001", "term": "2020年10月15日 至 2030年10月14日", "checked_at": clock.now(),
        }  # fmt: skip


@pytest.mark.one_database
def test_each_standing_names_its_day(app: Flask, clock: Clock) -> None:
    clock.on(FILED)
    begins = certificate_of("张三", Term(start=date(2020, 12, 1), years=1))
    ended, replaced = certificate_of("李四"), certificate_of("王五")
    clock.on(date(2020, 10, 31), 23, 30)
    certificates.terminate(ended.id, people.actor(cases.reviewer_of(ended.application)), "调离本省，另有隐情")
    replaced.status, replaced.superseded_at = CertificateStatus.SUPERSEDED, clock.now()
    db.session.commit()

    def told(certificate: Certificate) -> tuple[Standing, date | None]:
        found = certificate_check.by_code(certificate.check_code)
        assert found is not None
        assert "隐情" not in repr(found)
        return found.standing, found.day

    assert told(begins) == (Standing.NOT_YET, date(2020, 12, 1))
    assert told(ended) == (Standing.TERMINATED, date(2020, 10, 31))
    assert told(replaced) == (Standing.SUPERSEDED, date(2020, 10, 31))
    clock.on(date(2021, 11, 30), 23, 59, 59)
    assert told(begins) == (Standing.VALID, None)
    clock.forward(seconds=1)
    assert told(begins) == (Standing.EXPIRED, date(2021, 11, 30))


@pytest.mark.one_database
def test_number_and_name_are_taken_as_people_write_them(app: Flask, clock: Clock) -> None:
    clock.on(FILED)
    certificate_of("阿卜杜拉·买买提")
    certificate_of("李𬱖")
    for number, name in (
        (" yns 2020 1015 001 ", "阿卜杜拉•买买提"),
        ("ＹＮＳ２０２０１０１５００１", "阿卜杜拉 ・ 买买提"),
        ("YNS20201015001\u200b", "阿卜杜拉.买买提"),
        ("YNS20201015002", "　李𬱖 "),
    ):
        assert certificate_check.by_number(number, name) is not None, (number, name)
    for number, name in (
        ("YNS20201015001", "李𬱖"),
        ("YNS20201015002", "李"),
        ("YNS20201015002", ""),
        ("YNS20201015003", "李𬱖"),
        ("YNS2020101500_", "李𬱖"),
        ("%", "%"),
        ("", ""),
    ):
        assert certificate_check.by_number(number, name) is None, (number, name)


@pytest.mark.parametrize(
    "code", ["", "x", "A" * 21, "A" * 23, "A" * 100_000, "A" * 21 + "\x00", "聘" * 22, "A" * 22 + "\n", "' OR 1=1 -----------"]
)  # fmt: skip
def test_what_is_no_code_is_nobodys(app: Flask, code: str) -> None:
    assert certificate_check.by_code(code) is None


@pytest.mark.one_database
def test_one_changed_bit_is_another_file(app: Flask, storage: MemoryStorage) -> None:
    certificate = certificate_of("张三")
    pdf = issued(certificate, storage)
    for place in (8, len(pdf) // 2, len(pdf) - 1):
        changed = bytearray(pdf)
        changed[place] ^= 1
        assert certificate_check.by_file(bytes(changed)) is None
    assert certificate_check.by_file(pdf + b"\n") is None
    cases.end_on(certificate, certificate.valid_from)
    certificate.valid_from = certificate.valid_to = date(2020, 1, 1)
    assert certificate_check.by_file(certificates.pdf(certificate)) is None  # stamped
    db.session.commit()
    found = certificate_check.by_file(pdf)
    assert found is not None
    assert found.standing is Standing.EXPIRED


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空文件"),
        (b"\x89PNG\r\n\x1a\n", "不是 PDF"),
        (b"\n%PDF-1.7", "不是 PDF"),
        (b"%PDF-1.7" + bytes(2 * 1024 * 1024), "超过 2 MB"),
    ],
)
def test_what_cannot_be_a_certificate_is_said(app: Flask, content: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refusal:
        certificate_check.by_file(content)
    assert refusal.value.field == "file"


@pytest.mark.one_database
def test_whose_holder_was_erased_is_nobodys(app: Flask, storage: MemoryStorage) -> None:
    certificate = certificate_of("张三")
    pdf = issued(certificate, storage)
    certificate.name = ERASED
    db.session.commit()
    assert certificate_check.by_code(certificate.check_code) is None
    assert certificate_check.by_number(certificate.number, ERASED) is None
    assert certificate_check.by_file(pdf) is None


def statements_of(look_up: Callable[[], object]) -> list[tuple[str, object]]:
    """What the database is asked."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        look_up()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return asked


def test_each_look_up_is_one_statement_on_an_index(registry: Registry, app: Flask, storage: MemoryStorage) -> None:
    certificate = certificate_of("张三")
    pdf, number = issued(certificate, storage), certificate.number
    look_ups = {
        "check_code": (lambda: certificate_check.by_code(certificate.check_code), lambda: certificate_check.by_code("A" * 22)),
        "number": (lambda: certificate_check.by_number(number, "张三"), lambda: certificate_check.by_number(number, "张四"),
                   lambda: certificate_check.by_number("YNS1", "张三")),
        "digest": (lambda: certificate_check.by_file(pdf), lambda: certificate_check.by_file(pdf + b"x")),
    }  # fmt: skip
    for column, ways in look_ups.items():
        db.session.refresh(certificate)
        asked = [statements_of(way) for way in ways]
        assert [len(one) for one in asked] == [1] * len(ways), column
        assert len({one[0][0] for one in asked}) == 1, "found or not, the database is asked the same"
        if registry.kind == SQLITE:
            statement, parameters = asked[0][0]
            plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert f"({column}=?)" in str(plan), plan
        else:
            indexes = db.session.scalars(text("SELECT indexdef FROM pg_indexes WHERE tablename = 'certificate'"))
            assert any(f"({column})" in index for index in indexes), column
