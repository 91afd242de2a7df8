"""``flask`` commands."""

from __future__ import annotations

import time

import click
from flask import Flask
from flask.cli import with_appcontext

from app.services import messages

PAUSE_SECONDS = 1.0


@click.command("deliver")
@click.option("--loop", is_flag=True, help="一直运行，每秒检查一次。")
@with_appcontext
def deliver(loop: bool) -> None:
    """投递待发送的短信。"""
    while True:
        count = messages.deliver()
        if not loop:
            click.echo(f"处理 {count} 条")
            return
        if count == 0:
            time.sleep(PAUSE_SECONDS)


def init_app(app: Flask) -> None:
    """Binds the commands to ``app``."""
    for command in (deliver,):
        app.cli.add_command(command)
