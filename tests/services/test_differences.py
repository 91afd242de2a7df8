"""What changed between two submissions: fields, rows and files, and nothing else (R11)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.extensions import db
from app.models import AttachmentKind, Expert, Snapshot
from app.services import attachments, differences, profile_document, profiles
from app.services.differences import Change
from tests.support import people

pytestmark = pytest.mark.one_database


def taken(expert: Expert) -> Snapshot:
    db.session.refresh(expert)
    made = profile_document.take_snapshot(expert)
    db.session.commit()
    return made


def school(name: str, year: int = 1994) -> dict[str, Any]:
    return {"school": name, "began_on": people.date(year, 9, 1)}


def save(expert: Expert, values: dict[str, Any] | None = None, schools: list[Any] | None = None) -> None:
    db.session.refresh(expert)
    lists = {} if schools is None else {"education": schools}
    profiles.save(people.actor(expert), values or {}, lists, version=expert.version, draft=True)


def test_nothing_where_nothing_changed(app: Flask) -> None:
    expert = people.expert()
    save(expert, schools=[school("云南大学")])
    before = taken(expert)
    save(expert, {"address": expert.address}, [school("云南大学")])
    assert differences.between(before, taken(expert)) == []


def test_fields_old_and_new(app: Flask) -> None:
    expert = people.expert(address="旧地址", duty="工程师")
    before = taken(expert)
    save(expert, {"address": "新地址", "duty": None, "postcode": "650000"})
    assert differences.between(before, taken(expert)) == [
        Change("个人信息", "通信地址", "旧地址", "新地址"),
        Change("个人信息", "邮编", "", "650000"),
        Change("工作情况", "职务", "工程师", ""),
    ]


def test_rows_changed_added_and_taken_out(app: Flask) -> None:
    expert = people.expert()
    save(expert, schools=[school("甲大学"), school("乙大学"), school("丙大学")])
    before = taken(expert)
    save(expert, schools=[school("甲大学"), school("乙学院"), school("丙大学"), school("丁大学", 2001)])
    middle = taken(expert)
    assert differences.between(before, middle) == [
        Change("教育经历", "第2条 · 院校", "乙大学", "乙学院"),
        Change("教育经历", "第4条", "", "2001年9月1日，丁大学"),
    ]
    save(expert, schools=[school("乙学院"), school("丙大学"), school("丁大学", 2001)])
    assert differences.between(middle, taken(expert)) == [Change("教育经历", "第1条", "1994年9月1日，甲大学", "")]


def test_a_change_that_the_mask_hides_is_shown_masked(app: Flask) -> None:
    expert = people.expert(mobile="13912345678")
    before = taken(expert)
    expert.mobile = "13999995678"
    db.session.commit()
    after = taken(expert)
    assert differences.between(before, after) == [Change("个人信息", "手机", "139****5678", "139****5678")]
    assert differences.between(before, after, full=True) == [Change("个人信息", "手机", "13912345678", "13999995678")]


def test_files_by_what_they_hold(app: Flask) -> None:
    expert = people.expert()
    who = people.actor(expert)
    before = taken(expert)
    consent = profiles.living_attachments(expert.id)[0]
    photo = profiles.photo_of(expert.id)
    assert photo is not None
    attachments.remove(who, consent.id)
    again = people.attach(expert, consent.kind, consent.filename, b"%PDF-1.4 consent", "application/pdf")
    db.session.commit()
    assert differences.between(before, taken(expert)) == []
    attachments.remove(who, again.id)
    new = people.attach(expert, AttachmentKind.TITLE, "证书.pdf", b"%PDF-1.4 title", "application/pdf")
    portrait = people.attach(expert, AttachmentKind.PHOTO, "新.jpg", people.picture(310, 410), "image/jpeg")
    photo.removed_at = expert.created_at
    db.session.commit()
    assert differences.between(before, taken(expert)) == [
        Change("照片", "照片", "照片.jpg", "新.jpg", photo.id, portrait.id),
        Change("附件", "单位同意申报材料", "单位同意.pdf", "", consent.id, None),
        Change("附件", "职称证书", "", "证书.pdf", None, new.id),
    ]


def test_an_erased_submission_differs_from_nothing(app: Flask) -> None:
    expert = people.expert()
    erased = Snapshot(expert_id=expert.id, content={"name": "已注销", "photo": None, "attachments": [], "parts": []})
    assert differences.between(erased, taken(expert)) == []
