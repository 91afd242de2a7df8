"""Certificate numbers: unique, gapless within a prefix and day, never used again (R16)."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import String, event, literal, select, union_all

from app.adapters.storage import MemoryStorage
from app.documents.data import CertificateData
from app.domain.errors import Conflict
from app.domain.states import ApplicationStatus
from app.domain.titles import certificate_number
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, NumberCounter
from app.models.certificate import in_number_order
from app.policies.actor import Actor
from app.services import certificates, filings, issuing, notices
from tests.support import cases, many, people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.databases import POSTGRESQL
from tests.support.people import CHEMICALS, KUNMING
from tests.support.races import at_once

PROCESSES, EACH = 16, 3


def file_at(region: str = people.PROVINCE) -> str:
    return cases.filed_certificate(
        cases.approved_case(cases.pending_case(at=people.department(CHEMICALS, region)))
    ).number


def test_r16_serials_count_by_prefix_and_day(app: Flask, clock: Clock) -> None:
    clock.on(date(2020, 10, 15))
    assert [file_at(), file_at(KUNMING), file_at()] == ["YNS20201015001", "KMS20201015001", "YNS20201015002"]
    clock.on(date(2020, 10, 15), 23, 59, 59)
    assert file_at() == "YNS20201015003"
    clock.forward(seconds=1)
    assert file_at() == "YNS20201016001"


def test_r16_1000_follows_999(app: Flask, clock: Clock) -> None:
    clock.on(date(2020, 10, 15))
    db.session.add(NumberCounter(prefix="YNS", day="20201015", serial=998))
    db.session.commit()
    assert [file_at(), file_at()] == ["YNS20201015999", "YNS202010151000"]


def test_r16_1000_follows_999_in_the_lists_too(app: Flask, clock: Clock, sign_in: Callable[..., Browser]) -> None:
    clock.on(date(2020, 10, 15))
    db.session.add(NumberCounter(prefix="YNS", day="20201015", serial=998))
    db.session.commit()
    filed = [file_at(), file_at()]
    clock.on(date(2020, 10, 16))
    filed += [file_at(), file_at(KUNMING)]
    assert filed == ["YNS20201015999", "YNS202010151000", "YNS20201016001", "KMS20201016001"]
    browser = sign_in(people.staff())

    def listed(toward: str = "") -> list[str]:
        query = f"?_oc_CertificateView=number&_od_CertificateView={toward}" if toward else ""
        text = browser.get(f"/certificates/list/{query}").get_data(as_text=True)
        return list(dict.fromkeys(re.findall(r"(?:YNS|KMS)\d{11,}", text)))

    by_number = [filed[-1], *filed[:-1]]
    assert (listed("asc"), listed("desc")) == (by_number, by_number[::-1])
    assert listed() == filed[::-1]


@contextmanager
def server_at(zone: str) -> Iterator[None]:
    """The process and its database sessions keep the time of ``zone``."""

    def set_zone(connection: Any) -> None:
        if connection.dialect.name == POSTGRESQL:
            connection.exec_driver_sql(f"SET LOCAL TIME ZONE '{zone}'")

    db.session.rollback()
    event.listen(db.engine, "begin", set_zone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        yield
    time.tzset()
    event.remove(db.engine, "begin", set_zone)


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
def test_r16_drawn_before_midnight_in_shanghai_and_filed_after_it_bears_the_new_day(
    app: Flask, clock: Clock, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    case = cases.approved_case()
    filer, file = people.actor(cases.filer_of(case)), filings._file

    def late(*args: Any) -> Certificate:
        clock.forward(seconds=1)
        return file(*args)

    monkeypatch.setattr(issuing, "render_certificate", lambda data: repr(data).encode())
    monkeypatch.setattr(filings, "_file", late)
    clock.on(date(2020, 10, 15), 23, 59, 59)
    with server_at(zone):
        certificate, day = filings.file(case.id, filer), date(2020, 10, 16)
        assert (certificate.number, certificate.issued_on, certificate.valid_from) == ("YNS20201016001", day, day)
        assert certificate.valid_to == date(2030, 10, 15)
        printed = issuing.as_issued(certificate)
        assert storage.read(certificate.digest) == repr(printed).encode()
        assert printed.issued == day
        given = db.session.execute(select(NumberCounter.prefix, NumberCounter.day, NumberCounter.serial))
        assert given.all() == [("YNS", "20201016", 1)]


def test_r16_who_waits_over_midnight_leaves_neither_gap_nor_double(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each drawing takes long, so that those who wait for it come into the next day, and the day after."""
    waiting = [cases.approved_case() for _ in range(5)]
    filer, ids = people.actor(cases.filer_of(waiting[0])), [case.id for case in waiting]

    def drawing(data: CertificateData) -> bytes:
        clock.forward(hours=8)
        return data.number.encode()

    monkeypatch.setattr(issuing, "render_certificate", drawing)
    clock.on(date(2020, 10, 15), 23, 59, 59)
    at_once(app, [lambda case_id=case_id: filings.file(case_id, filer).id for case_id in ids])
    days: dict[date, list[str]] = {}
    for number, issued, first in db.session.execute(
        select(Certificate.number, Certificate.issued_on, Certificate.valid_from)
    ):
        assert first == issued
        days.setdefault(issued, []).append(number)
    assert sum(map(len, days.values())) == len(ids)
    for issued, numbers in days.items():
        assert sorted(numbers) == [f"YNS{issued:%Y%m%d}{serial:03d}" for serial in range(1, len(numbers) + 1)]


def test_r16_a_number_is_not_used_again_after_a_termination(app: Flask) -> None:
    certificate = cases.filed_certificate()
    first = certificate.number
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "调离。")
    assert first.endswith("001")
    assert file_at().endswith("002")


def test_r16_another_prefix_from_now_on_leaves_filed_numbers_alone(app: Flask, clock: Clock) -> None:
    clock.on(date(2020, 10, 15))
    certificate = cases.filed_certificate()
    certificate.organization.prefix = "YNX"
    db.session.commit()
    assert file_at() == "YNX20201015001"
    db.session.refresh(certificate)
    assert certificate.number == "YNS20201015001"


def file_all(app: Flask, case_ids: list[int], filer: Actor, numbers: Any) -> None:
    """A process's share. Every other filing fails once at its last step, holding a number, and is done again."""
    queue = notices.certificate_filed

    def fail_once(_certificate: Certificate) -> None:
        notices.certificate_filed = queue
        raise Conflict("interrupted")

    given: list[str] = []
    try:
        with app.app_context():
            for turn, case_id in enumerate(case_ids):
                if turn % 2:
                    notices.certificate_filed = fail_once
                given.append(_file_patiently(case_id, filer))
    except Exception as error:
        given.append(repr(error))
    numbers.put(given)


def _file_patiently(case_id: int, filer: Actor) -> str:
    """Done again where it was interrupted, or where a busy machine kept SQLite's lock from it for too long."""
    for _ in range(5):
        try:
            return filings.file(case_id, filer).number
        except Conflict:
            continue
    return "never"


def test_r16_sixteen_processes_at_once_leave_neither_gap_nor_double(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Drawing takes most of the time and gives no number.
    monkeypatch.setattr(issuing, "render_certificate", lambda data: data.number.encode())
    case_ids = many.approved_cases(PROCESSES * EACH)
    filer = people.actor(people.staff("政府用户（科信）", at=people.department(people.SCIENCE)))
    db.session.remove()
    db.engine.dispose()  # a child must not talk on its parent's connections
    fork = multiprocessing.get_context("fork")
    numbers = fork.SimpleQueue()
    shares = [case_ids[start::PROCESSES] for start in range(PROCESSES)]
    children = [fork.Process(target=file_all, args=(app, share, filer, numbers)) for share in shares]
    for child in children:
        child.start()
    given = [number for _ in children for number in numbers.get()]
    for child in children:
        child.join()
    expected = [f"YNS{today_in_shanghai():%Y%m%d}{serial:03d}" for serial in range(1, PROCESSES * EACH + 1)]
    assert sorted(given) == expected
    assert sorted(db.session.scalars(select(Certificate.number))) == expected
    statuses = db.session.scalars(select(Application.status).where(Application.id.in_(case_ids)).distinct())
    assert statuses.all() == [ApplicationStatus.FILED]


def test_r16_the_serial_is_taken_in_the_filings_own_transaction(app: Flask) -> None:
    day = date(2020, 10, 15)
    assert [issuing.next_serial("YNS", day), issuing.next_serial("YNS", day)] == [1, 2]
    db.session.rollback()
    assert issuing.next_serial("YNS", day) == 1


@pytest.mark.parametrize("prefix", ["YNS", "KMS"])
def test_r16_prefixes_of_the_seed_are_what_the_domain_names(app: Flask, prefix: str) -> None:
    region = {"YNS": people.PROVINCE, "KMS": KUNMING}[prefix]
    assert people.organization(region).prefix == prefix


def test_r16_numbers_sort_by_prefix_day_and_serial(app: Flask) -> None:
    day, next_day = date(2020, 10, 15), date(2020, 10, 16)
    given = [("KMS", next_day, 1), ("YNS", day, 2), ("YNS", day, 999), ("YNS", day, 1000), ("YNS", next_day, 1)]
    numbers = [certificate_number(*one) for one in given]
    mixed = [numbers[3], *numbers[:3], numbers[4], "别的编号"]
    number = union_all(*(select(literal(one, String).label("number")) for one in mixed)).subquery().c.number
    found = db.session.scalars(select(number).order_by(*in_number_order(number))).all()
    assert [one for one in found if one != "别的编号"] == numbers
    assert len(found) == len(mixed)
