"""The files that a department puts onto its server: each right by its own checker, and right beside each other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from flask import Flask
from jinja2 import DictLoader

from config import load
from deploy import check, serving
from deploy.serving import cores, workers_for
from tests.support.parts import left_out
from tests.support.source import ROOT

DEPLOY = ROOT / "deploy"
EXAMPLE = (DEPLOY / "environment.example").read_text(encoding="utf-8")
SITE = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("program", check.CHECKS)
def test_each_file_passes_its_own_checker(program: str) -> None:
    if not check.is_installed(program):
        # Debian packages no compose that knows the present format: what its file names is looked at below.
        pytest.skip("docker compose is not installed") if program == "docker" else left_out(
            f"{program} is not installed"
        )
    assert check.refusals(program) == []


@pytest.mark.parametrize(
    ("program", "file", "right", "wrong"),
    [
        ("nginx", "nginx.conf", "gzip off;", "gzip of;"),
        ("systemd-analyze", "systemd/registry-web.service", "Restart=", "Restrat="),
        ("systemd-analyze", "systemd/registry-worker.service", "/bin/python", "/bin/pithon"),
        ("systemd-analyze", "systemd/registry-.service.d/hardening.conf", "SystemCallFilter", "Nice=1\n#"),
        ("bash", "registry", "fi\n", "\n"),
    ],
)
def test_a_wrong_file_does_not_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, file: str, right: str, wrong: str
) -> None:
    if not check.is_installed(program):
        left_out(f"{program} is not installed")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    text = (tmp_path / "deploy" / file).read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "deploy" / file).write_text(text.replace(right, wrong), encoding="utf-8")
    monkeypatch.setattr(check, "HERE", tmp_path / "deploy")
    assert check.refusals(program)


class Asked(dict[str, str]):
    """An environment that notes what is asked of it."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """The value."""
        self.names.add(name)
        return super().get(name, default)


def example(*, commented: bool) -> dict[str, str]:
    """What the example sets, or proposes."""
    pattern = r"^# ([A-Z_]+)=(.*)$" if commented else r"^([A-Z_]+)=(.*)$"
    return dict(re.findall(pattern, EXAMPLE, re.MULTILINE))


def test_the_example_has_every_required_setting_and_no_unknown_one(tmp_path: Path) -> None:
    secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTMyMzI="
    filled = {name: value or secret for name, value in example(commented=False).items()}
    asked = Asked({**filled, "APP_ENV": "production", "INSTANCE_PATH": str(tmp_path)})
    settings = load(asked)
    assert settings["PROXIES"] == 1
    known = asked.names | {"WEB_CONCURRENCY", "SMS_ACCESS_KEY_ID", "SMS_ACCESS_KEY_SECRET", "SMS_SDK_APP_ID"}
    assert {*example(commented=False), *example(commented=True)} - known == set()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in known if f"`{name}`" not in readme] == []


def seconds(unit: str, key: str) -> int:
    """What a unit says."""
    found = re.search(rf"^{key}=(\d+)$", (DEPLOY / "systemd" / unit).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_whoever_waits_waits_longer_than_who_works(tmp_path: Path) -> None:
    settings = load({"INSTANCE_PATH": str(tmp_path)})
    graceful = int(
        re.findall(r"^graceful_timeout = (\d+)$", (DEPLOY / "gunicorn.conf.py").read_text(), re.MULTILINE)[0]
    )
    nginx = int(re.findall(r"proxy_read_timeout (\d+)s;", SITE)[0])
    assert settings["DATABASE_STATEMENT_SECONDS"] < graceful < seconds("registry-web.service", "TimeoutStopSec")
    assert serving.timeout < nginx
    assert seconds("registry-worker.service", "TimeoutStopSec") > 60
    assert [COMPOSE["services"][name]["stop_grace_period"] for name in ("web", "worker")] == [
        f"{seconds(f'registry-{name}.service', 'TimeoutStopSec')}s" for name in ("web", "worker")
    ]


def test_the_application_says_what_is_too_large_before_nginx_does(tmp_path: Path) -> None:
    allowed = int(re.findall(r"client_max_body_size (\d+)m;", SITE)[0]) * 2**20
    assert 0 < allowed - load({"INSTANCE_PATH": str(tmp_path)})["MAX_CONTENT_LENGTH"] <= 2**20


def test_what_the_compose_file_names_is_there() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert set(service.get("networks", ())) <= set(COMPOSE["networks"]), name
        sources = {volume.split(":")[0] for volume in service.get("volumes", ())}
        assert {source for source in sources if source[0] != "."} <= set(COMPOSE["volumes"]), name
        kept = {source for source in sources if source[0] == "." and not source.startswith("./tls.")}
        assert [source for source in kept if not (DEPLOY / source).exists()] == [], name
        # Docker's own address is nobody's business but nginx's.
        assert ("ports" in service) == (name == "nginx"), name
    assert [name for name, service in services.items() if service.get("privileged")] == []


def test_make_run_serves_on_the_loopback_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other configuration is served from in test_own_server."""
    monkeypatch.delenv("PORT", raising=False)
    file = "scripts/gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "--print-config", "--config", file, "run:app"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    shown = dict(re.findall(r"^(\w+)\s+= (.*)$", said.stdout, re.MULTILINE))
    assert (said.returncode, shown["worker_class"], shown["threads"], shown["preload_app"]) == (
        0,
        "gthread",
        "4",
        "True",
    )
    assert shown["bind"] == "['127.0.0.1:8080']"


@pytest.mark.parametrize(
    ("files", "share"),
    [
        ({"cpu.max": "150000 100000"}, 1.5),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({}, None),
    ],
)
def test_a_container_counts_its_own_share_of_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], share: float | None
) -> None:
    monkeypatch.setattr(serving.os, "sched_getaffinity", lambda _: range(16))
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")
    assert cores(tmp_path) == (share or 16)


def test_there_are_two_workers_at_least_and_not_too_many() -> None:
    assert [workers_for(share) for share in (0.5, 1, 2, 4, 64)] == [2, 2, 3, 5, 8]


def test_templates_are_compiled_before_a_worker_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.gc, "freeze", lambda: None)
    app = Flask(__name__)
    app.jinja_env.loader = DictLoader({"page.html": "{{ 1 }}", "mail.txt": "{{ 1 }}"})
    serving.pre_fork(SimpleNamespace(app=SimpleNamespace(wsgi=lambda: app)), None)
    assert [name for _, name in app.jinja_env.cache] == ["page.html"]
