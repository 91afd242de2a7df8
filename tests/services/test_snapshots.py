"""What was submitted stays as it was submitted (R11)."""

from __future__ import annotations

from flask import Flask

from app.documents.data import Entry, Listing, Section
from app.extensions import db
from app.models import AttachmentKind, Expert, Snapshot
from app.services import attachments, profile_document, profiles
from app.services.ports import ports
from tests.support import cases, people


def value(parts: tuple[Section | Listing, ...], label: str) -> str:
    (found,) = (
        entry.value for part in parts if isinstance(part, Section) for entry in part.entries if entry.label == label
    )
    return found


def listing(parts: tuple[Section | Listing, ...], title: str) -> Listing:
    (found,) = (part for part in parts if isinstance(part, Listing) and part.title == title)
    return found


def test_r11_a_snapshot_gives_back_what_was_taken(app: Flask) -> None:
    expert = people.expert()
    taken = profile_document.parts_of(expert)
    case = cases.pending_case(expert)
    db.session.expire_all()
    assert profile_document.snapshot_parts(case.snapshot) == taken
    assert [part.title for part in taken] == [
        "个人信息", "教育背景", "工作情况", "申报信息", "教育经历", "工作经历", "执业资格", "主要业绩", "应急或评审经历",
    ]  # fmt: skip
    assert Entry("姓名", "张三", wide=False) in taken[0].entries  # type: ignore[union-attr]


def test_r11_an_edit_after_the_submission_does_not_change_it(app: Flask) -> None:
    expert = people.expert(address="旧地址1号")
    who = people.actor(expert)
    education = {"education": [{"school": "昆明理工大学", "began_on": people.date(1994, 9, 1)}]}
    profiles.save(who, {}, education, version=expert.version, draft=True)
    case = cases.pending_case(expert)
    db.session.refresh(expert)
    later = {"education": [{"school": "云南大学", "began_on": people.date(1995, 9, 1)}]}
    profiles.save(who, {"address": "新地址2号"}, later, version=expert.version, draft=True)
    submitted, present = profile_document.snapshot_parts(case.snapshot), profile_document.parts_of(expert)
    assert (value(submitted, "通信地址"), value(present, "通信地址")) == ("旧地址1号", "新地址2号")
    assert listing(submitted, "教育经历").rows[0][2] == "昆明理工大学"
    assert listing(present, "教育经历").rows[0][2] == "云南大学"


def test_r11_a_new_submission_takes_a_new_snapshot(app: Flask) -> None:
    expert = people.expert(address="旧地址1号")
    first = cases.pending_case(expert)
    profiles.save(people.actor(expert), {"address": "新地址2号"}, {}, version=expert.version, draft=True)
    second = cases.pending_case(expert, people.department(people.MINES))
    assert first.snapshot_id != second.snapshot_id
    assert value(profile_document.snapshot_parts(first.snapshot), "通信地址") == "旧地址1号"
    assert value(profile_document.snapshot_parts(second.snapshot), "通信地址") == "新地址2号"


def test_r11_a_file_that_was_removed_since_stays_in_the_submission(app: Flask) -> None:
    expert = people.expert()
    case = cases.pending_case(expert)
    consent = next(file for file in expert.attachments if file.kind is AttachmentKind.CONSENT)
    attachments.remove(people.actor(expert), consent.id)
    assert profiles.living_attachments(expert.id) == []
    assert profile_document.snapshot_attachments(case.snapshot) == [consent]
    seen, data = attachments.read(people.actor(cases.reviewer_of(case)), consent.id)
    assert (seen.id, data) == (consent.id, b"%PDF-1.4 consent")


def test_r11_a_photo_that_was_replaced_since_is_still_named(app: Flask) -> None:
    expert = people.expert()
    case = cases.pending_case(expert)
    former = profiles.photo_of(expert.id)
    assert former is not None
    attachments.upload(people.actor(expert), AttachmentKind.PHOTO, people.picture(360, 480), "新照片.jpg")
    assert case.snapshot.content["photo"] == former.id
    assert ports().storage.read(former.digest) == people.picture()


def test_r11_the_certificate_takes_the_name_as_submitted(app: Flask) -> None:
    case = cases.approved_case(cases.pending_case(people.expert(name="张三")))
    db.session.get_one(Expert, case.expert_id).name = "张三丰"
    db.session.commit()
    assert cases.filed_certificate(case).name == "张三"


def test_r11_nothing_in_the_program_writes_a_snapshot_again(app: Flask) -> None:
    """A case goes its whole way, and its snapshot is what it was on the first day."""
    case = cases.pending_case()
    before = dict(case.snapshot.content), case.snapshot.taken_at
    cases.filed_certificate(cases.approved_case(case))
    db.session.expire_all()
    kept = db.session.get_one(Snapshot, case.snapshot_id)
    assert (dict(kept.content), kept.taken_at) == before


def test_the_word_form_is_made_of_the_same_parts(app: Flask) -> None:
    expert = people.expert()
    data = profile_document.profile_data(expert)
    assert data.parts[:-1] == profile_document.parts_of(expert)
    assert listing(data.parts, "附件材料").rows == (("单位同意申报材料", "单位同意.pdf", "1 KB"),)
    assert (data.name, data.photo) == ("张三", people.picture())
    bare = profile_document.profile_data(people.expert(complete=False))
    assert bare.photo is None
