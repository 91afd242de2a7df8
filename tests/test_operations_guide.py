"""The guide for administrators: what it says to type works, in its order, on a machine where nothing has been done yet.

A block marked ``sh`` is run; one marked ``sh manual`` needs what a test has not (systemd, another host), and is read by
the shell only for its grammar.
"""

from __future__ import annotations

import base64
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from string import Template

import pytest
from flask import Flask

from app import create_app
from app.extensions import db
from config import load

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh(?: manual)?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MACHINE = "flask --app run db upgrade\npython3 seed_taxonomy.py\n"
"""What the sections on installing do."""
OURS = re.compile(r"flask --app run ([^|;&<>()`]+)")
"""A line that this process can run as well as another one would, which would first take a second to start."""


def blocks(mark: str) -> list[str]:
    return [text for found, text in BLOCK.findall(GUIDE) if found == mark]


def key(letter: bytes) -> str:
    return base64.b64encode(letter * 32).decode()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine with its settings loaded: ``flask`` and ``python3`` are those of the product."""
    programs = tmp_path / "bin"
    programs.mkdir()
    python = shlex.quote(sys.executable)
    for name, command in (("python3", python), ("flask", f"{python} -m flask")):
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (programs / name).chmod(0o755)
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
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
    assert len(BLOCK.findall(GUIDE)) == GUIDE.count("```") / 2
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
            flask = OURS.fullmatch(line)
            code, said = self._flask(flask[1]) if flask else self._bash(line)
            self.said += said
            assert code == 0, f"{line}\n{said[-2000:]}"

    def _flask(self, arguments: str) -> tuple[int, str]:
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
    named = set(re.findall(r"flask --app run ([a-z-]+)", GUIDE))
    assert {"backup", "backup-check", "restore", "rotate-keys"} <= named <= {*app.cli.commands, "db"}


def test_every_setting_it_names_is_explained_in_the_readme() -> None:
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", GUIDE))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert named
    assert [name for name in sorted(named) if f"`{name}`" not in readme] == []
