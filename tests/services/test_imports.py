"""导入专家: checked by the rules of every form, imported once, in the sender's region, and nothing left behind."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from flask import Flask
from python_calamine import load_workbook
from sqlalchemy import func, select

from app.adapters.storage import MemoryStorage
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.imports import ImportState, RowState
from app.extensions import db
from app.models import Account, AuditEntry, Expert, ImportJob, ImportRow, Notification, SmsMessage, Speciality
from app.policies.actor import Actor
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import (
    accounts,
    attachments,
    consents,
    import_orders,
    imports,
    leases,
    registration,
)
from app.services.import_orders import StillWrong
from tests.support import people
from tests.support.clock import Clock
from tests.support.people import SCIENCE
from tests.support.workbooks import checked, counts, faults, imported, job, person, staged, workbook

FULL = "化工（危险化学品）/石油化工（含精细化工）/防火防爆"


@pytest.fixture
def sender(app: Flask) -> Account:
    return people.staff(FILER, at=people.department(SCIENCE), name="赵科信")


@pytest.fixture
def filer(sender: Account) -> Actor:
    return people.actor(sender)


def expert_of(id_number: str) -> Expert:
    return db.session.scalars(select(Expert).where(Expert.id_number == id_number)).one()


def experts() -> int:
    return db.session.scalar(select(func.count()).select_from(Expert)) or 0


def test_what_is_right_becomes_an_expert_as_if_registered(
    sender: Account, filer: Actor, storage: MemoryStorage
) -> None:
    right = person(
        name="岩罕·孟",
        nation="汉",
        graduated_on="1998年7月1日",
        titled_on="2010/1/2",
        mobile=19900000077.0,
        specialities=f"{FULL}；交通运输/民航运输/在·",
    )
    job_id = checked(filer, [right], title="2026年专家名册")
    assert (job(job_id).state, counts(job_id)) == (ImportState.CHECKED, {"可导入": 1})
    assert experts() == 0
    imported(filer, job_id)
    made = expert_of(right["id_number"])
    assert (made.name, made.nation, made.mobile, made.region_code) == ("岩罕·孟", "汉族", "19900000077", people.WUHUA)
    assert (made.graduated_on, made.titled_on) == (date(1998, 7, 1), date(2010, 1, 2))
    assert (made.sex, made.birth_date, made.practice_years) == ("男", date(1975, 5, 20), 27)
    assert [one.name for one in made.specialities] == ["防火防爆", "公路运输，车辆、道路安全"]
    assert (made.user.first_name, made.user.password, made.user.active) == ("岩罕·孟", None, True)
    assert [role.name for role in made.user.roles] == ["专家用户"]
    assert len(consents.lacking(made.user_id)) == 2  # asked for when they first sign in
    # Nobody but who was asked to hears of it, and what was staged is gone.
    assert db.session.scalar(select(func.count()).select_from(SmsMessage)) == 0
    (row,) = staged(job_id)
    assert (row.state, row.content, row.id_number_index, row.expert_id) == (RowState.IMPORTED, None, None, made.id)
    assert job(job_id).parts == []
    told = select(Notification.text).where(Notification.account_id == sender.id).order_by(Notification.id)
    assert list(db.session.scalars(told)) == [
        "您上传的专家导入表已检查，请确认导入。",
        "您上传的专家导入表已导入，请查看结果。",
    ]


def test_the_expert_enters_by_a_code_and_sets_a_password(filer: Actor, sms: Any) -> None:
    right = person()
    imported(filer, checked(filer, [right]))
    with pytest.raises(Invalid):
        accounts.authenticate(right["mobile"], "")
    accounts.send_recovery_code(right["mobile"])
    code = db.session.scalars(select(SmsMessage).order_by(SmsMessage.id.desc())).first()
    assert code is not None
    typed = "".join(filter(str.isdigit, code.text))[:6]
    accounts.recover_password(right["mobile"], typed, "another-Horse-77")
    assert accounts.authenticate(right["mobile"], "another-Horse-77").name == right["name"]


def test_imported_twice_changes_nothing_twice(filer: Actor) -> None:
    rows = [person(), person()]
    imported(filer, checked(filer, rows))
    before = [(one.id, one.version, one.updated_at) for one in db.session.scalars(select(Expert).order_by(Expert.id))]
    rows[1] = {**rows[1], "employer": "另一单位", "specialities": f"{FULL}；交通运输/民航运输/在·"}
    again = checked(filer, rows, "B" * 22)
    assert counts(again) == {"已有": 2}
    assert [(row.content or {})["differs"] for row in staged(again)] == [[], ["工作单位", "申报类别"]]
    with pytest.raises(Conflict, match="没有可以导入的行"):
        import_orders.confirm(filer, again)
    db.session.expire_all()
    assert [
        (one.id, one.version, one.updated_at) for one in db.session.scalars(select(Expert).order_by(Expert.id))
    ] == before


def test_a_row_is_mended_whole_or_not_at_all(filer: Actor) -> None:
    job_id = checked(filer, [person(nation="火星族", title_level="高级")])
    with pytest.raises(StillWrong) as refused:
        import_orders.mend(filer, job_id, 2, {"nation": "彝族"})
    assert list(refused.value.faults) == ["title_level"]
    assert list(faults(job_id)[0]) == ["nation", "title_level"]
    assert import_orders.mend(filer, job_id, 2, {"nation": "彝族", "title_level": "副高级"}) is RowState.READY
    with pytest.raises(NotFound):
        import_orders.mend(filer, job_id, 2, {"nation": "汉族"})
    imported(filer, job_id)
    (made,) = db.session.scalars(select(Expert))
    assert (made.nation, made.employer, made.title_level) == ("彝族", "云南某化工研究院", "副高级")


def test_what_is_wrong_stays_when_the_rest_is_imported_and_follows_when_it_is_mended(filer: Actor) -> None:
    job_id = checked(filer, [person(), person(nation="火星族")])
    imported(filer, job_id)
    assert (job(job_id).state, counts(job_id)) == (ImportState.DONE, {"已导入": 1, "有误": 1})
    import_orders.mend(filer, job_id, 3, {"nation": "彝族"})
    imported(filer, job_id)
    assert (counts(job_id), experts()) == ({"已导入": 2}, 2)


def test_the_wrong_rows_go_back_as_a_workbook_that_can_be_sent_again(filer: Actor) -> None:
    wrong = person(nation="火星族", id_number="530102197505201234", 备注="=1+1")
    job_id = checked(filer, [person(), wrong], own=["备注"])
    data = import_orders.marked(filer, job_id)
    (headings, cells) = load_workbook(io.BytesIO(data)).get_sheet_by_name("专家信息").to_python()
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        comments = parts.read("xl/comments1.xml").decode()
    assert [place for place in ('ref="B2"', 'ref="C2"', 'ref="D2"') if place in comments] == ['ref="B2"', 'ref="C2"']
    assert "请从列表中选择。" in comments
    assert headings[-1] == "备注"
    assert (cells[0], cells[2], cells[-1]) == ("白晓", "火星族", "=1+1")
    again = import_orders.upload(filer, "B" * 22, data, "改.xlsx", gaps=False)
    imports.run_next()
    assert list(faults(again)[0]) == ["id_number", "nation"]


@pytest.mark.one_database
def test_who_may_import_and_a_form_works_once(filer: Actor) -> None:
    data = workbook([person()])
    for nobody in (people.staff(), people.staff(REVIEWER)):
        with pytest.raises(NotAllowed):
            import_orders.upload(people.actor(nobody), "A" * 22, data, "a.xlsx", gaps=False)
    job_id = import_orders.upload(filer, "A" * 22, data, "530102197505201234.xlsx", gaps=False)
    assert import_orders.upload(filer, "A" * 22, data, "a.xlsx", gaps=False) == job_id
    assert "19750520" not in job(job_id).filename
    administrator = people.actor(people.staff(ADMINISTRATOR))
    with pytest.raises(Conflict, match="页面已失效"):
        import_orders.upload(administrator, "A" * 22, data, "a.xlsx", gaps=False)
    imports.run_next()
    for act in (import_orders.own, import_orders.confirm, import_orders.cancel, import_orders.marked):
        with pytest.raises(NotFound):
            act(administrator, job_id)
    with pytest.raises(NotFound):
        import_orders.mend(administrator, job_id, 2, {})
    for key in "BCDE":
        import_orders.upload(filer, key * 22, data, "a.xlsx", gaps=False)
    with pytest.raises(Conflict, match="5份表格没有导入"):
        import_orders.upload(filer, "F" * 22, data, "a.xlsx", gaps=False)


def test_who_may_no_longer_import_imports_nothing(sender: Account, filer: Actor) -> None:
    job_id = checked(filer, [person()])
    import_orders.confirm(filer, job_id)
    sender.roles = people.roles(REVIEWER)
    db.session.commit()
    imports.run_next()
    assert (experts(), "权限" in job(job_id).error) == (0, True)


def test_a_row_that_somebody_registers_meanwhile_stops_no_other(filer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [person() for _ in range(4)]
    job_id = checked(filer, rows)
    judge, once = imports.import_check.judge, []

    def raced(*args: Any, **options: Any) -> Any:
        found = judge(*args, **options)
        if not once:
            once.append(True)
            row = rows[1]
            identity = registration.parse_id_number(row["id_number"], date(2026, 1, 1))
            # Another's row that the check did not see yet: the table's constraint finds it.
            db.session.add(registration.new_expert("别人", identity, people.new_mobile(), registration.expert_role()))
        return found

    monkeypatch.setattr(imports.import_check, "judge", raced)
    imported(filer, job_id)
    assert counts(job_id) == {"已导入": 4}
    assert experts() == 4


def test_a_worker_that_dies_leaves_its_file_to_another(
    filer: Actor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "IMPORTED_AT_ONCE", 2)
    rows = [person() for _ in range(5)]
    job_id = checked(filer, rows)
    import_orders.confirm(filer, job_id)
    taken = imports._take()
    assert taken is not None
    imports._import_rows(taken, imports._ready(job_id), imports.read_names())
    assert not imports.run_next()
    clock.forward(minutes=6)
    assert imports.run_next()
    with pytest.raises(leases.Lost):
        imports._import_rows(taken, [], imports.read_names())
    assert (experts(), counts(job_id), job(job_id).done) == (5, {"已导入": 5}, 5)


def test_what_is_staged_is_sealed_and_goes_when_it_is_given_up_or_old(
    filer: Actor, clock: Clock, storage: MemoryStorage
) -> None:
    row = person()
    job_id = checked(filer, [row])
    raw = db.session.execute(
        select(func.hex(ImportRow.__table__.c.content))
        if db.engine.name == "sqlite"
        else select(func.encode(ImportRow.__table__.c.content, "hex"))
    ).scalar_one()
    assert row["name"].encode().hex().upper() not in raw.upper()
    import_orders.cancel(filer, job_id)
    assert (staged(job_id), job(job_id).state) == ([], ImportState.CANCELLED)
    kept = checked(filer, [row], "B" * 22)
    assert imports.sweep() == 0
    clock.forward(days=31)
    assert imports.sweep() == 2
    assert (staged(kept), list(db.session.scalars(select(ImportJob)))) == ([], [])


def test_the_file_lies_sealed_until_it_is_read(filer: Actor, storage: MemoryStorage) -> None:
    job_id = import_orders.upload(filer, "A" * 22, workbook([person()]), "a.xlsx", gaps=False)
    (part,) = job(job_id).parts
    assert attachments.sweep() == 0
    assert storage.exists(part.digest)


def test_the_log_says_who_and_how_many_and_nobodys_name(filer: Actor) -> None:
    row = person()
    job_id = checked(filer, [row, person(nation="火星族")])
    imported(filer, job_id)
    kept = list(
        db.session.scalars(select(AuditEntry).where(AuditEntry.subject == f"导入#{job_id}").order_by(AuditEntry.id))
    )
    assert [entry.action for entry in kept] == [
        "上传专家导入表",
        "检查专家导入表",
        "确认导入专家",
        "导入专家",
        "完成导入专家",
    ]
    assert {entry.actor_id for entry in kept} == {filer.user_id}
    details = " ".join(entry.detail or "" for entry in kept)
    assert job(job_id).digest in details
    assert '"已导入":1' in details
    for secret in (row["name"], row["id_number"], row["mobile"], row["employer"]):
        assert secret not in details


@pytest.mark.one_database
def test_a_speciality_that_was_retired_after_the_check_is_not_imported(filer: Actor) -> None:
    job_id = checked(filer, [person()])
    import_orders.confirm(filer, job_id)
    (one,) = db.session.scalars(select(Speciality).where(Speciality.id == people.speciality().id))
    one.retired = True
    db.session.commit()
    imports.run_next()
    assert (counts(job_id), experts()) == ({"有误": 1}, 0)
    assert "已停用" in faults(job_id)[0]["specialities"]
