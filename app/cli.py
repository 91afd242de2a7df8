"""``flask`` commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TextIO

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext

from app.commands import backup
from app.commands.files import copy_files
from app.domain.design import DEFAULT, Design, check
from app.domain.errors import DomainError, Invalid
from app.domain.identity import USERNAME_RULE
from app.policies.roles import ADMINISTRATOR
from app.services import (
    accounts,
    audit_check,
    background,
    certificates,
    closing,
    deploy_check,
    key_rotation,
    passwords,
    province,
    samples,
    staff,
)

PROGRESS_EVERY, PROGRESS_EVERY_VALUES = 100, 5000
SHOWN_DEPARTMENTS = 10
COMMAND_LINE = "命令行"


@click.command("worker")
@click.option("--once", is_flag=True, help="把到时间的工作各做一遍就结束，用于由系统定时启动。")
@with_appcontext
def run_worker(once: bool) -> None:
    """后台工作进程：发送短信、查询送达、封存操作日志，每天做一次清理。收到 SIGTERM 后做完手头的再结束。"""
    if not once:
        # By name, for Huey comes with it, which no other command needs.
        import_module("app.worker").run(current_app._get_current_object())  # type: ignore[attr-defined]
        return
    lines = background.run_once()
    for line in lines:
        if line.state and line.state.error:
            click.echo(f"{line.job.label}：没有成功（{line.state.error}）", err=True)
        elif line.words:
            click.echo(f"{line.job.label}：{line.words}")
    if any(line.state and line.state.error for line in lines):
        raise click.ClickException("有工作没有成功，稍后会自动重试。")


def _filing_department() -> str:
    """The province's own; prompts come before a command has its application."""
    app = click.get_current_context().ensure_object(ScriptInfo).load_app()
    with app.app_context():
        return province.here().fill("{office}{filing}")


@click.command("create-admin")
@click.option("--username", prompt="用户名", help=f"{USERNAME_RULE}。")
@click.option("--name", prompt="姓名", help="本人姓名。")
@click.option("--department", prompt="所属部门", default=_filing_department, help="机构和部门的名称，连着写。")
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


@click.command("rotate-keys")
@with_appcontext
def rotate_keys() -> None:
    """把不是用当前密钥加密的数据和附件重新加密。可在使用中运行，中断后再运行即接着做。"""
    last = [""]

    def report(place: str, done: int, total: int) -> None:
        if total and (done == total or place != last[0] or done % PROGRESS_EVERY == 0):
            click.echo(f"  {place}：{done} / {total}")
        last[0] = place

    changed = key_rotation.rotate(report)
    click.echo(f"完成：重新加密 {changed} 处。不再使用的旧密钥现在可以从 ENCRYPTION_KEYS 中删除。")


@click.group("audit")
def audit_log() -> None:
    """操作日志的封存和校验。"""


@audit_log.command("seal")
@click.option("--new-head", is_flag=True, help="重新登记链头：恢复备份之后，或链头文件丢失之后使用。会先校验。")
@with_appcontext
def seal_command(new_head: bool) -> None:
    """封存还没有封存的操作日志。"""
    try:
        if new_head:
            audit_check.renew_head(COMMAND_LINE)
        click.echo(f"封存 {background.seal_log()} 条")
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal


@audit_log.command("verify")
@with_appcontext
def verify_command() -> None:
    """逐条校验操作日志；发现问题时逐处列出，并以非零状态退出。"""
    batches = rows = faults = 0
    for checked in audit_check.verify():
        for fault in checked.faults:
            click.echo(f"第{checked.seal_id}批：{fault}" if checked.seal_id else fault, err=True)
        faults += len(checked.faults)
        if not checked.seal_id:
            click.echo(f"共 {batches} 批 {rows} 条已封存；另有 {checked.rows} 条尚未封存")
            continue
        batches, rows = batches + 1, rows + checked.rows
        if batches % PROGRESS_EVERY == 0:
            click.echo(f"已校验 {batches} 批 {rows} 条")
    if faults:
        raise click.ClickException("操作日志校验不通过。")
    click.echo("操作日志完整，没有发现改动。")


@click.command("reopen-account")
@click.option("--login", prompt="专家的手机号或身份证号", hide_input=True, help="不写在命令行上时会询问。")
@with_appcontext
def reopen_account(login: str) -> None:
    """恢复一个注销未满期限的账号。"""
    account = accounts.find_login(login)
    if account is None:
        raise click.ClickException("没有这个账号。")
    try:
        closing.reopen(account, COMMAND_LINE)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo("已恢复，可以登录。")


@click.command("check-deploy")
@with_appcontext
def check_deploy() -> None:
    """检查当前配置是否适合正式使用；有问题时逐条列出，并以非零状态退出。"""
    found = deploy_check.faults()
    for fault in found:
        click.echo(f"- {fault}", err=True)
    if found:
        raise click.ClickException(f"{len(found)} 处需要处理。")
    click.echo("没有发现不安全的配置。")


def design_from(text: str) -> Design:
    """The design written as JSON. Raises ``Invalid`` for one that a certificate cannot have."""
    try:
        design = Design.from_json(text)
        check(design)
    except (AttributeError, LookupError, TypeError, ValueError) as fault:  # hands write anything
        raise Invalid("这不是聘书样式的 JSON 文件，或其中有不认识的取值。") from fault
    return design


DAY = click.DateTime(["%Y-%m-%d"])


@click.command("preview-certificate")
@click.option("--name", required=True, help="姓名。")
@click.option("--body", required=True, help="聘用单位。")
@click.option("--title", required=True, help="聘任名称，不带“专家”二字。")
@click.option("--number", required=True, help="证书编号。")
@click.option("--from", "first", required=True, type=DAY, help="有效期起。")
@click.option("--to", "last", type=DAY, help="有效期止，当天仍然有效；不写为长期。")
@click.option("--issued", required=True, type=DAY, help="备案日期。")
@click.option("--check-url", help="二维码里的查验地址；不写则没有二维码。")
@click.option(
    "--design", "design_file", type=click.File(encoding="utf-8"), help="聘书样式（JSON 文件）；不写为通用样式。"
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path), help="PDF 文件。")
def preview_certificate(
    name: str,
    body: str,
    title: str,
    number: str,
    first: datetime,
    last: datetime | None,
    issued: datetime,
    check_url: str | None,
    design_file: TextIO | None,
    out: Path,
) -> None:
    """按给出的文字生成一份聘书 PDF，不备案，不用数据库。"""
    try:
        design = DEFAULT if design_file is None else design_from(design_file.read())
        pdf = certificates.drawn(
            name=name,
            body=body,
            title=title,
            number=number,
            valid_from=first.date(),
            valid_to=last.date() if last else None,
            issued=issued.date(),
            check_url=check_url,
            design=design,
        )
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal
    out.write_bytes(pdf)
    click.echo(f"已生成 {out}")


def show_logins(logins: Sequence[samples.Login]) -> None:
    """The sample logins as a table."""
    click.echo(f"示例账号，密码都是 {samples.PASSWORD}")
    width = max(len(login.account) for login in logins)
    for login in logins:
        click.echo(f"  {login.account:<{width}}  {login.who}")


def init_app(app: Flask) -> None:
    """Binds the commands to ``app``."""
    commands = (run_worker, create_admin, seed_samples, rotate_keys, audit_log, reopen_account, check_deploy)
    for command in (*commands, preview_certificate, copy_files, *backup.COMMANDS):
        app.cli.add_command(command)
