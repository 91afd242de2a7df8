"""Filed by many processes at once: numbers without gap or double, and what others feel of it (R15, R16)."""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app.documents.certificate_pdf import render_certificate
from app.documents.data import CertificateData
from app.domain.states import ApplicationStatus
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Certificate, Expert, NumberCounter, SmsMessage, Transition
from app.policies.actor import Actor
from app.services import filings
from app.services.ports import ports
from app.services.unit_of_work import transactional
from tests.stress.processes import FORK, Refused, at_once, outcome, require
from tests.support import many, people

PROCESSES = 16


def file_share(case_ids: list[int], filer: Actor, finished: Any) -> tuple[list[str], int]:
    """Files each case, again where it was refused: the numbers, and how often it was refused."""
    numbers, refusals = [], 0
    for case_id in case_ids:
        given = outcome(lambda case_id=case_id: filings.file(case_id, filer).number)
        while isinstance(given, Refused):
            refusals += 1
            require(given.kind == "Conflict" and refusals < 1000, given)
            given = outcome(lambda case_id=case_id: filings.file(case_id, filer).number)
        numbers.append(given)
    with finished.get_lock():
        finished.value += 1
    return numbers, refusals


@transactional
def _move(expert_id: int, address: str) -> None:
    db.session.get_one(Expert, expert_id).address = address


def work_beside(expert_id: int, finished: Any) -> tuple[list[float], int]:
    """Saves an address again and again while the others file: the milliseconds of each, and the refusals."""
    spent, refusals = [], 0
    while finished.value < PROCESSES:
        began = time.perf_counter()
        given = outcome(lambda: _move(expert_id, f"青年路{len(spent)}号"))
        refusals += isinstance(given, Refused)
        spent.append((time.perf_counter() - began) * 1000)
        time.sleep(0.02)  # as somebody who types between two saves
    return spent, refusals


def run(app: Flask, filings_in_all: int) -> dict[str, Any]:
    """So many filings by 16 processes. Raises ``WentWrong`` for a gap, a double, or anything half done."""
    with app.app_context():
        case_ids = many.approved_cases(filings_in_all)
        filer = people.actor(people.staff("政府用户（科信）", at=people.department(people.SCIENCE)))
        bystander = people.expert().id
        before = _written()
        _warm_up()
        finished = FORK.Value("i", 0)
        shares = [case_ids[start::PROCESSES] for start in range(PROCESSES)]
        deeds = [partial(file_share, share, filer, finished) for share in shares]
        together = at_once(app, [*deeds, partial(work_beside, bystander, finished)])
        *filed, (spent, kept_out) = together.results
        given = sorted(number for numbers, _ in filed for number in numbers)
        expected = [f"YNS{today_in_shanghai():%Y%m%d}{serial:03d}" for serial in range(1, filings_in_all + 1)]
        require(given == expected, "numbers given", given)
        require(sorted(db.session.scalars(select(Certificate.number))) == expected, "numbers kept")
        states = set(db.session.scalars(select(Application.status).where(Application.id.in_(case_ids))))
        require(states == {ApplicationStatus.FILED}, states)
        written = _written()
        grown = {name: written[name] - before[name] for name in written}
        require(set(grown.values()) == {filings_in_all}, grown)
        serial = db.session.scalar(select(NumberCounter.serial))
        require(serial == filings_in_all, "counter", serial)
        for digest, number in db.session.execute(select(Certificate.digest, Certificate.number)):
            require(ports().storage.read(digest).startswith(b"%PDF-"), "no PDF", number)
        return {
            "processes": PROCESSES,
            "filings": filings_in_all,
            "seconds": round(together.seconds, 2),
            "per_second": round(filings_in_all / together.seconds, 1),
            "refusals": sum(refusals for _, refusals in filed),
            "beside_saves": len(spent),
            "beside_refusals": kept_out,
            "beside_median_ms": round(statistics.median(spent), 1),
            "beside_longest_ms": round(max(spent), 1),
        }


def _warm_up() -> None:
    """A server's process reads its fonts once; here every process would."""
    day = today_in_shanghai()
    render_certificate(CertificateData("张三", "云南省应急管理厅", "省化工-防爆", "YNS000", day, None, day))


def _written() -> dict[str, int]:
    models = (Certificate, SmsMessage, Transition)
    return {model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in models}
