"""People, cases and certificates from under every released version of the schema, read by the product of today."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import Column, LargeBinary, MetaData, Table, func, insert, inspect, select, table

from app.domain.states import ApplicationStatus
from app.extensions import db
from app.models import (
    Application,
    Attachment,
    AuditEntry,
    Certificate,
    Expert,
    ExportJob,
    Feedback,
    SmsMessage,
    Submission,
    Transition,
)  # fmt: skip
from app.models.encrypted import key_ring
from app.services import name_initials
from tests.test_migrations import scripts

AT = datetime(2026, 3, 2, 1, 30)  # noqa: DTZ001  (the database's own, without a zone)
THERE = {"id": 1, "retired": False}
PLACES: dict[str, dict[str, Any]] = {
    "region": {"code": "530000", "name": "云南省", "level": 1, "full_name": "云南省"},
    "organization": THERE | {"name": "云南省应急管理厅", "region_code": "530000", "prefix": "YNS"},
    "department": THERE | {"organization_id": 1, "name": "危化处", "receives": True, "files": True},
    "appointing_body": THERE | {"organization_id": 1, "name": "省应急管理厅", "kind": 1},
    "industry": THERE | {"position": 1, "name": "化工", "short_name": "化工"},
    "field": THERE | {"position": 1, "industry_id": 1, "name": "化工"},
    "speciality": THERE | {"position": 1, "field_id": 1, "name": "化工工艺"},
}
SEALED = {
    "expert": ("id_number", "mobile"), "sms_message": ("mobile", "text"), "feedback": ("contact",), "snapshot": ("content",),
}  # fmt: skip


def number(n: int) -> str:
    return f"53010219750520{n:04d}"


def mobile(n: int) -> str:
    return f"1390000{n:04d}"


def rows(n: int) -> dict[str, dict[str, Any]]:
    """What was there of one expert, filed and with a certificate: each column that any version has had."""
    own = {"id": n, "expert_id": n, "application_id": n}
    where = {"organization_id": 1, "department_id": 1, "region_code": "530000"}
    done = {"actor_id": n, "actor_name": f"专家{n}", "actor_place": "专家本人"}
    return {
        "ab_user": own | {"first_name": f"专家{n}", "last_name": "", "username": f"expert{n}", "active": True,
                          "must_change_password": False, "session_epoch": n},
        "expert": own | {"user_id": n, "version": 1, "created_at": AT, "updated_at": AT, "name": f"张三{n}", "sex": "男",
                         "birth_date": date(1975, 5, 20), "id_number": number(n), "mobile": mobile(n),
                         "region_code": "530000", "employer": "云南化工有限公司"},
        "snapshot": own | {"taken_at": AT, "content": {"name": f"张三{n}"}},
        "application": own | where | {"version": 2, "status": "filed", "submitted_at": AT, "changed_at": AT, "snapshot_id": n,
                                      "speciality_id": 1, "appointing_body_id": 1, "title": "省化工-化工工艺"},
        "submission": own | {"snapshot_id": n},
        "transition": own | done | {"action": "file", "source": "pending_filing", "target": "filed", "at": AT, "reason": ""},
        "certificate": own | where | {"version": 1, "number": f"YNS20260302{n:03d}", "name": f"张三{n}",
                                      "title": "省化工-化工工艺", "body": "省应急管理厅", "valid_from": AT.date(),
                                      "issued_on": AT.date(), "status": "valid", "digest": f"{n:064d}",
                                      "check_code": f"{n:022d}"},
        "attachment": own | {"kind": "title", "filename": "职称.pdf", "content_type": "application/pdf", "size": 9,
                             "digest": f"{n:064d}", "uploaded_at": AT},
        "audit_entry": own | done | {"at": AT, "action": "备案", "subject": f"申报 {n}"},
        "sms_message": own | {"key": f"{n:032d}", "mobile": mobile(n), "purpose": "审核结果", "text": f"您好{n}",
                              "status": "sent", "created_at": AT, "due_at": AT, "sent_at": AT, "tries": 1},
        "feedback": own | {"asker_id": n, "asker_name": f"专家{n}", "question": f"问{n}", "contact": mobile(n), "asked_at": AT,
                           "answer": f"答{n}", "answered_at": AT, "answered_by_id": n, "state": "answered", "said_at": AT},
        "feedback_reply": own | {"feedback_id": n, "author_id": n, "is_answer": True, "text": f"答{n}", "said_at": AT},
        "export_job": own | {"key": f"{n:043d}", "owner_id": n, "kind": "zip", "certificate_ids": f"[{n}]",
                             "row_ids": f"[{n}]", "subject": "certificates", "total": 1, "done": 1, "state": "done",
                             "attempt": 1, "error": "", "created_at": AT},
    }  # fmt: skip


def enter(tables: dict[str, dict[str, Any]]) -> None:
    """By the tables and columns of this version, sealed where it seals."""
    found, metadata = set(inspect(db.engine).get_table_names()), MetaData()
    with db.engine.begin() as connection:
        for name in [one for one in tables if one in found]:
            there = Table(name, metadata, autoload_with=connection, resolve_fks=False)
            connection.execute(insert(there), {
                column.name: written(column, tables[name][column.name.removesuffix("_index")])
                for column in there.c if column.name.removesuffix("_index") in tables[name]
            })  # fmt: skip


def written(column: Column[Any], value: Any) -> Any:
    of, kind = column.table.name, column.name.removesuffix("_index")
    if kind not in SEALED.get(of, ()) or not isinstance(column.type, LargeBinary):
        return value
    text = json.dumps(value) if isinstance(value, dict) else value
    return key_ring().index(text, kind) if kind != column.name else key_ring().seal(text.encode(), f"{of}.{kind}")


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_what_was_entered_under_each_version_is_read_by_the_product_of_today(unbuilt: Flask) -> None:
    versions = [script.revision for script in scripts().walk_revisions()][::-1]
    for n, revision in enumerate(versions, 1):
        flask_migrate.upgrade(revision=revision)
        enter(({} if n > 1 else PLACES) | rows(n))
    name_initials.fill()
    every = range(1, len(versions) + 1)
    for n in every:
        expert = db.session.scalars(select(Expert).where(Expert.mobile == mobile(n))).one()
        assert (expert.id, expert.name, expert.id_number, expert.approved) == (n, f"张三{n}", number(n), True)
        case = db.session.get_one(Application, n)
        assert (case.status, case.snapshot.content, case.expert_id) == (
            ApplicationStatus.FILED,
            {"name": f"张三{n}"},
            n,
        )
        certificate = db.session.get_one(Certificate, n)
        assert (certificate.number, len(certificate.check_code)) == (f"YNS20260302{n:03d}", 22)
        message = db.session.get_one(SmsMessage, n)
        assert (message.mobile, message.text) == (mobile(n), f"您好{n}")
        asked = db.session.get_one(Feedback, n)
        assert (asked.contact, [reply.text for reply in asked.replies], str(asked.state)) == (
            mobile(n),
            [f"答{n}"],
            "answered",
        )
    for rows_of in (Submission, Transition, Attachment, AuditEntry, Expert, table("expert_reach")):
        assert db.session.scalar(select(func.count()).select_from(rows_of)) == len(every), rows_of
    jobs = db.session.scalars(select(ExportJob).order_by(ExportJob.id)).all()
    assert [job.id for job in jobs] == [n for n in every if versions[n - 1] >= "0015"]
