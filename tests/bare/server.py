"""What an administrator does on the server besides what the guide says to type: fills in settings, and looks at the result."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from deploy.check import self_signed
from tests.bare.terminal import Failed, Terminal

DOMAIN = "zj.bare.test"
PASSWORD = "bare-0123456789abcdef"
SETTINGS = "/etc/registry/environment"
UNITS = "registry-web.socket registry-web.service registry-worker.service registry-backup.timer"
_BY_COMMAND = re.compile(
    r"^#.*?(?:写成 (?P<before>\d+:)密钥)?：(?P<command>openssl rand -\w+ \d+)[^\n]*\n(?P<name>[A-Z_]+)=$", re.MULTILINE
)
"""A setting that is to be the answer of the command in the line above."""


class Server:
    """The machine at ``root``, with a ``terminal`` of root's."""

    def __init__(self, root: Path, terminal: Terminal) -> None:
        self.root, self.terminal = root, terminal
        (root / "usr/local/bin/editor").write_text('#!/bin/sh\nexec cp --no-preserve=all /root/edited "$1"\n')
        (root / "usr/local/bin/editor").chmod(0o755)
        self_signed(root / "root", DOMAIN)

    def edit(self, text: str) -> None:
        """What ``editor`` is going to save."""
        (self.root / "root/edited").write_text(text, encoding="utf-8")

    def settings(self) -> str:
        """As they are now."""
        return (self.root / SETTINGS.lstrip("/")).read_text(encoding="utf-8")

    def set(self, **values: str) -> None:
        """Edits the file of settings; what is not there yet goes to its end."""
        self.edit(_with(self.settings(), values))
        self.terminal.run(f"editor {SETTINGS}")

    def fill_in(self) -> None:
        """Has the settings ready for the editor, as their example says."""
        text = (self.root / "srv/registry/deploy/environment.example").read_text(encoding="utf-8")
        keys = {
            found["name"]: (found["before"] or "") + _answer(found["command"]) for found in _BY_COMMAND.finditer(text)
        }
        if len(keys) != 5:
            raise Failed(f"the example of the settings says of {sorted(keys)} alone how their keys are made")
        text = text.replace("zj.example.gov.cn", DOMAIN).replace("数据库密码", PASSWORD)
        own = {
            "SMS_ACCESS_KEY_ID": "nobody",
            "SMS_ACCESS_KEY_SECRET": "nothing",
            "METRICS_TOKEN": _answer("openssl rand -hex 32"),
        }
        self.edit(_with(text, keys | own))

    def is_up(self) -> None:
        """Raises Failed unless every unit runs and a visitor sees the page for logging in."""
        self.terminal.run(f"systemctl is-active {UNITS}")
        page = self.get("/login/")
        if "登录" not in page:
            raise Failed(f"no page for logging in: {page[:500]}")
        if "404" not in self.get("/readyz", "-o /dev/null -w '%{http_code}'"):
            raise Failed("/readyz is there for everybody")

    def get(self, path: str, options: str = "-f") -> str:
        """A page, as a visitor has it through nginx and TLS."""
        where = f"--cacert /root/tls.pem --resolve {DOMAIN}:443:127.0.0.1 https://{DOMAIN}{path}"
        return self.terminal.run(f"curl -sS {options} {where}")

    def is_down(self) -> None:
        """Raises Failed unless a visitor reads that the site is being worked on."""
        if "系统正在维护" not in (page := self.get("/login/", "")):
            raise Failed(f"not said to be under maintenance: {page[:500]}")

    def request_number(self) -> str:
        """The number of a request that was just answered."""
        found = re.search(r"(?im)^x-request-id: (\S+)", self.get("/login/", "-o /dev/null -D -"))
        if not found:
            raise Failed("an answer without X-Request-ID")
        return found[1]

    def query(self, statement: str) -> str:
        """An answer of the database's."""
        return self.terminal.run(f'cd /; sudo -u postgres psql -Atd registry -c "{statement}"; cd - >/dev/null').strip()


def _answer(command: str) -> str:
    return subprocess.run(command.split(), capture_output=True, text=True, check=True).stdout.strip()


def _with(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        line = f"{name}={value}"
        text, found = re.subn(rf"(?m)^(?:# )?{name}=.*$", lambda _: line, text, count=1)  # noqa: B023 - called at once
        if not found:
            text += f"{line}\n"
    return text
