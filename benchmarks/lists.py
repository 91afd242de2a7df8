"""How many statements each list runs, and how long it takes, with many experts in scope and out of it.

``python -m benchmarks.lists --size 100000 --database sqlite``: fills a database of its own with that many experts,
each with a case (a third waits for review, a third for filing, a third has a certificate), and opens every list as
an official who sees all of them and as one who sees none. A list that runs more than five statements is a failure.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask, session
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import event, insert, select

from app import create_app
from app.domain.states import ApplicationStatus, CertificateStatus, ChangeState
from app.extensions import db
from app.models import (
    Account,
    Application,
    AppointingBody,
    AuditEntry,
    Certificate,
    ChangeRequest,
    Department,
    Expert,
    Feedback,
    Organization,
    SmsMessage,
    Snapshot,
    Speciality,
)
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import reference
from app.views.session import start_session
from benchmarks.rotation import database, environment
from config import load

STATEMENTS_AT_MOST = 5
AT_A_TIME = 5000
EVERYWHERE, ELSEWHERE, HOME = "530000", "530300", "530102"
"""The province, which sees every expert; a prefecture that sees none; and the county that they are all of."""

LISTS = (
    "expert", "application", "review", "filing", "certificates", "account-staff", "role", "audit", "sms",
    "sms-template",
    "feedback-desk", "organization", "department", "body", "industry", "field", "speciality", "holiday", "region",
    "review?all=1", "filing?all=1", "change", "delegation-desk", "rights", "design", "certificates?ending=90",
    "application?kind=renewal",
)  # fmt: skip
STATUSES = (ApplicationStatus.PENDING_REVIEW, ApplicationStatus.PENDING_FILING, ApplicationStatus.FILED)


def fill(size: int) -> dict[str, int]:
    """``size`` experts with what hangs on them; gives the two officials' account ids by their region."""
    at = _department(EVERYWHERE)
    body = db.session.scalars(select(AppointingBody).where(AppointingBody.organization_id == at.organization_id)).all()
    speciality = db.session.scalars(select(Speciality.id).order_by(Speciality.id)).first()
    given = {"speciality_id": speciality, "appointing_body_id": body[0].id, "title": "省化工-防爆"}
    place = {"organization_id": at.organization_id, "department_id": at.id, "region_code": EVERYWHERE}
    moment, today = datetime.now(UTC), datetime.now(UTC).date()
    for start in range(1, size + 1, AT_A_TIME):
        numbers = range(start, min(start + AT_A_TIME, size + 1))
        filed = [n for n in numbers if n % 3 == 2]
        tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
            (Account, [{"id": n, "first_name": f"专家{n}", "last_name": "", "username": f"bench{n}", "active": True,
                        "must_change_password": False, "session_epoch": 0} for n in numbers]),
            (Expert, [{"id": n, "user_id": n, "name": f"专家{n}", "sex": "男", "birth_date": date(1970, 1, 1),
                       "version": 1, "created_at": moment, "updated_at": moment, "id_number": f"B{n:017d}",
                       "id_number_index": f"B{n:017d}", "mobile": f"139{n:08d}", "mobile_index": f"139{n:08d}",
                       "region_code": HOME, "employer": f"单位{n % 50}", "title_level": "正高级"} for n in numbers]),
            (Snapshot, [{"id": n, "expert_id": n, "content": {}} for n in numbers]),
            (Application, [{"id": n, "version": 1, "expert_id": n, "snapshot_id": n, "submitted_at": moment,
                            "changed_at": moment - timedelta(days=n % 60),
                            "status": STATUSES[n % 3], **place, **given} for n in numbers]),
            (Certificate, [{"application_id": n, "version": 1, "expert_id": n, "number": f"YNS20260101{n:06d}",
                            "name": f"专家{n}", "title": given["title"], "body": body[0].name, "valid_from": today,
                            "valid_to": today + timedelta(days=n % 3650), "check_code": f"{n:022d}",
                            "issued_on": today, "status": CertificateStatus.VALID, "digest": "0" * 64, **place}
                           for n in filed]),
            (AuditEntry, [{"actor_name": f"专家{n}", "action": "试", "subject": f"专家#{n}"} for n in filed]),
            (SmsMessage, [{"key": f"bench{n}", "mobile": f"139{n:08d}", "mobile_index": f"139{n:08d}",
                           "purpose": "聘书生成", "text": "试"} for n in filed]),
            (ChangeRequest, [{"version": 1, "expert_id": n, "proposed_at": moment, "proposed_by": f"专家{n}",
                              "reason": "试", "subject": "通信地址", "state": ChangeState.OPEN,
                              "organization_id": at.organization_id, "department_id": at.id} for n in filed]),
            (Feedback, [{"asker_id": n, "asker_name": f"专家{n}", "question": "试"} for n in filed]),
        )  # fmt: skip
        for table, rows in tables:
            if rows:
                db.session.execute(insert(table), rows)
        db.session.commit()
    officials = {region: _official(size + number, region) for number, region in enumerate((EVERYWHERE, ELSEWHERE), 1)}
    db.session.commit()
    return officials


def _department(region: str) -> Department:
    within = select(Department).join(Department.organization).where(Organization.region_code == region)
    return db.session.scalars(within.order_by(Department.id)).all()[0]


def _official(account_id: int, region: str) -> int:
    """Somebody with every role of staff, at a department of the region."""
    roles = list(db.session.scalars(select(Role).where(Role.name.in_([ADMINISTRATOR, REVIEWER, FILER]))))
    db.session.add(
        Account(
            id=account_id, first_name="李科员", last_name="", username=f"official{region}", active=True,
            must_change_password=False, session_epoch=0, department=_department(region), roles=roles,
            id_number=f"O{account_id:017d}",
        )
    )  # fmt: skip
    return account_id


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that run meanwhile, transaction control left out."""
    ran: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            ran.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(engine, "before_cursor_execute", note)


def browser(app: Flask, account_id: int) -> FlaskClient:
    """In which this account is logged in."""
    client = app.test_client()
    with app.test_request_context():
        start_session(db.session.get_one(Account, account_id))
        begun = dict(session)
    with client.session_transaction() as cookie:
        cookie.update(begun)
    return client


def measure(app: Flask, account_id: int) -> dict[str, dict[str, float]]:
    """Each list's statements and milliseconds: the better of two, the first of which warms up."""
    client, figures = browser(app, account_id), {}
    for name in LISTS:
        resource, _, query = name.partition("?")
        address, spent = f"/{resource}/list/?{query}", []
        for _ in range(3):
            began = time.perf_counter()
            with counted(app) as ran:
                response = client.get(address)
            spent.append((time.perf_counter() - began) * 1000)
            if response.status_code != 200:
                raise RuntimeError(f"{address} answers {response.status_code}")
        if len(ran) > STATEMENTS_AT_MOST:
            raise RuntimeError(f"{address} runs {len(ran)} statements:\n" + "\n".join(ran))
        rows = len(re.findall(r"<tr", response.get_data(as_text=True)))
        figures[name] = {"statements": len(ran), "table_rows": rows, "milliseconds": round(min(spent[1:]), 1)}
    return figures


def run(size: int, kind: str) -> dict[str, Any]:
    """The whole measurement. Raises RuntimeError where a list fails, or runs more statements than it may."""
    with tempfile.TemporaryDirectory() as name, database(kind, Path(name)) as url:
        app = create_app(load(environment(url, Path(name), 1)))
        with app.app_context():
            flask_migrate.upgrade()
            reference.seed()
            began = time.perf_counter()
            officials = fill(size)
            seconds = time.perf_counter() - began
            if kind == "postgresql":  # as its autovacuum would a moment later
                db.session.connection().exec_driver_sql("ANALYZE")
                db.session.commit()
            db.session.remove()
        try:
            return {
                "experts": size,
                "database": kind,
                "filled_in_seconds": round(seconds, 1),
                "in_scope": measure(app, officials[EVERYWHERE]),
                "out_of_scope": measure(app, officials[ELSEWHERE]),
            }
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


def main() -> None:
    """Runs, prints, and keeps the result beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = parser.parse_args()
    result = run(chosen.size, chosen.database)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"lists-{chosen.database}-{chosen.size}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for scope in ("in_scope", "out_of_scope"):
        for name, figures in result[scope].items():
            print(f"{scope:<13}{name:<15}" + "".join(f"{value:>8} {key}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
