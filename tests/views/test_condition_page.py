"""运行状况, as administrators see it, and nobody else."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.adapters.sms import FakeSms, SmsFailed
from app.extensions import db
from app.models import SmsMessage
from app.policies.roles import ADMINISTRATOR, FILER, REVIEWER
from app.services import background, deploy_check, jobs, messages
from app.version import VERSION
from app.views.condition_page import technical
from app.views.text import size_of
from tests.services.test_deploy_check import backed_up
from tests.support import people
from tests.support.browser import Browser
from tests.support.clock import Clock

Look = Callable[[], str]


@pytest.fixture
def look(app: Flask, sign_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Look:
    """The page's text as it is now; its installation is a folder of its own."""
    monkeypatch.setitem(app.config, "INSTANCE_PATH", str(tmp_path))
    browser = sign_in(people.staff(ADMINISTRATOR))

    def page() -> str:
        app.extensions.pop("health", None)
        answer = browser.get("/condition/")
        assert answer.status_code == 200
        main = answer.text.split('id="main"')[1]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.unescape(main)))

    return page


def test_an_installation_that_works_is_seen_at_one_look(look: Look, tmp_path: Path, app: Flask) -> None:
    jobs.enrol(background.ALL)
    jobs.look(background.ALL)
    backed_up(tmp_path, hours_ago=2)
    page = look()
    assert "各部分都正常。" in page
    assert page.count("不正常") == 0
    for part in ("数据库 正常", "数据库结构 正常", "后台工作进程 正常", "附件存储 正常", "磁盘空间 正常"):
        assert part in page
    assert "2 KB，用时 4 秒" in page
    assert "短信 0 无" in page
    (revision,) = db.session.execute(db.text("SELECT version_num FROM alembic_version")).scalars()
    assert f"程序 {VERSION} ，数据库结构 {revision}" in page


def test_what_fails_is_named_with_what_to_do(
    look: Look, sms: FakeSms, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.enrol(background.ALL)
    jobs.look(background.PROMPT)
    sms.failures, sms.error = 1, SmsFailed("余额不足", permanent=True)
    for key in ("a", "b"):
        db.session.add(SmsMessage(key=key, mobile="13900000001", purpose="登录验证", text="验证码"))
    db.session.commit()
    messages.deliver(1)
    backed_up(tmp_path)
    clock.forward(minutes=20)
    page = look()
    assert "2 个部分不正常。" in page
    assert "后台工作进程 不正常 没有运行，请启动 flask --app run worker" in page
    assert "等待处理的工作 不正常 短信已等待20分钟" in page
    assert re.search("短信 1 .* 等待太久", page)
    assert "24小时内发送失败、未送达的短信 1" in page
    assert "13900000001" not in page


@pytest.mark.one_database
def test_a_backup_that_lacks_is_red_in_use_and_an_old_one_always(
    app: Flask, look: Look, sign_in: Callable[..., Browser], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(people.staff(ADMINISTRATOR))

    def tone() -> str:
        (found,) = re.findall(
            r'stat is-(\w+)">\s*<span class="stat-label">最近一次成功的备份', browser.get("/condition/").text
        )
        return str(found)

    assert tone() == "neutral"
    monkeypatch.setitem(app.config, "APP_ENV", "production")
    assert tone() == "danger"
    backed_up(tmp_path, hours_ago=25)
    assert tone() == "success"
    monkeypatch.setitem(app.config, "APP_ENV", "test")
    backed_up(tmp_path, hours_ago=27)
    assert tone() == "danger"
    assert "已超过26小时" in look()


@pytest.mark.one_database
def test_settings_that_are_unsafe_stand_there_as_check_deploy_says_them(look: Look, app: Flask) -> None:
    page = look()
    found = deploy_check.of_settings()
    assert len(found) > 3
    for fault in found:
        assert fault.replace(" ", "") in page.replace(" ", "")


@pytest.mark.one_database
@pytest.mark.parametrize("role", [FILER, REVIEWER])
def test_it_is_for_who_has_the_permission(sign_in: Callable[..., Browser], role: str) -> None:
    assert sign_in(people.staff(role)).get("/condition/").status_code in (302, 403)
    assert "/condition/" not in sign_in(people.staff(role)).get("/desk/").text
    assert 'href="/condition/"' in sign_in(people.staff(ADMINISTRATOR)).get("/account/").text


def test_what_is_typed_as_it_stands_is_marked() -> None:
    said = "请执行 apt-get install <b>，再设 A_B=1。"
    assert technical(said) == "请执行 <code>apt-get install</code> &lt;<code>b</code>&gt;，再设 <code>A_B=1</code>。"


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 字节"), (2048, "2 KB"), (5 * 1024**2, "5.0 MB"), (3 * 1024**3 // 2, "1.5 GB")]
)
def test_sizes_are_read_as_people_read_them(count: int, words: str) -> None:
    assert size_of(count) == words
