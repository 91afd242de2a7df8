"""``flask`` commands."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.domain.errors import DomainError
from app.domain.identity import USERNAME_RULE
from app.policies.roles import ADMINISTRATOR
from app.services import messages, passwords, samples, staff

PAUSE_SECONDS, PAUSE_AFTER_FAILURE = 1.0, 15.0
SHOWN_DEPARTMENTS = 10
COMMAND_LINE = "命令行"


@click.command("deliver")
@click.option("--loop", is_flag=True, help="一直运行，每秒检查一次。")
@with_appcontext
def deliver(loop: bool) -> None:
    """投递待发送的短信。"""
    if not loop:
        click.echo(f"处理 {messages.deliver()} 条")
        return
    while True:
        try:
            count = messages.deliver()
        except Exception:
            # The worker outlives what it works with: a database that restarts, a provider's bad day.
            current_app.logger.exception("delivery failed")
            time.sleep(PAUSE_AFTER_FAILURE)
            continue
        if count == 0:
            time.sleep(PAUSE_SECONDS)


@click.command("create-admin")
@click.option("--username", prompt="用户名", help=f"{USERNAME_RULE}。")
@click.option("--name", prompt="姓名", help="本人姓名。")
@click.option(
    "--department", prompt="所属部门", default="云南省应急管理厅科技和信息化处", help="机构和部门的名称，连着写。"
)
@click.password_option(
    "--password", prompt="密码", confirmation_prompt="再输入一次密码", help="不写在命令行上时会询问。"
)
@with_appcontext
def create_admin(username: str, name: str, department: str, password: str) -> None:
    """新增一个系统管理员账号。"""
    found = staff.departments_named(department)
    if len(found) != 1:
        named = "、".join(f"{row.organization.name}{row.name}" for row in found[:SHOWN_DEPARTMENTS])
        raise click.ClickException(
            f"“{department}”不止一个部门，请写全：{named}"
            if found
            else f"没有名为“{department}”的部门。基础数据由 seed_taxonomy.py 载入。"
        )
    try:
        password_hash = passwords.hashed(password, username, name, staff=True)
        account = staff.open_account(
            staff.NewStaff(username.strip(), name, found[0].id, (ADMINISTRATOR,), password_hash),
            must_change=False,
            by=COMMAND_LINE,
        )
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"已新增系统管理员：{account.username}（{account.name}，{account.place}）")


@click.command("seed-samples")
@with_appcontext
def seed_samples() -> None:
    """载入示例人员（仅限开发环境），并列出可用的账号。再次运行不改动任何数据。"""
    try:
        found = samples.load()
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal
    show_logins(found)


def show_logins(logins: Sequence[samples.Login]) -> None:
    """The sample logins as a table."""
    click.echo(f"示例账号，密码都是 {samples.PASSWORD}")
    width = max(len(login.account) for login in logins)
    for login in logins:
        click.echo(f"  {login.account:<{width}}  {login.who}")


def init_app(app: Flask) -> None:
    """Binds the commands to ``app``."""
    for command in (deliver, create_admin, seed_samples):
        app.cli.add_command(command)
