"""``flask backup``, ``flask backup-check``, ``flask restore``."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.domain.errors import DomainError
from app.services.backups import making, restoring
from app.services.backups.manifest import Manifest

LINES = 4
"""Lines that a step may take where nobody watches a terminal."""
SHOWN = 5
MB = 1024 * 1024
WORD = "替换"
BY = "命令行"
TO_KEEP = "BACKUP_KEY、ENCRYPTION_KEYS（全部编号）、INDEX_KEY、AUDIT_KEY"


class Progress:
    """How far each step is: a line that changes, or a few where the output goes into a file."""

    def __init__(self) -> None:
        self._last = ("", -1)

    def __call__(self, what: str, done: int, total: int) -> None:
        """Shows it, where there is something new to show."""
        is_terminal = sys.stdout.isatty()
        percent = 100 * done // total if total else 100
        shown = (what, percent if is_terminal else percent * LINES // 100)
        if shown == self._last:
            return
        if is_terminal:
            click.echo(f"\r  {what}：{percent}%\x1b[K", nl=percent == 100)
        elif shown[1]:
            click.echo(f"  {what}：{percent}%")
        self._last = shown


@contextmanager
def _in_words() -> Iterator[None]:
    """Refusals and faults of the disk as one Chinese sentence."""
    try:
        yield
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise click.ClickException("磁盘已满，没有完成；没有写完的已经删除。") from fault
        if fault.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO):
            raise click.ClickException(f"不能读写 {fault.filename or '磁盘'}，没有完成。") from fault
        raise


@click.command("backup")
@with_appcontext
def backup() -> None:
    """备份数据库、附件和聘书，加密成一个文件，校验后放入 BACKUP_PATH。可在使用中运行。"""
    with _in_words():
        made = making.make(Progress())
    click.echo(f"已备份并校验：{made.path}（{_megabytes(made.size)}，{made.seconds:.1f} 秒）")
    for path in made.removed:
        click.echo(f"已删除过期的备份：{path.name}")
    _describe(made.said)
    click.echo("恢复时还需要这些密钥，请另行存放（如保险柜），不要和备份放在一起：")
    click.echo(f"  {TO_KEEP}")
    _require_whole(made.said)


@click.command("backup-check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def backup_check(file: Path) -> None:
    """逐字节校验一个备份文件，不恢复任何内容。"""
    with _in_words():
        said = making.check(file, Progress())
    click.echo("备份文件完整，没有发现改动。")
    _describe(said)
    _require_whole(said)


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="数据库中已有内容时，用备份替换。")
@click.option("--yes", is_flag=True, help="不再询问，用于脚本。")
@with_appcontext
def restore(file: Path, replace: bool, yes: bool) -> None:
    """从备份文件恢复数据库、附件和聘书。先停止网站和后台工作进程。"""
    with _in_words():
        plan = restoring.plan(file, Progress())
    _describe(plan.said)
    if plan.replaces and not replace and (name := restoring.unfinished()):
        raise click.ClickException(f"上一次恢复（{name}）没有确认做完。请加上 --replace 再运行一次，从头做完。")
    if plan.replaces and not replace:
        raise click.ClickException("数据库中已有内容，没有恢复。确要用备份替换，请加上 --replace。")
    if plan.replaces and not yes:
        typed = click.prompt(f"现有数据库的内容将被替换，备份以后的改动都会丢失。确要替换，请输入“{WORD}”")
        if typed != WORD:
            raise click.ClickException("没有恢复。")
    with _in_words():
        aside = restoring.restore(plan, BY, Progress())
    click.echo("已恢复，操作日志校验通过。所有人须重新登录。")
    if aside is not None:
        click.echo(f"原来的数据库留在 {aside}，确认无误后请删除。")


def _describe(said: Manifest) -> None:
    click.echo(f"  备份时间：{said.made_at}")
    click.echo(f"  数据库：{restoring.NAMES[said.kind]}，结构 {said.revision}，{sum(said.rows.values())} 行")
    click.echo(f"  附件和聘书：{said.files['count']} 个，{_megabytes(said.files['bytes'])}")


def _require_whole(said: Manifest) -> None:
    if said.lacking:
        named = "、".join(digest[:12] for digest in said.lacking[:SHOWN])
        raise click.ClickException(
            f"有 {len(said.lacking)} 个文件在存储中缺失或损坏，备份中没有它们（{named}）。"
            "没有删除更早的备份，请从其中找回。"
        )


def _megabytes(size: int) -> str:
    return f"{size / MB:.1f} MB"


COMMANDS: tuple[click.Command, ...] = (backup, backup_check, restore)
