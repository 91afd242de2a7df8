"""聘书台账: every certificate of an organization and a year, in order, as it stands today; in scope, numbers checked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app.documents.ledger import Ledger, Line
from app.domain.errors import NotAllowed, NotFound
from app.domain.states import Action, CertificateStatus
from app.extensions import db
from app.models import AuditEntry, Certificate, NumberCounter, Transition
from app.models.types import now
from app.policies.actor import Actor
from app.policies.roles import ADMINISTRATOR, FILER
from app.services import certificates, ledger
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.databases import Registry
from tests.support.people import CHEMICALS, KUNMING, PROVINCE, QUJING, SCIENCE, WUHUA
from tests.views.test_lists import counted

DAY = date(2026, 3, 5)


@pytest.fixture
def filer(app: Flask, clock: Clock) -> Actor:
    clock.on(DAY)
    return people.actor(people.staff(FILER, at=people.department(SCIENCE)))


def filed(name: str = "张三", region: str = PROVINCE) -> Certificate:
    at = people.department(CHEMICALS, region)
    return cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(name=name), at)))


def read(actor: Actor, year: int = DAY.year, region: str | None = None) -> tuple[Ledger, list[Line]]:
    office = ledger.organization(actor, people.organization(region).id if region else None)
    found = ledger.read(actor, office, year)
    return found, list(found.lines)


def test_each_certificate_of_the_year_stands_in_it_as_it_is_today(filer: Actor, clock: Clock) -> None:
    ended, over, holds = filed("甲"), filed("乙"), filed("丙")
    certificates.terminate(ended.id, people.actor(cases.reviewer_of(ended.application)), "调离岗位。")
    cases.end_on(over, DAY + timedelta(days=1))
    clock.on(date(2026, 3, 9))
    filed("丁", KUNMING)
    found, lines = read(filer)
    assert found.title == "云南省应急管理厅2026年聘书台账"
    assert found.counted == "共3份：有效1份，已失效1份，已终止1份"
    assert found.gaps == ()
    assert [line.number for line in lines] == [ended.number, over.number, holds.number]
    assert [(line.state, line.ended_on, line.reason) for line in lines] == [
        ("已终止", DAY, "调离岗位。"), ("已失效", None, ""), ("有效", None, ""),
    ]  # fmt: skip
    assert lines[2].cells(3) == (
        3, holds.number, "丙", "省化工-防爆专家", "云南省应急管理厅", holds.department.name, DAY, holds.valid_to, DAY,
        "有效", "", "", "",
    )  # fmt: skip
    assert read(filer, 2025)[1] == []
    assert ledger.years(people.organization()) == [2026]
    assert [line.name for line in read(filer, region=KUNMING)[1]] == ["丁"]


def test_a_replaced_one_and_its_replacement_name_each_other(filer: Actor) -> None:
    old, new = filed("甲"), filed("乙")
    moment = now()
    reason = {"action": Action.REISSUE, "source": "valid", "target": "superseded", "reason": "姓名有误。", "at": moment}
    actor = {"actor_id": filer.user_id, "actor_name": filer.name, "actor_place": filer.place}
    earlier = {**reason, "reason": "更早的一次。", "at": moment - timedelta(days=3)}
    db.session.add_all(Transition(application_id=old.application_id, **one, **actor) for one in (earlier, reason))
    ended = {"status": CertificateStatus.SUPERSEDED, "superseded_at": moment}
    db.session.execute(update(Certificate).where(Certificate.id == old.id).values(ended))
    db.session.execute(update(Certificate).where(Certificate.id == new.id).values(supersedes_id=old.id))
    db.session.commit()
    found, (first, second) = read(filer)
    assert (first.state, first.ended_on, first.reason, first.remark) == (
        "已换发",
        DAY,
        "姓名有误。",
        f"换发为{new.number}",
    )
    assert second.remark == f"由{old.number}换发"
    assert found.counted == "共2份：有效1份，已换发1份"


def test_the_thousandth_follows_and_a_number_that_lacks_is_named(filer: Actor) -> None:
    filed("甲")
    db.session.execute(update(NumberCounter).values(serial=998))
    db.session.commit()
    last = [filed("乙"), filed("丙"), filed("丁")]
    found, lines = read(filer)
    assert [line.number for line in lines][1:] == [one.number for one in last]
    assert [line.number[11:] for line in lines] == ["001", "999", "1000", "1001"]
    (gap,) = found.gaps
    assert gap.startswith("编号不连续：2026年3月5日缺YNS20260305002、YNS20260305003、")
    assert gap.count("YNS") == ledger.NAMED
    db.session.execute(delete(NumberCounter))
    db.session.commit()
    assert "多YNS20260305001" in read(filer)[0].gaps[0]


@pytest.mark.one_database
def test_one_reads_ones_own_and_what_lies_below_and_nothing_else(filer: Actor) -> None:
    filed("甲", KUNMING)
    below = people.actor(people.staff(at=people.department(CHEMICALS, KUNMING)))
    assert ledger.organization(below).name == "昆明市应急管理局"
    assert [line.name for line in read(below, region=KUNMING)[1]] == ["甲"]
    assert ledger.organization(below, people.organization(WUHUA).id)
    for region in (PROVINCE, QUJING):
        with pytest.raises(NotFound):
            ledger.organization(below, people.organization(region).id)
    for nobody in (people.actor(people.staff(ADMINISTRATOR)), people.actor(people.expert())):
        with pytest.raises(NotAllowed):
            ledger.organization(nobody, people.organization().id)
    with pytest.raises(NotAllowed):
        ledger.exported(below, people.organization(KUNMING), DAY.year)
    assert not list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "导出聘书台账")))
    ledger.exported(filer, people.organization(), DAY.year)
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "导出聘书台账"))
    assert entry.subject == f"机构#{people.organization().id}"


def test_a_long_one_takes_no_more_statements(filer: Actor, registry: Registry) -> None:
    filed("甲")
    office = people.organization()
    with counted(registry.engine) as few:
        list(ledger.read(filer, office, DAY.year).lines)
    for _ in range(4):
        filed("乙")
    db.session.refresh(office)
    with counted(registry.engine) as many:
        lines = list(ledger.read(filer, office, DAY.year).lines)
    assert len(lines) == 5
    assert len(many) == len(few) <= 5
