"""``flask copy-files``: from a folder into the bucket, when an installation comes to have several servers."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.domain.errors import DomainError
from app.services import file_copy

PROGRESS_EVERY = 100


@click.command("copy-files")
@with_appcontext
def copy_files() -> None:
    """把 STORAGE_PATH 文件夹中的文件复制到 STORAGE_URL 的桶里。可在使用中运行，中断后再运行即接着做。"""
    copied = seen = 0
    try:
        for is_new in file_copy.into_bucket():
            seen, copied = seen + 1, copied + is_new
            if seen % PROGRESS_EVERY == 0:
                click.echo(f"  已核对 {seen} 个，复制 {copied} 个")
    except DomainError as refusal:
        done = f"已核对 {seen} 个，复制 {copied} 个。" if seen else ""
        raise click.ClickException(done + refusal.message) from refusal
    click.echo(f"完成：共 {seen} 个文件，复制 {copied} 个。原来的文件没有改动。")
