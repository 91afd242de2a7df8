"""导出聘书: fixed when it is ordered, made by whichever worker lives, handed out while all of it may still be seen."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from functools import partial

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from app.adapters.storage import MemoryStorage
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.exports import ExportKind, ExportState
from app.extensions import db
from app.models import Account, AuditEntry, Certificate, ExportJob, ExportPart, Notification
from app.policies.actor import Actor
from app.policies.roles import FILER, REVIEWER
from app.services import attachments, certificates, export_orders, exports, leases
from tests.support import cases, people
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, PROVINCE, QUJING
from tests.support.races import at_once

PDF, ZIP = ExportKind.PDF, ExportKind.ZIP


@pytest.fixture
def person(app: Flask) -> Account:
    return people.staff(FILER, at=people.department(people.SCIENCE), name="赵科信")


@pytest.fixture
def filer(person: Account) -> Actor:
    return people.actor(person)


def filed(count: int = 3, at: str = PROVINCE) -> list[Certificate]:
    """So many certificates of an organization's department for chemicals."""
    place = people.department(CHEMICALS, at)
    return [
        cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(name=f"专家{n}"), place)))
        for n in range(count)
    ]


def ordered(actor: Actor, found: Sequence[Certificate], kind: ExportKind = PDF, key: str = "A" * 22) -> int:
    return export_orders.order(actor, key, kind, [one.id for one in found])


def job(job_id: int) -> ExportJob:
    db.session.expire_all()
    return db.session.get_one(ExportJob, job_id)


def downloaded(actor: Actor, job_id: int) -> bytes:
    found = export_orders.download(actor, job_id)
    data = b"".join(found.pieces)
    assert len(data) == found.size
    return data


def told(person: Account) -> list[str]:
    """What the bell says of exports."""
    mine = select(Notification.text).where(Notification.account_id == person.id, Notification.kind == "exported")
    return list(db.session.scalars(mine.order_by(Notification.id)))


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_certificates_become_one_file_by_number_and_an_ended_one_says_so(person: Account, filer: Actor) -> None:
    found = filed()
    head = people.actor(cases.reviewer_of(found[1].application))
    certificates.terminate(found[1].id, head, "调离。")
    job_id = ordered(filer, found[::-1])
    assert (job(job_id).state, job(job_id).percent) == (ExportState.QUEUED, 0)
    assert exports.run_next()
    assert not exports.run_next()
    made = job(job_id)
    assert (made.state, made.done, made.total, made.percent) == (ExportState.DONE, 3, 3, 100)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(downloaded(filer, job_id))).pages]
    assert [page.split("证书编号：")[1].split()[0] for page in pages] == sorted(one.number for one in found)
    assert ["已终止" in page for page in pages] == [False, True, False]
    assert told(person) == ["您导出的3份聘书已生成，请在24小时内下载。"]
    kept = db.session.scalars(select(AuditEntry).where(AuditEntry.subject == f"导出#{job_id}").order_by(AuditEntry.id))
    acts = [(entry.action, entry.actor_id) for entry in kept]
    assert acts == [("导出聘书", filer.user_id), ("下载导出的聘书", filer.user_id)]


def test_a_zip_has_each_file_as_it_was_issued(filer: Actor, storage: MemoryStorage) -> None:
    found = filed(2)
    job_id = ordered(filer, found, ZIP)
    exports.run_next()
    files = files_of(downloaded(filer, job_id))
    assert list(files) == [*(f"聘书_{one.number}.pdf" for one in found), "清单.csv"]
    assert [files[f"聘书_{one.number}.pdf"] for one in found] == [storage.read(one.digest) for one in found]


def test_what_is_ordered_is_fixed_and_a_form_works_once(filer: Actor) -> None:
    found = filed(2)
    job_id = ordered(filer, found[:1])
    assert ordered(filer, found) == job_id
    assert job(job_id).ids == [found[0].id]
    with pytest.raises(Conflict, match="页面已失效"):
        ordered(people.actor(people.staff(FILER, at=people.department(people.SCIENCE))), found)


@pytest.mark.one_database
def test_who_may_order_what_and_how_much(filer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = filed(1)
    with pytest.raises(NotAllowed):
        ordered(people.actor(people.staff()), [one])
    with pytest.raises(NotFound):
        ordered(people.actor(people.staff(REVIEWER, at=people.department(CHEMICALS, QUJING))), [one])
    with pytest.raises(Invalid, match="勾选"):
        ordered(filer, [])
    with pytest.raises(Invalid, match="最多500份，这次有501份"):
        export_orders.order(filer, "B" * 22, PDF, range(1, 502))
    with pytest.raises(Invalid, match="最多导出2000份"):
        export_orders.order(filer, "B" * 22, ZIP, range(1, 2002))
    ordered(filer, [one], key="C" * 22)
    ordered(filer, [one], key="D" * 22)
    with pytest.raises(Conflict, match="已有2项"):
        ordered(filer, [one], key="E" * 22)
    exports.run_next()
    ordered(filer, [one], key="E" * 22)


def moved(person: Account, region: str) -> Actor:
    """The person at the department for chemicals of another place."""
    person.department = people.department(CHEMICALS, region)
    db.session.commit()
    return people.actor(person)


@pytest.mark.parametrize("loses", ["sight", "role", "login"])
def test_who_may_no_longer_see_it_gets_nothing_made(person: Account, filer: Actor, loses: str) -> None:
    job_id = ordered(filer, filed(2, KUNMING))
    if loses == "sight":
        moved(person, QUJING)
    elif loses == "role":
        person.roles = []
    else:
        person.active = False
    db.session.commit()
    assert exports.run_next()
    failed = job(job_id)
    assert (failed.state, failed.parts) == (ExportState.FAILED, [])
    assert {"sight": "2 份", "role": "权限", "login": "停用"}[loses] in failed.error
    assert told(person) == ["您导出的2份聘书没有成功，请查看原因。"]


def test_a_file_is_refused_once_a_certificate_is_out_of_sight_and_to_everybody_else(
    person: Account, filer: Actor
) -> None:
    job_id = ordered(filer, filed(2, KUNMING))
    other = people.actor(people.staff(FILER, at=people.department(people.SCIENCE)))
    exports.run_next()
    with pytest.raises(NotFound):
        export_orders.download(other, job_id)
    assert downloaded(moved(person, KUNMING), job_id)
    with pytest.raises(NotAllowed, match="其中有 2 份"):
        export_orders.download(moved(person, QUJING), job_id)
    person.roles = people.roles("政府用户")
    db.session.commit()
    with pytest.raises(NotAllowed, match="权限"):
        export_orders.download(people.actor(person), job_id)


def test_an_order_is_given_up_before_and_while_it_is_made(
    person: Account, filer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "CHUNK", 1)
    found = filed(3)
    first = ordered(filer, found)
    export_orders.cancel(filer, first)
    assert not exports.run_next()
    with pytest.raises(Conflict, match="已取消"):
        export_orders.cancel(filer, first)
    second, drawn, pdf = ordered(filer, found, key="B" * 22), [], certificates.pdf

    def cancelled_meanwhile(one: Certificate) -> bytes:
        drawn.append(one.id)
        data = pdf(one)
        if len(drawn) == 2:
            export_orders.cancel(filer, second)
        return data

    monkeypatch.setattr(certificates, "pdf", cancelled_meanwhile)
    assert exports.run_next()
    assert (job(second).state, job(second).done, len(drawn)) == (ExportState.CANCELLED, 1, 2)
    with pytest.raises(Conflict, match="不存在"):
        export_orders.download(filer, second)
    with pytest.raises(NotFound):
        export_orders.cancel(people.actor(people.staff(FILER)), second)
    assert told(person) == []


def cut_off(monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> pytest.MonkeyPatch.context:  # type: ignore[valid-type]
    def fail(_one: Certificate) -> bytes:
        raise fault

    monkeypatch.setattr(certificates, "pdf", fail)
    return monkeypatch


def test_what_a_dead_worker_held_is_made_by_another_after_its_lease(
    person: Account, filer: Actor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ordered(filer, filed(2))
    with monkeypatch.context() as patch:
        cut_off(patch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            exports.run_next()
    db.session.rollback()
    assert job(job_id).state is ExportState.RUNNING
    assert not exports.run_next()
    clock.forward(minutes=6)
    assert exports.run_next()
    assert (job(job_id).state, job(job_id).attempt) == (ExportState.DONE, 2)
    assert len(PdfReader(io.BytesIO(downloaded(filer, job_id))).pages) == 2
    assert len(told(person)) == 1


def test_an_order_that_kills_its_workers_is_ended(
    person: Account, filer: Actor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ordered(filer, filed(1))
    with monkeypatch.context() as patch:
        cut_off(patch, OSError("disk"))
        for _ in range(leases.TRIES):
            assert exports.run_next()
            assert job(job_id).state is ExportState.RUNNING
            clock.forward(minutes=2)
    assert not exports.run_next()
    assert (job(job_id).state, job(job_id).error) == (ExportState.FAILED, exports.CUT_OFF)
    assert told(person) == ["您导出的1份聘书没有成功，请查看原因。"]


def test_a_worker_that_was_slow_puts_nothing_in_the_place_of_the_next_ones(
    person: Account, filer: Actor, clock: Clock
) -> None:
    job_id = ordered(filer, filed(1))
    slow = exports._take()
    assert slow is not None
    clock.forward(minutes=6)
    assert exports.run_next()
    before = [part.digest for part in job(job_id).parts]
    for late in (partial(exports._note, slow, 0), partial(exports._finish, slow, [])):
        with pytest.raises(leases.Lost):
            late()
    exports._give_up(slow, "迟到")
    exports._put_back(slow)
    assert (job(job_id).state, job(job_id).done) == (ExportState.DONE, 1)
    assert [part.digest for part in job(job_id).parts] == before
    assert len(told(person)) == 1


def test_two_workers_at_once_make_each_order_once(app: Flask, person: Account, filer: Actor) -> None:
    found = filed(2)
    made = [ordered(filer, found, key=letter * 22) for letter in "AB"]
    at_once(app, [exports.run_next, exports.run_next])
    assert [(job(one).state, job(one).attempt) for one in made] == [(ExportState.DONE, 1)] * 2
    assert len(told(person)) == 2


def test_a_file_lies_a_day_and_its_order_is_remembered_a_month(
    filer: Actor, storage: MemoryStorage, clock: Clock
) -> None:
    found = filed(1)
    job_id = ordered(filer, found)
    exports.run_next()
    (part,) = job(job_id).parts
    digest = part.digest
    assert exports.sweep() == 0
    attachments.sweep()
    assert storage.exists(digest)
    clock.forward(hours=25)
    with pytest.raises(Conflict, match="过期"):
        export_orders.download(filer, job_id)
    assert exports.sweep() == 1
    attachments.sweep()
    assert not storage.exists(digest)
    assert storage.exists(found[0].digest)
    assert job(job_id).state is ExportState.EXPIRED
    clock.forward(days=30)
    exports.sweep()
    assert db.session.scalars(select(ExportJob)).all() == []
    assert db.session.scalars(select(ExportPart)).all() == []
