"""后台任务 and the way to 重新发送, as administrators see them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.sms import FakeSms, SmsFailed
from app.extensions import db
from app.models import AuditEntry, BackgroundJob, SmsMessage, SmsStatus
from app.policies.roles import ADMINISTRATOR, FILER
from app.services import background, codes, jobs, messages, notices
from app.services.jobs import Job
from tests.support import people
from tests.support.browser import Browser
from tests.support.clock import Clock

pytestmark = pytest.mark.one_database


@pytest.fixture
def browser(app: Flask, sign_in: Callable[..., Browser]) -> Browser:
    return sign_in(people.staff(ADMINISTRATOR))


def text_at(browser: Browser, url: str) -> str:
    response = browser.get(url)
    assert response.status_code == 200, url
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.unescape(response.text)))


def ran() -> None:
    jobs.enrol(background.ALL)
    jobs.look(background.ALL)


@pytest.fixture
def failed(app: Flask, sms: FakeSms) -> SmsMessage:
    notices.password_recovered("13912345678", "张三")
    db.session.commit()
    sms.failures, sms.error = 1, SmsFailed("余额不足", permanent=True)
    messages.deliver()
    return db.session.scalars(select(SmsMessage)).one()


def test_the_page_says_when_no_worker_runs_and_when_one_does(browser: Browser, clock: Clock) -> None:
    assert "后台工作进程没有运行。 短信不会发出" in text_at(browser, "/jobs/list/")
    assert "它还没有运行过" in text_at(browser, "/jobs/list/")
    ran()
    page = text_at(browser, "/jobs/list/")
    assert "没有运行" not in page
    daily = sum(job.every == jobs.DAY for job in background.ALL)
    assert page.count("还没到时间") == daily > 4
    assert page.count("正常") == 1 + len(background.ALL) - daily
    clock.forward(minutes=3)
    assert "没有运行" in text_at(browser, "/account/")


def test_a_failure_is_shown_and_can_be_tried_at_once(app: Flask, sign_in: Callable[..., Browser], clock: Clock) -> None:
    def fails() -> int:
        raise OSError("disk full")

    broken = Job("sweep_files", "删除没有登记的文件", "删除 {} 个", fails)
    ran()
    clock.forward(days=1)
    jobs.look([broken])
    browser = sign_in(people.staff(ADMINISTRATOR))
    page = text_at(browser, "/jobs/list/")
    assert "失败 1 次，将重试 OSError" in page
    assert "disk full" not in page
    assert "失败的后台任务 1" in page
    assert browser.submit("/jobs/run/sweep_files", {}).status_code == 302
    assert "已安排立即运行" in browser.get("/jobs/list/").text
    ran()
    assert "失败 1 次" not in text_at(browser, "/jobs/list/")
    assert db.session.scalars(select(AuditEntry.subject)).all()[-1] == "后台任务#sweep_files"


@pytest.mark.parametrize(
    ("key", "began", "words"),
    [("no-such", False, None), ("sweep_files", True, "正在进行"), ("erase_accounts", False, "还没有运行过")],
)
def test_what_cannot_be_run_now_is_refused_in_words(
    app: Flask, sign_in: Callable[..., Browser], clock: Clock, key: str, began: bool, words: str | None
) -> None:
    if began:
        jobs.enrol(background.ALL)
        clock.forward(days=1)
        assert jobs._claim(next(job for job in background.ALL if job.key == key))
    browser = sign_in(people.staff(ADMINISTRATOR))
    if began:
        assert "正在进行" in text_at(browser, "/jobs/list/")
    response = browser.submit(f"/jobs/run/{key}", {})
    assert response.status_code == (302 if words else 404)
    if words:
        assert words in browser.get("/jobs/list/").text


def test_who_only_reads_has_no_button(browser: Browser, sign_in: Callable[..., Browser]) -> None:
    ran()
    assert "/jobs/run/" in browser.get("/jobs/list/").text
    assert sign_in(people.staff(FILER)).get("/jobs/list/").status_code in (302, 403)


def test_a_stranded_message_is_counted_found_and_sent_again(browser: Browser, failed: SmsMessage, sms: FakeSms) -> None:
    assert "近7天发送失败、未送达的短信 1" in text_at(browser, "/account/")
    page = browser.get("/sms/list/?care=recent").text
    assert f'href="/sms/resend?rowid={failed.id}"' in page
    assert f'href="/sms/resend?rowid={failed.id}"' in browser.get(f"/sms/show/{failed.id}").text
    beforehand = text_at(browser, f"/sms/resend?rowid={failed.id}")
    assert "将重新发送的短信（1条）" in beforehand
    assert "139****5678" in beforehand
    assert "余额不足" in beforehand
    assert "13912345678" not in beforehand
    assert failed.status is SmsStatus.FAILED  # a GET changes nothing
    assert browser.submit("/sms/resend", {"rowid": str(failed.id)}).status_code == 302
    messages.deliver()
    assert failed.status is SmsStatus.SENT
    assert "/sms/resend?" not in browser.get(f"/sms/show/{failed.id}").text
    assert "近7天发送失败、未送达的短信 0" in text_at(browser, "/account/")


def test_several_are_ticked_and_the_page_names_which_cannot(
    browser: Browser, failed: SmsMessage, sms: FakeSms, clock: Clock
) -> None:
    codes.send("13800001111", codes.LOGIN)
    sms.failures = 1
    messages.deliver()
    clock.forward(minutes=11)
    both = [str(row) for row in db.session.scalars(select(SmsMessage.id))]
    response = browser.submit("/sms/action_post", {"action": "resend", "rowid": both})
    page = html.unescape(response.text)
    assert "将重新发送的短信（1条）" in page
    assert "不能重新发送的短信（1条）" in page
    assert "验证码已过有效期，请本人重新获取。" in page
    browser.submit("/sms/resend", {"rowid": both})
    assert "另有 1 条不能重新发送" in browser.get("/sms/list/").text
    assert failed.status is SmsStatus.QUEUED


@pytest.mark.parametrize("rowid", [[], ["x"], ["999999"], ["99999999999999999999"], ["-1", "\x00"]])
def test_nothing_ticked_and_nonsense_are_answered_in_words(browser: Browser, rowid: list[str]) -> None:
    sent: dict[str, Any] = {"action": "resend", "rowid": rowid}
    for url in ("/sms/action_post", "/sms/resend"):
        assert browser.submit(url, sent).status_code == 302
        assert re.search("请先勾选要重新发送的短信。|没有找到这些短信", browser.get("/sms/list/").text)


def test_the_queue_that_is_away_is_named(browser: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "没有应答" not in text_at(browser, "/jobs/list/")
    monkeypatch.setattr(type(app.extensions["ports"].waker), "answers", lambda self: False)
    assert "队列（Redis）没有应答。工作不会丢，短信最多迟一秒发出。" in text_at(browser, "/jobs/list/")


def test_an_administrator_who_is_an_official_too_sees_it_on_the_desk(sign_in: Callable[..., Browser]) -> None:
    assert "后台工作进程 没有运行" in text_at(sign_in(people.staff(ADMINISTRATOR, FILER)), "/desk/")
    assert "后台工作进程" not in text_at(sign_in(people.staff(FILER)), "/desk/")


def test_a_worker_has_left_its_name(app: Flask) -> None:
    ran()
    assert all(re.fullmatch(r".+:\d+", name or "") for name in db.session.scalars(
        select(BackgroundJob.worker).where(BackgroundJob.done_at.is_not(None))
    ))  # fmt: skip
