"""The guide for administrators: what it says to type works, in its order, on a machine where nothing has been done yet.

A block marked ``sh`` is run; one marked ``sh manual`` needs what a test has not (systemd, another host), and is read by
the shell only for its grammar; ``make bare`` runs both, on a machine of its own.
"""

from __future__ import annotations

import base64
import os
import re
import shlex
import subprocess
from pathlib import Path
from string import Template

import pytest
from flask import Flask

from app import create_app
from app.extensions import db
from app.services import reference
from config import load
from tests.support.guide import BLOCKS, GUIDE
from tests.support.source import ROOT

MACHINE = "registry db upgrade\nregistry seed\n"
"""What the sections on installing do."""
OURS = re.compile(r"registry ([^|;&<>()`]+)")
"""A line that this process can run as well as another one would, which would first take a second to start."""
BACKUPS = "/mnt/backup/registry"
"""Where the guide has the disk for backups."""


def blocks(mark: str) -> list[str]:
    return [block.text for block in BLOCKS if block.mark == mark]


def key(letter: bytes) -> str:
    return base64.b64encode(letter * 32).decode()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine with its settings loaded."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "BACKUP_PATH": str(tmp_path / "backups"),
        "BACKUP_KEY": key(b"b"),
        "ENCRYPTION_KEYS": f"1:{key(b'e')}",
        "INDEX_KEY": key(b"i"),
        "AUDIT_KEY": "a" * 40,
        "SECRET_KEY": "s" * 40,
    }


def test_every_block_is_marked_and_is_shell() -> None:
    assert len(BLOCKS) == GUIDE.count("```") / 2
    for text in (*blocks("sh"), *blocks("sh manual")):
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)


class Shell:
    """What an administrator types, a line after the other; variables stay. Fails at the first that fails."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.variables, self.said = dict(environment), ""
        self._app = create_app(load(environment))

    def type(self, line: str) -> None:
        """One line."""
        if line.strip():
            line = line.replace(BACKUPS, self.variables["BACKUP_PATH"])
            flask = OURS.fullmatch(line)
            code, said = self._flask(flask[1]) if flask else self._bash(line)
            self.said += said
            assert code == 0, f"{line}\n{said[-2000:]}"

    def _flask(self, arguments: str) -> tuple[int, str]:
        if arguments == "seed":
            with self._app.app_context():
                reference.seed()
            return 0, ""
        meant = Template(arguments).substitute(self.variables)
        result = self._app.test_cli_runner().invoke(args=shlex.split(meant))
        with self._app.app_context():
            db.engine.dispose()  # as the end of a process does
        return result.exit_code, result.output + (repr(result.exception) if result.exception else "")

    def _bash(self, line: str) -> tuple[int, str]:
        left = Path(self.variables["HOME"]) / "variables"
        script = f"set -eua\n{line}\nenv -0 >{left}\n"
        done = subprocess.run(
            ["bash"], input=script, cwd=ROOT, env=self.variables, capture_output=True, text=True, timeout=200
        )
        if done.returncode == 0:
            pairs = (pair.partition("=") for pair in left.read_text(encoding="utf-8").split("\0") if pair)
            self.variables = {name: value for name, _, value in pairs}
        return done.returncode, done.stdout + done.stderr


def test_what_it_says_to_type_works_in_its_order(environment: dict[str, str]) -> None:
    shell = Shell(environment)
    for line in "".join([MACHINE, *blocks("sh")]).splitlines():
        shell.type(line)
    for words in ("已备份并校验", "备份文件完整", "已恢复，操作日志校验通过", "操作日志完整", "完成：重新加密"):
        assert words in shell.said
    assert environment["BACKUP_KEY"] not in shell.said


@pytest.mark.one_database
def test_every_command_it_names_is_there(app: Flask) -> None:
    named = set(re.findall(r"(?:^registry|`registry|flask --app run) ([a-z-]+)", GUIDE, re.MULTILINE))
    assert {"backup", "backup-check", "restore", "rotate-keys"} <= named <= {*app.cli.commands, "db", "seed"}


def test_every_setting_it_names_is_explained_in_the_readme() -> None:
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", GUIDE))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert named
    assert [name for name in sorted(named) if f"`{name}`" not in readme] == []
