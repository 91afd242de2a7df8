"""换发: a new certificate in the place of one with an error, with a new number and for a reason; or nothing (R4, R6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.domain.duties import Duty
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.states import Action, CertificateStatus
from app.domain.term import Term
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import AuditEntry, Certificate, Notification, NumberCounter, SmsMessage, Transition
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER, STAFF
from app.services import (
    applications,
    audit,
    certificates,
    closing,
    departments,
    desk,
    messages,
    profiles,
    reissues,
)  # fmt: skip
from tests.support import cases, changes, lending, people
from tests.support.clock import Clock
from tests.support.people import KUNMING, MINES, QUJING, SCIENCE

FILED = date(2020, 10, 15)
REASON = "聘任名称有误。"
COUNTED = (Certificate, NumberCounter, SmsMessage, Transition, Notification, AuditEntry)


def rows() -> dict[str, int]:
    return {model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in COUNTED}


def filed(clock: Clock, day: date = FILED, **who: Any) -> Certificate:
    clock.on(day)
    return cases.filed_certificate(cases.approved_case(cases.pending_case(people.expert(**who))))


def reissue(certificate: Certificate, official: Any, reason: str = REASON, **words: Any) -> Certificate:
    corrected = replace(reissues.as_filed(certificate), **(words or {"title": "省化工-消防"}))
    return reissues.reissue(certificate.id, people.actor(official), corrected, reason)


def filer(certificate: Certificate) -> Any:
    return cases.filer_of(certificate.application)


def test_a_new_certificate_with_a_new_number_takes_the_place_of_the_old(
    app: Flask, clock: Clock, sms: FakeSms, storage: MemoryStorage, lines: Callable[[bytes], list[str]]
) -> None:
    old = filed(clock)
    as_it_was, digest = certificates.pdf(old), old.digest
    cases.reviewer_of(old.application, "钱处长")
    clock.on(date(2021, 3, 4), 9, 30)
    told, wanted = rows(), {"title": "省化工-消防", "valid_to": date(2025, 10, 14)}
    new = reissue(old, filer(old), " 专业和年限有误。 ", **wanted)
    assert (new.number, new.status, new.issued_on) == ("YNS20210304001", CertificateStatus.VALID, date(2021, 3, 4))
    assert (new.title, new.valid_from, new.valid_to) == ("省化工-消防", FILED, date(2025, 10, 14))
    assert (new.name, new.body, new.supersedes) == (old.name, old.body, old)
    assert new.check_code != old.check_code
    assert (old.status, old.superseded_at) == (CertificateStatus.SUPERSEDED, clock.now())
    assert (old.title, old.number, old.digest) == ("省化工-防爆", "YNS20201015001", digest)
    assert certificates.of_application(old.application_id) is new
    assert certificates.of_expert(old.expert_id) == certificates.of_case(old.application_id) == [new, old]
    (link,) = certificates.replacements(old.application_id)
    assert (link.old, link.new) == (old, new)
    assert (link.step.action, link.step.reason, link.step.source, link.step.target) == (
        Action.REISSUE, "专业和年限有误。", "valid", "superseded",
    )  # fmt: skip
    grown = {name: count - told[name] for name, count in rows().items()}
    assert grown == {
        "certificate": 1, "number_counter": 1, "sms_message": 1, "transition": 1, "audit_entry": 2, "notification": 3,
    }  # fmt: skip
    shown = lines(certificates.pdf(new))
    assert "经云南省应急管理厅审核批准，聘请你为省化工-消防专家。" in shown
    assert "证书编号：YNS20210304001" in shown
    assert "证书有效期限：2020年10月15日 至 2025年10月14日" in shown
    assert "2021年3月4日" in shown
    assert storage.read(old.digest) == as_it_was
    ended = lines(certificates.pdf(old))
    assert "经云南省应急管理厅审核批准，聘请你为省化工-防爆专家。" in ended
    assert "已换发2021年3月4日" in "".join(ended).replace(" ", "")
    messages.deliver()
    assert sms.last_to(old.expert.mobile).text.endswith(
        "您的聘书YNS20201015001已更正换发，新编号YNS20210304001，原聘书不再有效，请登录系统查看、打印新聘书。"
    )


def test_who_is_told_and_what_the_log_keeps(app: Flask, clock: Clock) -> None:
    old = filed(clock)
    own, head = old.expert.user, cases.reviewer_of(old.application, "钱处长")
    busy = people.staff(FILER, REVIEWER, at=old.department)
    new = reissue(old, busy)
    bell = select(Notification.account_id, Notification.kind, Notification.text, Notification.target_id)
    bell = bell.order_by(Notification.id)
    rung = {account: (kind, text, target) for account, kind, text, target in db.session.execute(bell)}
    assert rung[own.id] == (
        "reissued", f"您的聘书{old.number}已更正换发，新编号{new.number}，原聘书不再有效。", new.id,
    )  # fmt: skip
    assert rung[head.id] == ("replaced", f"张三的聘书{old.number}已更正换发，新编号{new.number}。", old.application_id)
    assert busy.id not in rung  # who does it needs not be told
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == reissues.GENERATED)).one()
    assert entry.subject == f"聘书#{new.id}"
    assert entry.detail is not None
    assert {change["field"]: (change["before"], change["after"]) for change in audit.detail_of(entry)["changes"]} == {
        "证书编号": (old.number, new.number), "聘任名称": ("省化工-防爆", "省化工-消防"),
    }  # fmt: skip


def test_a_name_is_the_filed_one_or_the_profiles_and_no_other(app: Flask) -> None:
    old = cases.filed_certificate()
    assert reissues.names(old) == ["张三"]
    with pytest.raises(Invalid) as refused:
        reissue(old, filer(old), name="张叁")
    assert refused.value.field == "name"
    changes.decided(changes.open_request(old.expert, {"name": "张叁"}))
    assert reissues.names(old) == ["张三", "张叁"]
    assert reissue(old, filer(old), name="张叁").name == "张叁"
    assert old.name == "张三"


def test_a_body_is_the_filed_one_or_one_of_the_organizations_living_ones(app: Flask) -> None:
    old = cases.filed_certificate()
    first, second, third = cases.bodies_of(old.organization)
    elsewhere = cases.bodies_of(people.organization(KUNMING))[0]
    filed_body, first.name, third.retired = old.body, "改了名的厅", True
    db.session.commit()
    assert reissues.bodies(old) == [filed_body, "改了名的厅", second.name]
    for other in (elsewhere.name, third.name):
        with pytest.raises(Invalid) as refused:
            reissue(old, filer(old), body=other)
        assert refused.value.field == "appointing_body"
    new = reissue(old, filer(old), title="省化工-消防")
    assert new.body == filed_body
    assert reissue(new, filer(old), body=second.name).body == second.name


@pytest.mark.parametrize(
    ("field", "words", "said"),
    [
        ("ends_on", {"valid_from": date(2024, 5, 2), "valid_to": date(2024, 5, 1)}, "早于起始日期"),
        ("ends_on", {"valid_to": date(2021, 3, 3)}, "更正后的截止日期已过"),
        ("title", {"title": " 专家 "}, "请填写聘任名称"),
        ("title", {"title": "长" * 61}, "不能超过60个字"),
        (None, {"title": " 省化工-防爆专家 "}, "没有改动任何内容"),
    ],
)
def test_r13_what_a_certificate_cannot_say_is_refused_beside_its_field(
    app: Flask, clock: Clock, field: str | None, words: dict[str, Any], said: str
) -> None:
    old = filed(clock)
    clock.on(date(2021, 3, 4))
    before, official = rows(), filer(old)
    with pytest.raises(Invalid, match=said) as refused:
        reissue(old, official, **words)
    assert refused.value.field == field
    assert rows() == before
    assert reissue(old, official, valid_to=date(2021, 3, 4)).is_valid_on(date(2021, 3, 4))


def test_r19_a_reason_is_needed_and_only_what_holds_is_replaced(app: Flask, clock: Clock) -> None:
    old = filed(clock)
    official = filer(old)
    for reason in ("", " \n　", "长" * 501):
        with pytest.raises(Invalid) as refused:
            reissue(old, official, reason)
        assert refused.value.field == "reason"
    clock.on(date(2030, 10, 15))
    with pytest.raises(Conflict, match="已过有效期，不能换发"):
        reissue(old, official)
    clock.on(date(2030, 10, 14), 23, 59, 59)
    new = reissue(old, official)
    for ended in (old, cases_ended(new)):
        with pytest.raises(Conflict, match=f"当前状态为“{ended.status.label}”，不能换发"):
            reissue(ended, official, title="省化工-通风")
    with pytest.raises(Conflict, match="当前状态为“已换发”，不能提前终止"):
        certificates.terminate(old.id, people.actor(cases.reviewer_of(old.application)), "调离。")


def cases_ended(certificate: Certificate) -> Certificate:
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "调离。")
    return certificate


def test_one_that_has_not_begun_can_be_replaced(app: Flask) -> None:
    begins = today_in_shanghai() + timedelta(days=30)
    case = cases.pending_case()
    cases.approved_case(case, cases.a_decision(case, term=Term(start=begins)))
    old = cases.filed_certificate(case)
    assert reissue(old, filer(old), valid_from=begins - timedelta(days=1), valid_to=None).valid_to is None


def test_r4_r6_who_files_replaces_and_nobody_else(app: Flask) -> None:
    case = cases.approved_case(cases.pending_case(people.expert(people.WUHUA), people.department(region=KUNMING)))
    old = cases.filed_certificate(case)
    science = people.department(SCIENCE, KUNMING)
    lender, own_deputy = people.staff(FILER, at=science), people.staff(at=science)
    own_login = people.staff(FILER, at=science, id_number=old.expert.id_number)
    lending.lend(own_login, own_deputy, Duty.FILE)
    for official, refusal in (
        (people.staff(FILER, at=people.department(SCIENCE)), NotAllowed),
        (people.staff(REVIEWER, at=old.department), NotAllowed),
        (people.staff(STAFF, at=science), NotAllowed),
        (people.staff(ADMINISTRATOR, at=science), NotFound),
        (people.staff(FILER, at=people.department(SCIENCE, QUJING)), NotFound),
        (own_login, NotAllowed),
        (own_deputy, NotAllowed),
        (old.expert, NotAllowed),
    ):
        with pytest.raises(refusal):
            reissue(old, official)
    deputy = people.staff(at=science, name="代科员")
    lending.lend(lender, deputy, Duty.FILE)
    assert reissue(old, deputy).number.startswith("KMS")
    assert cases.history(case)[-1].principal_id == lender.id


def test_a_chain_goes_on_and_each_link_keeps_its_reason(app: Flask) -> None:
    first = cases.filed_certificate()
    official = filer(first)
    second = reissue(first, official, "一错", title="甲")
    third = reissue(second, official, "二错", title="乙")
    cases_ended(third)
    links = certificates.replacements(first.application_id)
    assert [(link.old, link.new, link.step.reason) for link in links] == [
        (first, second, "一错"),
        (second, third, "二错"),
    ]
    assert [one.number[-3:] for one in (first, second, third)] == ["001", "002", "003"]
    assert [one.status_now for one in (first, second, third)] == ["已换发", "已换发", "已终止"]
    assert certificates.of_application(first.application_id) is third


def test_the_new_one_is_of_the_department_that_the_old_one_went_to(app: Flask) -> None:
    old = cases.filed_certificate()
    source, target = old.department, people.department(MINES)
    keeper = people.actor(people.staff(ADMINISTRATOR, at=people.department(SCIENCE)))
    departments.merge(
        keeper, source.id, target.id, departments.plan(keeper, source.id, target.id).seen, with_people=False
    )
    new = reissue(old, filer(old))
    assert (old.application.department_id, new.department_id) == (source.id, target.id)
    seen = departments.plan(keeper, target.id, people.department("防汛抗旱").id)
    assert seen.certificates == 1  # the old one goes nowhere any more


def test_a_replaced_one_neither_counts_nor_blocks(app: Flask) -> None:
    old = cases.filed_certificate()
    new = reissue(old, filer(old))
    official, expert = people.actor(people.staff()), new.expert
    assert desk.counts(official).certificates == 1
    assert profiles.is_locked(expert.id)
    assert applications.closed_departments(expert.id) == {new.department_id: "已有有效聘书"}
    with pytest.raises(Conflict, match=new.number):
        closing.close(people.actor(expert), people.PASSWORD)
    cases_ended(new)
    assert desk.counts(official).certificates == 0
    assert not profiles.is_locked(expert.id)
    assert applications.closed_departments(expert.id) == {}
    again = cases.filed_certificate(cases.approved_case(cases.pending_case(expert)))
    assert (again.supersedes, certificates.replacements(again.application_id)) == (None, [])
    cases_ended(again)
    closing.close(people.actor(expert), people.PASSWORD)


def test_what_is_kept_of_a_closed_account_counts_from_the_replacement(app: Flask, clock: Clock) -> None:
    old = filed(clock)
    old.valid_to = None
    db.session.commit()
    new = reissue(old, filer(old), valid_to=date(2021, 1, 1))
    clock.on(date(2040, 1, 1))
    assert closing._retained_until(new.expert, today_in_shanghai()) is None
