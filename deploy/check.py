"""``python -m deploy.check``: each file of this folder through its own checker; ends with 1 where one refuses.

What is not installed is left out and said so. Nothing is started, and nothing outside a temporary folder is written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
EXPOSED_AT_MOST = 15
"""Tenths, by ``systemd-analyze security``: 100 is a service without any restraint, which most are."""
SERVICES = ("registry-web", "registry-worker", "registry-backup")
NAME = "zj.example.gov.cn"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "nginx"
"""Debian keeps it where only root looks."""


def self_signed(folder: Path, name: str = NAME) -> tuple[Path, Path]:
    """A certificate for ``name`` and 127.0.0.1, and its key."""
    certificate, key = folder / "tls.pem", folder / "tls.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = f"subjectAltName=DNS:{name},IP:127.0.0.1"
    files = ["-keyout", str(key), "-out", str(certificate)]
    command += ["-days", "2", "-subj", f"/CN={name}", "-addext", names, *files]
    subprocess.run(command, capture_output=True, check=True)
    return certificate, key


def nginx_configuration(folder: Path, changed: Mapping[str, str]) -> Path:
    """A whole configuration around our site, all of it in ``folder``; ``changed``: words of the site, and others.

    It compresses, as Debian's does, so that a site which would not say otherwise is found out.
    """
    certificate, key = self_signed(folder)
    site = (HERE / "nginx.conf").read_text(encoding="utf-8")
    own = {"/etc/registry/tls.pem": str(certificate), "/etc/registry/tls.key": str(key), "/var/log/nginx": str(folder)}
    for words, others in {**own, "/srv/registry/deploy/pages": str(HERE / "pages"), **changed}.items():
        if words not in site:
            raise ValueError(f"deploy/nginx.conf does not say {words!r}")
        site = site.replace(words, others)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    kept = [f"{what}_temp_path {folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    whole = folder / "nginx.conf"
    # Its workers would become somebody who cannot enter the folder.
    user = "user root; " if os.geteuid() == 0 else ""
    whole.write_text(
        f"{user}pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; worker_processes 1;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ {' '.join(kept)} gzip on; include {folder}/site.conf; }}\n",
        encoding="utf-8",
    )
    return whole


def units_root(folder: Path) -> Path:
    """A file system that holds our units, and what they run, as a server has them."""
    units = folder / "etc" / "systemd" / "system"
    shutil.copytree(HERE / "systemd", units)
    # Targets that every system has, so that only what is ours can lack.
    shutil.copytree("/lib/systemd/system", folder / "lib" / "systemd" / "system", symlinks=True)
    for program in ("srv/registry/.venv/bin/python", "bin/sh"):
        path = folder / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n", encoding="ascii")
        path.chmod(0o755)
    (folder / "etc" / "registry").mkdir()
    (folder / "etc" / "registry" / "environment").touch()
    return folder


def _nginx(folder: Path) -> Iterator[list[str]]:
    # Ports that anybody may listen at: nginx opens them even to look at its configuration.
    changed = {"[::]:80": "127.0.0.2:18080", " 80": " 127.0.0.1:18080"}
    changed |= {"[::]:443": "127.0.0.2:18443", " 443": " 127.0.0.1:18443", "127.0.0.1:9180": "127.0.0.1:19180"}
    yield [NGINX, "-t", "-q", "-c", str(nginx_configuration(folder, changed))]


def _units(folder: Path) -> Iterator[list[str]]:
    root = units_root(folder)
    names = [path.name for path in (HERE / "systemd").glob("registry*.*") if path.is_file()]
    yield ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}", *names]
    for name in SERVICES:
        yield [
            "systemd-analyze", "security", "--offline=yes", "--no-pager", f"--root={root}",
            f"--threshold={EXPOSED_AT_MOST}", f"{name}.service",
        ]  # fmt: skip


def _compose(folder: Path) -> Iterator[list[str]]:
    for name in ("compose.yaml", "nginx.conf", "Dockerfile"):
        shutil.copy(HERE / name, folder)
    for name in ("environment", "database.env", "tls.pem", "tls.key"):
        (folder / name).touch()
    yield ["docker", "compose", "-f", str(folder / "compose.yaml"), "config", "--quiet"]


def _scripts(_folder: Path) -> Iterator[list[str]]:
    yield ["bash", "-n", str(HERE / "registry")]


CHECKS: Mapping[str, Callable[[Path], Iterator[list[str]]]] = {
    "nginx": _nginx,
    "systemd-analyze": _units,
    "docker": _compose,
    "bash": _scripts,
}
"""By the program that checks."""


def is_installed(program: str) -> bool:
    """Whether it can check; of docker what counts is that it knows ``compose``, which comes apart."""
    if program == "docker" and shutil.which(program):
        return subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0  # nosec B607
    return shutil.which(NGINX if program == "nginx" else program) is not None


def refusals(program: str) -> list[str]:
    """What the program has against our files: nothing where they are right."""
    found = []
    with TemporaryDirectory() as folder:
        for command in CHECKS[program](Path(folder)):
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            # A warning is a key that nobody obeys.
            if done.returncode or done.stderr:
                found.append(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return found


def main() -> int:
    """0 where nothing is refused."""
    failed = 0
    for program in CHECKS:
        if not is_installed(program):
            print(f"没有安装 {program}，相应的文件没有检查。", file=sys.stderr)
            continue
        found = refusals(program)
        print(f"{program}：{'不通过' if found else '通过'}")
        for refusal in found:
            print(refusal, file=sys.stderr)
        failed |= bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
