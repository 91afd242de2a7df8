"""导出 Excel of any list: fixed when it is ordered, in scope for each row when it is made, masked, and logged."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import LargeBinary, select, type_coerce

from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.exports import MOST_ROWS, ExportState, Said, TableChoice
from app.extensions import db
from app.models import Account, AuditEntry, Expert, ExportJob, Notification
from app.models.columns import all_fields
from app.policies.actor import Actor
from app.policies.roles import ADMINISTRATOR, REVIEWER, STAFF
from app.services import export_orders, exports, table_export
from app.services.export_subjects import AUDIT, CASES, CERTIFICATES, CHANGES, EXPERTS, SUBJECTS, Subject
from tests.support import cases, changes, people
from tests.support.people import CHEMICALS, QILIN, QUJING, WUHUA
from tests.support.plans import statements

BASIC = TableChoice("专家信息", ("name", "sex", "region"))


@pytest.fixture
def person(app: Flask) -> Account:
    return people.staff(REVIEWER, ADMINISTRATOR, name="王处长")


@pytest.fixture
def head(person: Account) -> Actor:
    return people.actor(person)


def ordered(
    actor: Actor, ids: Sequence[int], choice: TableChoice = BASIC, key: str = "A" * 22, subject: Subject = EXPERTS
) -> int:
    return table_export.order(actor, subject, key, ids, choice)


def job(job_id: int) -> ExportJob:
    db.session.expire_all()
    return db.session.get_one(ExportJob, job_id)


def read(actor: Actor, job_id: int) -> dict[str, list[list[Any]]]:
    """The finished workbook: sheet to rows."""
    found = export_orders.download(actor, job_id)
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(found.pieces)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def made(
    actor: Actor, ids: Sequence[int], choice: TableChoice, subject: Subject = EXPERTS
) -> dict[str, list[list[Any]]]:
    """An order, carried out."""
    job_id = ordered(actor, ids, choice, f"{ExportJob.__name__}{len(all_jobs()):013d}", subject)
    assert exports.run_next()
    assert job(job_id).error == ""
    return read(actor, job_id)


def all_jobs() -> list[ExportJob]:
    return list(db.session.scalars(select(ExportJob)))


def test_rows_stand_in_the_order_of_the_list_masked_and_as_what_they_are(person: Account, head: Actor) -> None:
    first = people.expert(name="张三", birth_date=date(1968, 2, 29), practice_years=12)
    second = people.expert(QILIN, name='=HYPERLINK("http://evil.example")')
    names = ("name", "birth_date", "id_number", "mobile", "region", "practice_years", "specialities")
    filters = (Said("所在地区", "云南省"), Said("姓名", "张三丰", typed=True))
    sheets = made(head, [second.id, first.id], TableChoice("专家信息", names, filters))
    assert list(sheets) == ["专家信息", "说明"]
    heading, *rows = sheets["专家信息"]
    assert heading == ["姓名", "出生日期", "身份证号", "手机", "所在地区", "从事专业年限", "申报类别"]
    assert [row[0] for row in rows] == ['=HYPERLINK("http://evil.example")', "张三"]
    hidden = (f"{first.id_number[:6]}********{first.id_number[-4:]}", f"{first.mobile[:3]}****{first.mobile[-4:]}")
    assert rows[1][1:] == [date(1968, 2, 29), *hidden, "昆明市五华区", 12, str(first.specialities[0])]
    about = dict(sheets["说明"])
    assert about["导出人"] == f"王处长（{head.place}）"
    assert (about["筛选条件"], about["记录数"]) == ("所在地区：云南省；姓名：张三丰", "2")
    assert "北京时间" in about["导出时间"]
    assert "已脱敏" in about["说明"]
    (told,) = db.session.scalars(select(Notification.text).where(Notification.account_id == person.id))
    assert told == "您导出的“专家信息，2名专家”已生成，请在24小时内下载。"
    ordering, fetching = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject.like("导出#%")).order_by(AuditEntry.id)
    )
    assert (ordering.action, fetching.action) == ("导出列表", "下载导出的列表")
    for said in ("专家信息", "姓名、出生日期", '"count":2', "所在地区：云南省", "姓名：（已填写）"):
        assert said in (ordering.detail or "")
    assert "张三" not in f"{ordering.detail}{fetching.detail}"


def world() -> dict[Subject, list[int]]:
    """Two rows and more of each list."""
    filed = [cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert()))) for _ in range(2)]
    waiting = [cases.pending_case(), cases.approved_case()]
    asked = [changes.open_request(one.expert) for one in filed]
    return {
        EXPERTS: [one.expert_id for one in filed],
        CASES: [one.id for one in waiting] + [one.application_id for one in filed],
        CERTIFICATES: [one.id for one in filed],
        CHANGES: [one.id for one in asked],
        AUDIT: list(db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(3))),
    }


def test_every_declared_column_of_every_list_can_be_had_and_what_is_sealed_has_its_mask(head: Actor) -> None:
    for subject, ids in world().items():
        declared = {name for name in all_fields(subject.model) if name not in subject.left_out}
        assert declared <= set(subject.columns), subject.key
        sheets = made(head, ids, TableChoice(subject.noun, tuple(subject.columns)), subject)
        heading, *rows = sheets[subject.noun]
        assert heading == [column.heading.label for column in subject.columns.values()]
        assert len(set(heading)) == len(heading)
        assert len(rows) == len(ids)
        secret = {value for one in db.session.scalars(select(Expert)) for value in (one.id_number, one.mobile)}
        assert not secret & {str(value) for row in rows for value in row}, subject.key


def test_cases_say_how_long_they_wait_and_certificates_how_they_stand_today(head: Actor) -> None:
    found = world()
    choice = TableChoice("申报记录", ("number", "kind", "expert", "status", "submitted_at", "waiting", "late"))
    (_, waiting, approved, filed, _), about = made(head, found[CASES], choice, CASES).values()
    assert waiting[:4] == [f"SB{found[CASES][0]:08d}", "新聘", "张三", "待审核"]
    assert isinstance(waiting[4], datetime)
    assert [row[5:] for row in (waiting, approved, filed)] == [[0, 0], [0, 0], ["", ""]]
    assert "脱敏" not in dict(about)["说明"]
    ((heading, one, _), _) = made(
        head, found[CERTIFICATES], TableChoice("聘书", ("valid_to", "status_now")), CERTIFICATES
    ).values()
    assert heading == ["有效期止", "状态"]
    assert one[1] == "有效"


def test_reading_takes_as_many_statements_for_many_rows_as_for_few(head: Actor) -> None:
    found, few = world(), {}
    for subject, ids in found.items():
        for count in (1, 2):
            with statements() as run:
                made(head, ids[:count], TableChoice(subject.noun, tuple(subject.columns)), subject)
            few[subject.key, count] = len([text for text, _ in run if text.startswith("SELECT")])
        assert few[subject.key, 1] == few[subject.key, 2], subject.key


def test_who_may_order_what(head: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    one = people.expert()
    with pytest.raises(NotAllowed, match="没有批量导出专家的权限"):
        ordered(people.actor(people.staff(STAFF)), [one.id])
    below = people.actor(people.staff(REVIEWER, at=people.department(CHEMICALS, QUJING)))
    with pytest.raises(NotFound):
        ordered(below, [one.id])
    with pytest.raises(NotFound):
        ordered(head, [one.id, 0])
    for columns, problem in (((), "至少选择一列"), (("name", "user_id"), "列出的列"), (("password",), "列出的列")):
        with pytest.raises(Invalid, match=problem):
            ordered(head, [one.id], replace(BASIC, columns=columns))
    with pytest.raises(Invalid, match="没有可以导出的专家"):
        ordered(head, [])
    with pytest.raises(Invalid, match=f"最多导出{MOST_ROWS}名专家"):
        ordered(head, range(1, MOST_ROWS + 2))
    assert all_jobs() == []


def test_a_form_works_once_and_what_it_asked_for_is_fixed(head: Actor) -> None:
    one, other = people.expert(), people.expert()
    first = ordered(head, [one.id])
    assert ordered(head, [other.id]) == first
    assert (job(first).ids, job(first).choice["columns"]) == ([one.id], ["name", "sex", "region"])  # type: ignore[index]


def loses_sight(person: Account) -> None:
    person.department = people.department(CHEMICALS, QUJING)


def loses_role(person: Account) -> None:
    person.roles = people.roles(STAFF)


@pytest.mark.parametrize("lost", [loses_sight, loses_role])
def test_scope_and_permission_are_asked_for_each_part_and_at_the_download(
    person: Account, head: Actor, lost: Callable[[Account], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [people.expert(WUHUA).id for _ in range(3)]
    kept, made_late = ordered(head, ids), ordered(head, ids, key="B" * 22)
    exports.run_next()
    monkeypatch.setattr(exports, "AT_A_TIME", 1)
    rows = Subject.rows

    def lost_meanwhile(self: Subject, actor: Actor, some: Sequence[int], *options: Any) -> list[Any]:
        found = rows(self, actor, some, *options)
        if some[0] == ids[1]:
            lost(person)
            db.session.commit()
        return found

    monkeypatch.setattr(Subject, "rows", lost_meanwhile)
    exports.run_next()
    assert (job(made_late).state, job(made_late).parts) == (ExportState.FAILED, [])
    assert "1 名专家" in job(made_late).error or "权限" in job(made_late).error
    with pytest.raises(NotAllowed):
        export_orders.download(people.actor(person), kept)


def test_of_each_list_the_columns_that_one_chose_last_are_remembered(head: Actor) -> None:
    one = cases.pending_case()
    assert table_export.last_columns(head, CASES, "待审核") == []
    ordered(head, [one.id], TableChoice("待审核", ("expert", "status")), subject=CASES)
    ordered(head, [one.id], TableChoice("申报记录", ("number",)), "B" * 22, CASES)
    assert table_export.last_columns(head, CASES, "待审核") == ["expert", "status"]
    assert table_export.last_columns(head, CASES, "待备案") == []
    assert table_export.last_columns(people.actor(people.staff(REVIEWER)), CASES, "待审核") == []


def test_what_was_typed_into_a_filter_is_sealed(head: Actor) -> None:
    typed = people.expert().id_number
    ordered(head, [people.expert().id], replace(BASIC, filters=(Said("姓名", typed, typed=True),)))
    kept = db.session.scalar(select(type_coerce(ExportJob.choice, LargeBinary())))
    assert kept is not None
    assert typed.encode() not in bytes(kept)


def test_each_list_is_known_by_its_key() -> None:
    assert {subject.key for subject in SUBJECTS.values()} == set(SUBJECTS)
