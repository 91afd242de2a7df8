"""A Debian 12 with nothing but itself: a tree by debootstrap, which systemd-nspawn boots, in a network of its own.

The network is slirp4netns's: out to Debian and PyPI, in from nowhere, with ports that disturb nobody's. Needs root, and the
programs of ``PROGRAMS``; nothing outside the folder is changed but a network namespace, which goes at the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bare.terminal import Terminal

PROGRAMS = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "slirp4netns": "slirp4netns",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "git": "git",
}
"""What is run here, and the package that brings it."""
RELEASE, MIRROR = "bookworm", "http://deb.debian.org/debian"
SOURCES = f"""\
deb {MIRROR} {RELEASE} main
deb {MIRROR} {RELEASE}-updates main
deb {MIRROR}-security {RELEASE}-security main
"""
"""As Debian's installer writes it."""
SERVER = ("systemd", "systemd-sysv", "dbus", "cron")
"""What every installed Debian has beside debootstrap's ``minbase``, which is made for containers."""
RESOLVER = "10.0.2.3"
BOOT_SECONDS, HALT_SECONDS = 60, 60
TYPES = {
    "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash", "TERM": "xterm", "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    # As long as nobody sits there to press q.
    "PAGER": "cat", "DEBIAN_FRONTEND": "noninteractive",
}  # fmt: skip
"""A login of root's."""


def lacking() -> list[str]:
    """Why it cannot be done here; nothing where it can."""
    missing = sorted({package for program, package in PROGRAMS.items() if not shutil.which(program)})
    reasons = [f"apt-get install {' '.join(missing)}"] if missing else []
    return reasons + ([] if os.geteuid() == 0 else ["需要 root / root is needed"])


class Network:
    """A namespace whose only way out is slirp4netns's."""

    def __init__(self, name: str) -> None:
        self.name, self.path = name, f"/run/netns/{name}"

    @contextmanager
    def up(self) -> Iterator[None]:
        """As long as it is there."""
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        options = ["--configure", "--mtu=65520", "--disable-host-loopback", "--netns-type=path", "--ready-fd=1"]
        command = ["slirp4netns", *options, self.path, "tap0"]
        self._slirp = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            if not self._slirp.stdout or self._slirp.stdout.read(1) != b"1":
                raise RuntimeError("slirp4netns has not started")
            yield
        finally:
            self.cut()
            subprocess.run(["ip", "netns", "delete", self.name], check=True)

    def cut(self) -> None:
        """From here on there is no way out."""
        self._slirp.terminate()
        self._slirp.wait()


class Machine:
    """A tree at ``root``; ``network``: its own."""

    def __init__(self, root: Path, network: Network) -> None:
        self.root, self.network = root, network

    def make(self, base: Path) -> None:
        """Copies ``base``, which is made first where it is not there yet."""
        if not (base / "etc" / "debian_version").exists():
            _debootstrap(base)
        subprocess.run(["cp", "--archive", "--reflink=auto", str(base), str(self.root)], check=True)
        (self.root / "etc" / "resolv.conf").write_text(f"nameserver {RESOLVER}\n")
        (self.root / "etc" / "hostname").write_text("server\n")
        (self.root / "etc" / "apt" / "sources.list").write_text(SOURCES)
        (self.root / "etc" / "hosts").write_text("127.0.0.1 localhost server\n::1 localhost\n")
        _trust(self.root)

    def command(self, *options: str) -> list[str]:
        """How systemd-nspawn is called; the machine knows of no program outside that would register it."""
        own = ["--register=no", "--keep-unit", "--resolv-conf=off", "--timezone=off", "--hostname=server", "--quiet"]
        return ["systemd-nspawn", f"--directory={self.root}", *own, *options]

    @contextmanager
    def booted(self, log: Path) -> Iterator[Terminal]:
        """A terminal of root's on the machine once it is up. ``log``: what is typed there, and answered."""
        console = log.with_suffix(".console")
        with console.open("wb") as said:
            command = self.command(f"--network-namespace-path={self.network.path}", "--boot", "--console=read-only")
            nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        try:
            leader = self._leader(nspawn, console)
            enter = [
                "nsenter",
                f"--target={leader}",
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--pid",
                "--root",
                "--wd=/root",
            ]
            with Terminal([*enter, "env", "-i", *_pairs(TYPES)], self.root / "root", log) as terminal:
                terminal.run("until systemctl is-system-running | grep -Eq 'running|degraded'; do sleep 1; done")
                yield terminal
        finally:
            _halt(nspawn)

    def _leader(self, nspawn: subprocess.Popen[bytes], console: Path) -> int:
        """The number, outside, of the machine's first process, once systemd answers there."""
        children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children")
        until = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < until and nspawn.poll() is None:
            if b"Welcome to" in console.read_bytes() and (first := children.read_text().split()):
                return int(first[-1])
            time.sleep(0.2)
        raise RuntimeError(f"the machine has not booted:\n{console.read_text(errors='replace')}")


def _debootstrap(base: Path) -> None:
    include = f"--include={','.join(SERVER)}"
    subprocess.run(["debootstrap", "--variant=minbase", include, RELEASE, str(base), MIRROR], check=True)


def _trust(root: Path) -> None:
    """Where this machine reaches PyPI with a certificate authority or a mirror of its own, the tree does too."""
    authorities = os.environ.get("PIP_CERT", "")
    lines = ["[global]"]
    if authorities:
        shutil.copy(authorities, root / "etc" / "authorities.pem")
        lines.append("cert = /etc/authorities.pem")
    if mirror := os.environ.get("PIP_INDEX_URL", ""):
        lines.append(f"index-url = {mirror}")
    (root / "etc" / "pip.conf").write_text("\n".join(lines) + "\n")


def _pairs(values: dict[str, str]) -> Sequence[str]:
    return [f"{name}={value}" for name, value in values.items()]


def _halt(nspawn: subprocess.Popen[bytes]) -> None:
    """Asks it to shut down, as its button would; then pulls the plug."""
    with suppress(subprocess.TimeoutExpired):
        if nspawn.poll() is None:
            nspawn.send_signal(signal.SIGTERM)
        nspawn.wait(HALT_SECONDS)
        return
    nspawn.kill()
    nspawn.wait()
