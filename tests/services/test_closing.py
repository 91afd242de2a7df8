"""注销 and erasure: what no law asks for goes, what filed certificates need stays its time (PIPL, article 47)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.sms import FakeSms
from app.domain.errors import Conflict, Invalid
from app.domain.states import ChangeState
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Application, Attachment, AuditEntry, Education, Expert, SmsMessage, Snapshot
from app.services import accounts, applications, attachments, certificates, closing, messages, reviews
from app.services.ports import ports
from tests.support import cases, changes, people
from tests.support.clock import Clock
from tests.support.people import PASSWORD
from tests.support.races import at_once


def close(expert: Expert) -> None:
    closing.close(people.actor(expert), PASSWORD)


def after(clock: Clock, days: int) -> None:
    clock.on(today_in_shanghai() + timedelta(days=days))
    db.session.expire_all()


def test_a_closed_account_is_shut_at_once_and_its_owner_told(app: Flask) -> None:
    expert = people.expert()
    epoch, number = expert.user.session_epoch, expert.id_number
    close(expert)
    db.session.expire_all()
    assert not expert.user.active
    assert expert.user.session_epoch > epoch
    with pytest.raises(Invalid):
        accounts.authenticate(number, PASSWORD)
    (message,) = db.session.scalars(select(SmsMessage).where(SmsMessage.mobile == expert.mobile))
    assert "30日内可联系技术支持恢复" in message.text
    assert db.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "注销账号")) is not None


def test_a_wrong_password_closes_nothing(app: Flask) -> None:
    expert = people.expert()
    with pytest.raises(Invalid, match="密码不正确") as refused:
        closing.close(people.actor(expert), "wrong")
    assert refused.value.field == "password"
    assert expert.closed_at is None


def test_who_has_an_open_case_or_a_valid_certificate_ends_it_first(app: Flask) -> None:
    case = cases.pending_case()
    with pytest.raises(Conflict, match=rf"申报 {case.number} 正在办理（待审核）"):
        close(case.expert)
    certificate = cases.filed_certificate()
    with pytest.raises(Conflict, match=rf"聘书 {certificate.number} 仍然有效"):
        close(certificate.expert)


def test_closing_and_applying_at_once_leave_no_case_of_a_closed_account(app: Flask) -> None:
    at = people.department().id
    for _ in range(5):
        expert = people.expert()
        who = people.actor(expert)
        acts = [partial(closing.close, who, PASSWORD), partial(applications.submit, who, [at])]
        outcomes = at_once(app, acts)
        assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
        db.session.expire_all()
        opened = db.session.scalars(select(Application).where(Application.expert_id == expert.id)).all()
        assert (expert.closed_at is None) == bool(opened)


def test_nothing_is_erased_before_its_time_and_the_account_can_be_opened_again(app: Flask, clock: Clock) -> None:
    expert = people.expert()
    close(expert)
    after(clock, 29)
    assert closing.erase_due() == 0
    closing.reopen(expert.user, "技术支持")
    db.session.expire_all()
    assert expert.user.active
    assert accounts.authenticate(expert.id_number, PASSWORD) is expert.user
    with pytest.raises(Conflict, match="不能恢复"):
        closing.reopen(expert.user, "技术支持")


def test_who_never_held_a_certificate_is_erased_whole(app: Flask, clock: Clock, sms: FakeSms) -> None:
    case = cases.pending_case()
    reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "材料不全。")
    expert = case.expert
    db.session.add(Education(expert_id=expert.id, position=0, school="昆明理工大学"))
    db.session.commit()
    digests = [file.digest for file in db.session.scalars(select(Attachment).where(Attachment.expert_id == expert.id))]
    assert digests
    number, mobile = expert.id_number, expert.mobile
    close(expert)
    messages.deliver()
    after(clock, 31)
    assert closing.erase_due() == 1
    db.session.expire_all()
    assert (expert.name, expert.id_number, expert.mobile) == (closing.ERASED, "", "")
    assert (expert.address, expert.employer, expert.specialities, expert.user.name) == (None, None, [], closing.ERASED)
    assert expert.birth_date == closing.NOBODY_BORN_ON
    assert attachments.sweep() >= len(set(digests))
    assert not any(ports().storage.exists(digest) for digest in digests)
    assert expert.region is None
    assert db.session.scalars(select(Education)).all() == []
    assert db.session.scalars(select(Snapshot)).one().content["parts"] == []
    assert all(message.text == "（已按期限删除）" for message in db.session.scalars(select(SmsMessage)))
    assert db.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "删除个人信息")) is not None
    assert closing.erase_due() == 0
    with pytest.raises(Conflict):
        closing.reopen(expert.user, "技术支持")
    again = people.expert(id_number=number, mobile=mobile)
    assert accounts.find_login(number) is again.user


def test_what_a_filed_certificate_needs_stays_its_years_and_goes_then(app: Flask, clock: Clock) -> None:
    clock.on(date(2026, 1, 10))
    certificate = cases.filed_certificate()
    expert, number = certificate.expert, certificate.expert.id_number
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "本人申请。")
    close(expert)
    after(clock, 31)
    assert closing.erase_due() == 1
    db.session.expire_all()
    assert (expert.name, expert.id_number) == (certificate.name, number)
    assert (expert.mobile, expert.address, expert.employer) == ("", None, None)
    assert certificate.application.snapshot.content["parts"]
    attachments.sweep()
    assert ports().storage.exists(certificate.digest)
    assert expert.retained_until == date(2026, 1, 10) + timedelta(days=3650)
    assert closing.erase_due() == 0
    after(clock, 3650)
    assert closing.erase_due() == 1
    db.session.expire_all()
    assert (expert.name, expert.id_number, expert.retained_until) == (closing.ERASED, "", None)
    assert certificate.application.snapshot.content["parts"] == []
    assert certificate.name == closing.ERASED
    attachments.sweep()
    assert not ports().storage.exists(certificate.digest)
    assert closing.erase_due() == 0


def test_what_change_requests_said_goes_and_an_open_one_is_taken_back(app: Flask, clock: Clock) -> None:
    clock.on(date(2026, 1, 10))
    certificate = cases.filed_certificate()
    expert, head = certificate.expert, people.actor(cases.reviewer_of(certificate.application))
    decided = changes.open_request(expert)
    changes.decided(decided, address=changes.declined("证明不符。"))
    waiting = changes.open_request(expert, photo=changes.portrait())
    digests = {file.digest for request in (decided, waiting) for file in request.files}
    certificates.terminate(certificate.id, head, "本人申请。")
    close(expert)
    db.session.expire_all()
    assert waiting.state is ChangeState.WITHDRAWN
    after(clock, 31)
    closing.erase_due()
    attachments.sweep()
    db.session.expire_all()
    for request in (decided, waiting):
        assert (request.reason, request.proposed_by, request.files) == (closing.ERASED, closing.ERASED, [])
        assert {(item.value, item.old, item.new, item.found or "", item.refusal) for item in request.items} == {
            (None, "", "", "", "")
        }
    assert (decided.ended_by, waiting.ended_by) == ("李科员", closing.ERASED)
    assert not any(ports().storage.exists(digest) for digest in digests)


def test_a_file_that_another_expert_has_too_is_left_to_the_other(app: Flask, clock: Clock) -> None:
    one, other = people.expert(), people.expert()
    shared = {file.digest for file in db.session.scalars(select(Attachment).where(Attachment.expert_id == other.id))}
    close(one)
    after(clock, 31)
    closing.erase_due()
    attachments.sweep()
    assert all(ports().storage.exists(digest) for digest in shared)


def test_words_of_old_messages_go_and_the_messages_stay(app: Flask, clock: Clock) -> None:
    close(people.expert())
    assert closing.erase_old_messages() == 0
    after(clock, 366)
    assert closing.erase_old_messages() == 1
    db.session.expire_all()
    (message,) = db.session.scalars(select(SmsMessage))
    assert (message.mobile, message.text) == ("", "（已按期限删除）")
    assert closing.erase_old_messages() == 0


def test_the_commands(app: Flask, clock: Clock) -> None:
    expert = people.expert()
    close(expert)
    opened = app.test_cli_runner().invoke(args=["reopen-account"], input=f"{expert.mobile}\n")
    assert "已恢复" in opened.output
    assert expert.mobile not in opened.output
    close(expert)
    after(clock, 31)
    nobody = app.test_cli_runner().invoke(args=["reopen-account"], input="13900000000\n")
    assert nobody.exit_code == 1
