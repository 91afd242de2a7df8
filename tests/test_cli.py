"""The ``flask`` commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from app import cli
from app.adapters.sms import FakeSms, Report
from app.domain.errors import Conflict
from app.domain.validity import today_in_shanghai
from app.extensions import db
from app.models import Account, AuditEntry, SmsMessage, SmsStatus
from app.policies.roles import ADMINISTRATOR
from app.services import accounts, audit_seals, codes, messages, samples
from tests.support import cases
from tests.support.clock import Clock

pytestmark = pytest.mark.one_database

PASSWORD = "Dian-Chi-1638"
OFFICE = "云南省应急管理厅科技和信息化处"


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def create(runner: FlaskCliRunner, *typed: str) -> tuple[int, str]:
    result = runner.invoke(args=["create-admin"], input="\n".join(typed) + "\n")
    return result.exit_code, result.output


def staff_count() -> int:
    return db.session.scalar(select(func.count()).where(Account.department_id.is_not(None))) or 0


def test_deliver_sends_what_is_queued(runner: FlaskCliRunner, sms: FakeSms) -> None:
    codes.send("13800001111", codes.REGISTER)
    assert "处理 1 条" in runner.invoke(args=["deliver"]).output
    assert "处理 0 条" in runner.invoke(args=["deliver"]).output
    assert len(sms.sent) == 1


def test_deliver_asks_what_became_of_what_was_sent(runner: FlaskCliRunner, sms: FakeSms, clock: Clock) -> None:
    codes.send("13800001111", codes.REGISTER)
    assert "查询送达 0 条" in runner.invoke(args=["deliver"]).output
    sms.reports[sms.sent[0].key] = Report(True, clock.now(), "DELIVRD")
    clock.forward(minutes=1)
    assert "处理 0 条，查询送达 1 条" in runner.invoke(args=["deliver"]).output
    assert db.session.scalars(select(SmsMessage.status)).all() == [SmsStatus.DELIVERED]


def test_remind_tells_of_what_ends_once(runner: FlaskCliRunner, clock: Clock) -> None:
    cases.end_on(cases.filed_certificate(), today_in_shanghai() + timedelta(days=7))
    assert "提醒了 1 份" in runner.invoke(args=["remind"]).output
    assert "提醒了 0 份" in runner.invoke(args=["remind"]).output


def test_the_loop_asks_as_well(runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(BaseException):
        """Ends the loop, which no Exception does."""

    def stop() -> int:
        raise Stopped

    monkeypatch.setattr(messages, "ask", stop)
    with pytest.raises(Stopped):
        runner.invoke(args=["deliver", "--loop"])


def test_deliver_loop_outlives_a_failure(runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    class Stopped(BaseException):
        """Ends the loop, which no Exception does."""

    def fails() -> int:
        raise OSError("the database is gone")

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise Stopped
        monkeypatch.setattr(messages, "deliver", lambda: 0)

    monkeypatch.setattr(messages, "deliver", fails)
    monkeypatch.setattr(cli.time, "sleep", pause)
    with pytest.raises(Stopped):
        runner.invoke(args=["deliver", "--loop"], catch_exceptions=False)
    assert pauses == [cli.PAUSE_AFTER_FAILURE, cli.PAUSE_SECONDS]


def test_create_admin_opens_an_account_that_logs_in(runner: FlaskCliRunner) -> None:
    code, output = create(runner, "guanli", "王管理", "", PASSWORD, PASSWORD)
    assert code == 0, output
    assert "已新增系统管理员：guanli" in output
    assert PASSWORD not in output
    account = accounts.authenticate("guanli", PASSWORD)
    assert account.place == OFFICE
    assert [role.name for role in account.roles] == [ADMINISTRATOR]
    assert not account.must_change_password
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor_name, entry.action) == ("命令行", "新增账号")


@pytest.mark.parametrize(
    ("username", "name", "department", "password", "message"),
    [
        ("no", "王管理", OFFICE, PASSWORD, "用户名须以字母开头，3 至 32 位"),
        ("guanli", "王管理1", OFFICE, PASSWORD, "姓名只能包含文字"),
        ("guanli", "王管理", "没有这个部门", PASSWORD, "没有名为“没有这个部门”的部门"),
        ("guanli", "王管理", "科技和信息化", PASSWORD, "不止一个部门，请写全"),
        ("guanli", "王管理", OFFICE, "Guanli-12345678", "密码不能包含"),
        ("guanli", "王管理", OFFICE, "short", "密码至少需要"),
    ],
)
def test_create_admin_says_what_is_wrong_and_writes_nothing(
    runner: FlaskCliRunner, username: str, name: str, department: str, password: str, message: str
) -> None:
    code, output = create(runner, username, name, department, password, password)
    assert code == 1
    assert message in output
    assert "Traceback" not in output
    assert staff_count() == 0


def test_create_admin_refuses_a_name_that_is_taken(runner: FlaskCliRunner) -> None:
    assert create(runner, "guanli", "王管理", OFFICE, PASSWORD, PASSWORD)[0] == 0
    code, output = create(runner, "guanli", "李管理", OFFICE, PASSWORD, PASSWORD)
    assert code == 1
    assert "用户名“guanli”已存在" in output
    assert staff_count() == 1


def test_seed_samples_refuses_in_production(
    app: Flask, runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "APP_ENV", "production")
    result = runner.invoke(args=["seed-samples"])
    assert result.exit_code == 1
    assert "生产环境" in result.output
    assert staff_count() == 0


def test_seed_samples_prints_the_logins(runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "load", lambda: [samples.Login("省厅　处长", "yn.shenhe", samples.PASSWORD)])
    output = runner.invoke(args=["seed-samples"]).output
    assert samples.PASSWORD in output
    assert "yn.shenhe  省厅　处长" in output


def test_the_worker_seals_once_a_minute_and_outlives_a_refusal(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr(cli.time, "monotonic", lambda: moment[0])
    runs: list[float] = []
    monkeypatch.setattr(cli, "seal_log", lambda: runs.append(moment[0]))
    due: Callable[[float], float] = cli._seal_when_due
    sealed_at = due(moment[0] - 61)
    for moment[0] in (1001.0, 1059.0, 1060.0):
        sealed_at = due(sealed_at)
    assert runs == [1000.0, 1060.0]
    monkeypatch.setattr(audit_seals, "waiting", lambda: audit_seals.BATCH)
    moment[0] = 1080.0
    sealed_at = due(sealed_at)
    assert runs == [1000.0, 1060.0, 1080.0]

    def fails() -> int:
        raise Conflict("audit_head")

    monkeypatch.setattr(cli, "seal_log", fails)
    moment[0] = 1200.0
    assert due(sealed_at) == 1200.0
