"""``flask check-deploy`` says what is unsafe, each in its own words, and nothing of what is right."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.security import generate_password_hash

from app import create_app
from app.adapters.sealing import StorageAway
from app.adapters.storage import MemoryStorage
from app.cipher import Algorithm, KeyRing
from app.documents import fonts
from app.extensions import db, limiter
from app.models import SmsMessage
from app.models.types import now
from app.services import audit, audit_seals, background, deploy_check, jobs, messages, samples
from app.services.samples import officials
from config import load
from tests.support import people
from tests.support.clock import Clock

GOOD: dict[str, Any] = {
    "APP_ENV": "production",
    "SECRET_KEY": "s" * 32,
    "AUDIT_KEY": "a" * 32,
    "SESSION_COOKIE_SECURE": True,
    "TRUSTED_HOSTS": ["zj.example.gov.cn"],
    "PROXIES": 1,
    "TOTP_REQUIRED": True,
    "CLAMD_ADDRESS": "127.0.0.1:3310",
    "BACKUP_KEY": "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI=",
    "METRICS_TOKEN": "a-token-of-some-length",
    "RATELIMIT_ENABLED": True,
    "RATELIMIT_STORAGE_URI": "redis://127.0.0.1:6379/0",
    "TESTING": False,
}


def backed_up(instance: Path, hours_ago: float = 0) -> None:
    """A backup went well then."""
    said = {"finished_at": (now() - timedelta(hours=hours_ago)).isoformat(), "seconds": 3.5, "bytes": 2048}
    (instance / "last-backup.json").write_text(json.dumps(said))


@pytest.fixture
def good(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Flask:
    """An installation that is fit for use."""
    tmp_path.chmod(0o700)
    for name, value in {**GOOD, "INSTANCE_PATH": str(tmp_path), "STORAGE_PATH": str(tmp_path)}.items():
        monkeypatch.setitem(app.config, name, value)
    monkeypatch.setattr(deploy_check.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(type(limiter.storage), "check", lambda self: True)
    monkeypatch.setattr(fonts, "_SYSTEM_FONTS", tmp_path / "fonts")
    for file in fonts.lacking_rare_fonts():
        (tmp_path / "fonts" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fonts" / file).touch()
    backed_up(tmp_path)
    jobs.enrol(background.ALL)
    jobs.look(background.PROMPT)
    return app


def test_nothing_is_said_of_what_is_right(good: Flask) -> None:
    assert deploy_check.faults() == []
    result = good.test_cli_runner().invoke(args=["check-deploy"])
    assert (result.exit_code, result.output) == (0, "没有发现不安全的配置。\n")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("APP_ENV", "development", "APP_ENV 现为 development"),
        ("TESTING", True, "调试模式或测试模式开着"),
        ("SECRET_KEY", "short", "SECRET_KEY 太短"),
        ("AUDIT_KEY", "s" * 32, "AUDIT_KEY 与 SECRET_KEY 相同"),
        ("SESSION_COOKIE_SECURE", False, "缺少 Secure 标记"),
        ("TOTP_REQUIRED", False, "TOTP_REQUIRED 为 0"),
        ("TRUSTED_HOSTS", None, "没有设置 TRUSTED_HOSTS"),
        ("PROXIES", 0, "PROXIES 为 0"),
        ("BIND", "0.0.0.0:8000", "可以冒充任何网络地址"),
        ("CLAMD_ADDRESS", "", "上传的文件不查毒"),
        ("BACKUP_KEY", "", "没有设置 BACKUP_KEY"),
        ("BACKUP_KEY", "c2hvcnQ=", "BACKUP_KEY 设置有误"),
        ("METRICS_TOKEN", "", "监控系统读不到运行指标"),
        ("RATELIMIT_ENABLED", False, "频率限制已关闭"),
        ("RATELIMIT_STORAGE_URI", "memory://", "多个进程时限不住"),
    ],
)
def test_each_fault_of_the_settings_has_its_own_words(
    good: Flask, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, words: str
) -> None:
    monkeypatch.setitem(good.config, name, value)
    (fault,) = deploy_check.faults()
    assert words in fault
    result = good.test_cli_runner().invoke(args=["check-deploy"])
    assert result.exit_code == 1
    assert words in result.output


def test_redis_that_does_not_answer_folders_that_are_open_and_root(
    good: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def down(self: Any) -> bool:
        raise ConnectionError

    monkeypatch.setattr(type(limiter.storage), "check", down)
    tmp_path.chmod(0o755)
    monkeypatch.setattr(deploy_check.os, "geteuid", lambda: 0)
    text = "\n".join(deploy_check.faults())
    for words in ("没有应答", "root 身份", "INSTANCE_PATH 指向的文件夹", "STORAGE_PATH 指向的文件夹"):
        assert words in text


def test_a_storage_that_does_not_answer(good: Flask, monkeypatch: pytest.MonkeyPatch, storage: MemoryStorage) -> None:
    def away(digest: str) -> bool:
        raise StorageAway("object storage: EndpointConnectionError")

    monkeypatch.setattr(storage, "exists", away)
    (fault,) = deploy_check.faults()
    assert "文件存储（STORAGE_URL）没有应答" in fault


def test_values_under_an_old_key(good: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    people.expert()
    newer = KeyRing({9: b"9" * 32}, b"i" * 32, Algorithm.AES_256_GCM)
    monkeypatch.setitem(good.extensions, "key_ring", newer)
    (fault,) = deploy_check.faults()
    assert "请运行 flask rotate-keys" in fault


def test_a_sample_account_with_the_public_password(good: Flask) -> None:
    name = officials.OFFICIALS[0].username
    account = people.staff(username=name, password=generate_password_hash(samples.PASSWORD, method="pbkdf2:sha256:1"))
    (fault,) = deploy_check.faults()
    assert f"示例账号 {name} 还在使用公开的密码" in fault
    account.active = False
    db.session.commit()
    assert deploy_check.faults() == []


def test_a_worker_that_does_not_run(good: Flask, clock: Clock) -> None:
    db.session.add(SmsMessage(key="k", mobile="13900000001", purpose="登录验证", text="验证码"))
    audit.add("登录", "账号#1", name="张三")
    db.session.commit()
    assert deploy_check.faults() == []
    clock.forward(minutes=6)
    (fault,) = deploy_check.faults()
    assert "超过5分钟没有后台工作进程的活动" in fault
    clock.forward(minutes=10)
    assert [fault[:4] for fault in deploy_check.faults()] == ["超过5分", "操作日志", "有短信超"]
    audit_seals.seal()
    assert [fault[:4] for fault in deploy_check.faults()] == ["超过5分", "有短信超"]
    jobs.look(background.PROMPT)
    assert deploy_check.faults() == []


def test_a_job_that_fails(good: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_limit: int) -> int:
        raise OSError

    monkeypatch.setattr(messages, "deliver", fails)
    jobs.look(background.PROMPT)
    (fault,) = deploy_check.faults()
    assert fault == "后台任务“发送短信”连续失败1次（OSError），详见服务器日志。"


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "10.0.0.9"), (2, "203.0.113.7")])
def test_only_so_many_proxies_are_believed(tmp_path: Path, proxies: int, address: str) -> None:
    app = create_app({**load({"INSTANCE_PATH": str(tmp_path), "PROXIES": str(proxies)}), "RATELIMIT_ENABLED": False})
    seen: list[tuple[str | None, bool]] = []

    @app.before_request
    def note() -> str:
        seen.append((request.remote_addr, request.is_secure))
        return ""

    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.0.0.9", "X-Forwarded-Proto": "https,https,https"}
    app.test_client().get("/", headers=headers)
    assert seen == [(address, proxies > 0)]


def test_a_backup_that_lacks_or_is_old(good: Flask, tmp_path: Path) -> None:
    backed_up(tmp_path, hours_ago=27)
    (fault,) = deploy_check.faults()
    assert fault.startswith("超过26小时没有成功的备份")
    for damaged in ("", "{", "[]", '{"finished_at": "gestern"}', '{"finished_at": "2026-11-29T03:00:00"}'):
        (tmp_path / "last-backup.json").write_text(damaged)
        (fault,) = deploy_check.faults()
    assert fault.startswith("还没有成功的备份")
    (tmp_path / "last-backup.json").unlink()
    (fault,) = deploy_check.faults()
    assert fault.startswith("还没有成功的备份")


def test_missing_fonts_for_rare_names_are_said(good: Flask, tmp_path: Path) -> None:
    (tmp_path / "fonts" / "hanazono" / "HanaMinB.ttf").unlink()
    (fault,) = deploy_check.faults()
    assert "apt-get install fonts-babelstone-han fonts-hanazono" in fault
