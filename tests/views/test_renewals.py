"""续聘 and what is about to end, on the screens of the expert, the reviewer and the department."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.states import CertificateStatus
from app.domain.validity import chinese_date
from app.extensions import db
from app.models import Application, Certificate, Notification
from app.policies.roles import REVIEWER
from app.services import certificates, reminders, renewals, reviews
from app.views.cases import end_note
from tests.support import cases, people
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.people import CHEMICALS, KUNMING, QUJING, WUHUA

SignIn = Callable[..., Browser]
FILED, LAST = date(2020, 10, 15), date(2030, 10, 14)


def days_before(count: int) -> date:
    return LAST - timedelta(days=count)


@pytest.fixture
def certificate(app: Flask, clock: Clock) -> Certificate:
    """From the day of filing on for ten years."""
    clock.on(FILED)
    return cases.filed_certificate()


def address(certificate: Certificate) -> str:
    return f"/my/certificates/{certificate.id}/renew"


@pytest.mark.parametrize(
    ("left", "words", "tone"),
    [
        (1000, "还有 2 年多到期", "neutral"), (365, "还有 365 天到期", "warning"), (31, "还有 31 天到期", "warning"),
        (27, "还有 27 天到期", "danger"), (0, "今天到期", "danger"), (-1, "已于2030年10月14日到期", "neutral"),
    ],
)  # fmt: skip
def test_days_left_in_plain_words(left: int, words: str, tone: str) -> None:
    row = Certificate(valid_from=FILED, valid_to=LAST, status=CertificateStatus.VALID)
    note = end_note(row, days_before(left))
    assert (note.words, note.tone) == (words, tone)


def test_from_desk_to_submission(certificate: Certificate, clock: Clock, sign_in: SignIn) -> None:
    clock.on(days_before(91))
    browser = sign_in(certificate.expert)
    assert "续聘" not in browser.get("/my/").text
    answer = browser.get(address(certificate))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/certificates")
    refused = browser.submit(address(certificate))
    assert (refused.status_code, "从2030年7月16日起可以申请续聘" in refused.text) == (422, True)
    clock.on(days_before(27))
    browser = sign_in(certificate.expert)
    for page in ("/my/", "/my/certificates", "/my/apply", f"/certificate/{certificate.id}"):
        shown = browser.get(page).text
        assert "还有 27 天到期" in shown, page
        assert f'href="{address(certificate)}"' in shown, page
    check = browser.get(address(certificate)).text
    assert certificate.number in check
    assert "聘书有效期间资料不能直接修改" in check
    assert browser.submit(address(certificate)).headers["Location"] == "/my/applications"
    case = db.session.scalars(select(Application).order_by(Application.id.desc())).all()[0]
    assert case.renews_id == certificate.id
    shown = browser.get("/my/certificates").text
    assert "已申请续聘，待审核" in shown
    assert address(certificate) not in shown
    again = browser.submit(address(certificate))
    assert (again.status_code, "不能重复申请续聘" in again.text) == (422, True)
    reviews.reject(case.id, people.actor(cases.reviewer_of(case)), "材料不全。")
    for page in ("/my/", "/my/applications"):
        assert address(certificate) in browser.get(page).text, page


def test_what_lacks_is_named_and_nothing_is_opened(certificate: Certificate, clock: Clock, sign_in: SignIn) -> None:
    clock.on(days_before(27))
    certificate.expert.strengths = ""
    db.session.commit()
    browser = sign_in(certificate.expert)
    shown = browser.get(address(certificate)).text
    assert "请先填写：专业特长" in shown
    assert "提交续聘申请" not in shown
    refused = browser.submit(address(certificate))
    assert (refused.status_code, "专业特长" in refused.text) == (422, True)
    assert len(db.session.scalars(select(Application)).all()) == 1


def test_r5_anothers_certificate_is_not_there(certificate: Certificate, clock: Clock, sign_in: SignIn) -> None:
    clock.on(days_before(27))
    stranger, head = sign_in(people.expert(name="李四")), sign_in(cases.reviewer_of(certificate.application))
    assert [stranger.get(address(certificate)).status_code, stranger.submit(address(certificate)).status_code] == [
        404,
        404,
    ]
    assert head.submit(address(certificate)).status_code in (302, 403)
    assert len(db.session.scalars(select(Application)).all()) == 1


def test_the_reviewer_sees_what_it_follows_and_begins_with_it(
    certificate: Certificate, clock: Clock, sign_in: SignIn
) -> None:
    clock.on(days_before(27))
    case = renewals.renew(people.actor(certificate.expert), certificate.id)
    head = cases.reviewer_of(case)
    browser = sign_in(head)
    assert "续聘</span>" in browser.get("/review/list/").text
    assert case.number not in browser.get("/review/list/?kind=first").text
    assert case.number in browser.get("/application/list/?kind=renewal").text
    shown = browser.get(f"/review/show/{case.id}").text
    assert f'<a href="/certificate/{certificate.id}">{certificate.number}</a>' in shown
    assert "还有 27 天到期" in shown
    assert 'value="2030-10-15"' in shown
    assert f'value="{certificate.title}"' in shown
    for name, value in (("term", "10"), ("appointing_body", certificate.application.appointing_body_id)):
        (box,) = [tag for tag in shown.split("<input")[1:] if f'name="{name}"' in tag and f'value="{value}"' in tag]
        assert "checked" in box.split(">")[0]
    ticked = browser.submit("/review/action_post", {"action": "approve", "rowid": f"{case.id}:{case.version}"}).text
    assert "原聘书至2030年10月14日" in ticked
    certificates.terminate(certificate.id, people.actor(head), "调离本省。")
    shown = browser.get(f"/review/show/{case.id}").text
    assert f"{chinese_date(days_before(27))}提前终止，原因：调离本省。" in shown
    assert 'value="2030-10-15"' not in shown


def test_the_expert_reads_why_a_certificate_was_ended(certificate: Certificate, sign_in: SignIn) -> None:
    certificates.terminate(certificate.id, people.actor(cases.reviewer_of(certificate.application)), "调离本省。")
    browser = sign_in(certificate.expert)
    for page in ("/my/certificates", f"/certificate/{certificate.id}"):
        assert "调离本省。" in browser.get(page).text, page


def test_what_ends_soon_is_counted_and_listed_in_scope(app: Flask, clock: Clock, sign_in: SignIn) -> None:
    clock.on(FILED)
    at = people.department(CHEMICALS, KUNMING)

    def ending(left: int) -> Certificate:
        case = cases.pending_case(people.expert(WUHUA), at)
        found = cases.filed_certificate(cases.approved_case(case, cases.a_decision(case, title="市化工-防爆")))
        cases.end_on(found, days_before(0) + timedelta(days=left))
        return found

    rows = {left: ending(left) for left in (-1, 0, 7, 8, 30, 31, 90, 91)}
    head = people.staff(REVIEWER, at=at)
    clock.on(LAST)
    browser = sign_in(head)
    for days, lefts in ((90, {0, 7, 8, 30, 31, 90}), (30, {0, 7, 8, 30}), (7, {0, 7})):
        shown = browser.get(f"/certificates/list/?ending={days}").text
        assert {left for left, row in rows.items() if row.number in shown} == lefts
    desk = browser.get("/desk/").text
    assert '<span class="stat-label">90日内到期的聘书</span><span class="stat-value">6</span>' in desk
    elsewhere = sign_in(people.staff(REVIEWER, at=people.department(CHEMICALS, QUJING)))
    assert not any(row.number in elsewhere.get("/certificates/list/?ending=90").text for row in rows.values())
    assert browser.get("/certificates/list/?ending=5").status_code == 422
    reminders.send_due()
    notice = db.session.scalars(select(Notification).where(Notification.account_id == head.id)).one()
    assert notice.text.endswith("有聘书快要到期：90日内6份，其中30日内4份、7日内2份。")
    led = browser.submit(f"/notices/{notice.id}/open").headers["Location"]
    assert led.startswith(f"/certificates/list/?department={at.id}&ending=90")
    assert "共 <strong>6</strong>" in browser.get(led).text
