"""变更申请, proposing: what is open, what a form would refuse, one at a time, to a department that approved (R5, R10)."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.storage import MemoryStorage
from app.domain.errors import Conflict, DomainError, Invalid, NotFound
from app.domain.states import ChangeState
from app.domain.values import UNPRINTABLE
from app.extensions import db
from app.models import Attachment, AttachmentKind, AuditEntry, ChangeItem, ChangeRequest, Expert
from app.services import applications, attachments, audit, certificates, change_requests, profile_values, profiles
from app.views.expert_desk import UploadForm
from tests.support import cases, changes, people
from tests.support.races import at_once


def shut_expert() -> Expert:
    return cases.filed_certificate().expert


def refused(expert: Expert, values: dict[str, Any] | None = None, **other: Any) -> DomainError:
    """How it is refused; fails where anything is left of it."""
    with pytest.raises(DomainError) as refusal:
        changes.open_request(expert, values, **other)
    assert db.session.scalars(select(ChangeRequest).where(ChangeRequest.expert_id == expert.id)).all() == []
    assert db.session.scalars(select(ChangeItem)).all() == []
    assert db.session.scalars(select(Attachment).where(Attachment.kind == AttachmentKind.EVIDENCE)).all() == []
    return refusal.value


def test_r10_a_request_keeps_old_and_new_and_changes_nothing(app: Flask) -> None:
    expert = shut_expert()
    before, version = expert.address, expert.version
    made = changes.open_request(expert, {"address": changes.NEW_ADDRESS, "employer": expert.employer})
    db.session.expire_all()
    assert [(one.field, one.label, one.old, one.new, one.accepted) for one in made.items] == [
        ("address", "通信地址", before, changes.NEW_ADDRESS, None)
    ]
    assert (made.state, made.reason, made.proposed_by) == (ChangeState.OPEN, "已搬家。", expert.name)
    assert [(file.kind, file.filename) for file in made.files] == [(AttachmentKind.EVIDENCE, "证明.pdf")]
    assert (expert.address, expert.version) == (before, version)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "申请变更")).one()
    assert audit.detail_of(entry) == {"items": "通信地址"}


def test_r10_every_field_of_the_form_the_name_each_list_and_the_photo_are_open(app: Flask) -> None:
    expert = shut_expert()
    other = people.speciality("防雷工程")
    values = {"name": "张叁", "region": people.QILIN, "specialities": [other.id], "practice_years": 30,
              "titled_on": date(2020, 1, 2), "degree": "博士"}  # fmt: skip
    lists = {"education": [{"began_on": date(1990, 9, 1), "school": "云南大学"}]}
    made = changes.open_request(expert, values, lists=lists, photo=changes.portrait())
    new = {one.field: one.new for one in made.items}
    assert set(new) == {*values, *lists, "photo"}
    assert (new["education"], new["titled_on"]) == ("1990年9月1日，云南大学", "2020年1月2日")
    assert profile_values.listed_rows(expert.id)["education"] == []
    assert profiles.photo_of(expert.id) is not None
    assert [f.kind for f in profiles.living_attachments(expert.id)] == [AttachmentKind.CONSENT]


@pytest.mark.parametrize(
    ("values", "words", "field"),
    [
        ({"address": "长" * 121}, "不能超过120个字", "address"),
        ({"address": "一\x01二"}, UNPRINTABLE, "address"),
        ({"address": " "}, "请填写通信地址", "address"),
        ({"nation": "火星族"}, "请从列表中选择", "nation"),
        ({"practice_years": 81}, "0至80", "practice_years"),
        ({"titled_on": date(1800, 1, 1)}, "年份须在", "titled_on"),
        ({"region": "530000"}, "州市和县区", "region"),
        ({"specialities": []}, "请填写申报类别", "specialities"),
        ({"specialities": [2**31 - 1]}, "从列表中选择", "specialities"),
        ({"id_number": "1"}, "不能申请变更", None),
        ({"mobile": "13900000000"}, "不能申请变更", None),
        ({}, "没有任何变更", None),
    ],
)
def test_what_a_form_would_refuse_is_refused(app: Flask, values: dict[str, Any], words: str, field: str | None) -> None:
    refusal = refused(shut_expert(), values)
    assert words in refusal.message
    assert refusal.field == field


def test_rows_of_a_list_are_held_to_their_declaration(app: Flask) -> None:
    expert = shut_expert()
    row = {"began_on": date(1990, 9, 1), "school": "云南大学", "education_level": "神童"}
    refusal = refused(expert, {}, lists={"education": [row]})
    assert (refusal.message, refusal.field) == ("教育经历第1条：学历请从列表中选择。", "education")


def test_reason_and_evidence_are_asked_for(app: Flask, storage: MemoryStorage) -> None:
    expert = shut_expert()
    assert refused(expert, reason=" \n").field == "reason"
    assert refused(expert, reason="长" * 501).field == "reason"
    assert refused(expert, evidence=[]).field == "evidence"
    assert refused(expert, evidence=[changes.scan()] * 11).field == "evidence"
    assert refused(expert, evidence=[(b"MZ", "证明.pdf")]).field == "evidence"
    assert refused(expert, photo=(b"MZ", "照片.png")).field == "new_photo"


def test_r10_who_is_not_shut_out_has_no_need_of_it(app: Flask) -> None:
    case = cases.pending_case()
    assert isinstance(refused(case.expert), Conflict)
    certificate = cases.filed_certificate()
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "调离。")
    assert refused(certificate.expert).message == change_requests.NOT_SHUT


def test_a_profile_that_changed_meanwhile_is_looked_at_again(app: Flask) -> None:
    expert = shut_expert()
    assert "有变化" in refused(expert, version=expert.version - 1).message


def test_r10_it_goes_to_a_department_that_approved(app: Flask) -> None:
    first, second = applications.submit(
        people.actor(people.expert()), [people.department().id, people.department(people.MINES).id]
    )
    cases.approved_case(first)
    assert refused(first.expert, department_id=second.department_id).field == "department"
    assert [one.id for one in change_requests.approving(first.expert_id)] == [first.department_id]
    cases.filed_certificate(cases.approved_case(second))
    db.session.expire_all()
    assert refused(first.expert).field == "department"
    assert changes.open_request(first.expert, department_id=second.department_id).department_id == second.department_id


def test_one_request_at_a_time_even_at_the_same_moment(app: Flask) -> None:
    expert = shut_expert()
    who, what = people.actor(expert), changes.proposal(expert)
    outcomes = at_once(app, [partial(change_requests.propose, who, what)] * 3)
    assert sum(isinstance(one, Conflict) for one in outcomes) == 2
    assert len(db.session.scalars(select(ChangeRequest)).all()) == 1


def test_taken_back_it_makes_room_for_another(app: Flask) -> None:
    made = changes.open_request()
    who = people.actor(made.expert)
    change_requests.take_back(who, made.id, made.version)
    db.session.expire_all()
    assert made.state is ChangeState.WITHDRAWN
    with pytest.raises(Conflict, match="已撤回"):
        change_requests.take_back(who, made.id)
    changes.open_request(made.expert)


def test_r5_anothers_request_is_not_there(app: Flask) -> None:
    made = changes.open_request()
    with pytest.raises(NotFound):
        change_requests.take_back(people.actor(shut_expert()), made.id)


def test_its_files_are_no_part_of_the_profile(app: Flask) -> None:
    certificate = cases.filed_certificate()
    made = changes.open_request(certificate.expert, photo=changes.portrait())
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "调离。")
    for file in made.files:
        with pytest.raises(NotFound):
            attachments.remove(people.actor(made.expert), file.id)
        assert attachments.read(people.actor(made.expert), file.id)[0] is file


def test_nobody_uploads_evidence_without_a_request(app: Flask) -> None:
    assert {choice.value for choice in UploadForm.kind.kwargs["choices"]} == {
        "consent", "statement", "title", "qualification", "other"
    }  # fmt: skip
    with pytest.raises(Conflict):
        attachments.upload(people.actor(people.expert()), AttachmentKind.EVIDENCE, *changes.scan())


def test_a_name_is_held_to_what_registration_asks_of_it(app: Flask) -> None:
    certificate = cases.filed_certificate()
    with pytest.raises(Invalid, match="姓名只能包含文字"):
        changes.open_request(certificate.expert, {"name": "张3"})
    request = changes.open_request(certificate.expert, {"name": "张U+2CB76"})
    assert [item.new for item in request.items] == ["张𬭶"]
    changes.decided(request)
    assert certificate.expert.name == "张𬭶"


def test_saving_is_held_to_the_declaration_too(app: Flask) -> None:
    expert = people.expert()
    with pytest.raises(Invalid, match="民族：请从列表中选择"):
        profiles.save(people.actor(expert), {"nation": "火星族"}, {}, version=expert.version, draft=True)
