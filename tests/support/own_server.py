"""A department's own server, as deploy/ has it: nginx with TLS before gunicorn, in production, on PostgreSQL and Redis."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from deploy.check import NAME, NGINX, is_installed, nginx_configuration
from tests.stress.installation import REDIS
from tests.support.parts import left_out
from tests.support.ports import free_port
from tests.support.source import ROOT

SECONDS = 60
"""A busy machine is slow, not wrong."""


def environment(database: str, instance: Path) -> dict[str, str]:
    """What deploy/environment.example asks for. The SMS provider is never reached."""
    key = {name: base64.b64encode(name.encode().ljust(32)).decode() for name in ("data", "index")}
    return {
        "APP_ENV": "production", "INSTANCE_PATH": str(instance), "DATABASE_URL": database, "PROXIES": "1",
        "SECRET_KEY": "s" * 64, "AUDIT_KEY": "a" * 64, "ENCRYPTION_KEYS": f"1:{key['data']}", "INDEX_KEY": key["index"],
        "RATELIMIT_STORAGE_URI": f"{REDIS}/11", "TRUSTED_HOSTS": NAME, "PUBLIC_URL": f"https://{NAME}",
        "WEB_CONCURRENCY": "2", "SMS_PROVIDER": "aliyun", "SMS_ACCESS_KEY_ID": "id", "SMS_ACCESS_KEY_SECRET": "secret",
    }  # fmt: skip


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode()


@dataclass
class Visitor:
    """Somebody at ``address`` with a browser of their own, on one connection as long as it holds."""

    site: Site
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One request. Raises OSError or HTTPException for one that got no answer."""
        if self.connection is None:
            self.connection = self.site.connect(self.address)
        given = {
            "Host": NAME,
            "Referer": f"https://{NAME}/",
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
        }
        self.connection.request(method, path, body or None, {**given, **(headers or {})})
        response = self.connection.getresponse()
        found = Answer(response.status, response.headers, response.read())
        if response.will_close:
            self.connection.close()
            self.connection = None
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return found

    def submit(self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """A form as a browser sends it."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(form).encode(), {**kind, **(headers or {})})


@dataclass
class Site:
    """A running installation. ``socket`` is what systemd would hold; ``before`` what nginx said while nobody listened."""

    folder: Path
    port: int
    http_port: int
    watch_port: int
    settings: dict[str, str]
    socket: socket.socket
    server: subprocess.Popen[bytes] | None = None
    before: Answer | None = None

    def connect(self, address: str = "127.0.0.1", name: str = NAME) -> http.client.HTTPConnection:
        """A connection with TLS, the certificate checked."""
        trust = ssl.create_default_context(cafile=self.folder / "tls.pem")
        raw = socket.create_connection(("127.0.0.1", self.port), SECONDS, (address, 0))
        connection = http.client.HTTPConnection(name, timeout=SECONDS)
        connection.sock = trust.wrap_socket(raw, server_hostname=name)
        return connection

    def start(self, **settings: str) -> None:
        """Starts the server as systemd would, with the socket as its third file."""
        script = f'exec 3<&{self.socket.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
        with (self.folder / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                ["bash", "-c", script, "-", *command, *settings.pop("options", "").split(), "run:app"],
                cwd=ROOT, env={**os.environ, **self.settings, **settings}, stdout=log, stderr=log,
                pass_fds=[self.socket.fileno()],
            )  # fmt: skip

    def logs_with(self, line: str) -> str:
        """Everything logged, as soon as ``line`` is there: nginx writes it after the answer has gone out."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            logs = "".join((self.folder / name).read_text() for name in ("access.log", "error.log", "server.log"))
            if line in logs:
                return logs
            time.sleep(0.02)
        raise TimeoutError(logs)

    def stop(self) -> None:
        """As systemd would."""
        assert self.server is not None
        self.server.terminate()
        self.server.wait(SECONDS)


@contextmanager
def running(folder: Path, database: str, **settings: str) -> Iterator[Site]:
    """nginx and the server on a database that is ready. ``options`` go to gunicorn's command line."""
    if not is_installed("nginx"):
        left_out("nginx is not installed")
    port, http_port, path = free_port(), free_port(), folder / "web.sock"
    changed = {
        "[::]:80": f"127.0.0.2:{http_port}",
        " 80": f" 127.0.0.1:{http_port}",
        "/run/registry/web.sock": str(path),
    }
    watch_port = free_port()
    changed |= {
        "127.0.0.1:9180": f"127.0.0.1:{watch_port}",
        "[::]:443": f"127.0.0.2:{port}",
        " 443": f" 127.0.0.1:{port}",
    }
    nginx = subprocess.Popen([NGINX, "-c", str(nginx_configuration(folder, changed))])
    listening = socket.socket(socket.AF_UNIX)
    site = Site(folder, port, http_port, watch_port, environment(database, folder / "instance"), listening)
    try:
        site.before = _first_answer(site)
        listening.bind(str(path))
        path.chmod(0o666)
        listening.listen(2048)
        site.start(**settings)
        assert Visitor(site).ask("GET", "/login/").status == 200, (folder / "server.log").read_text()
        yield site
    finally:
        if site.server is not None:
            site.stop()
        nginx.terminate()
        nginx.wait(SECONDS)
        listening.close()


def _first_answer(site: Site) -> Answer:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with suppress(ConnectionRefusedError):
            return Visitor(site).ask("GET", "/")
        time.sleep(0.02)
    raise TimeoutError((site.folder / "error.log").read_text())
