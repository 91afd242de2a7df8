"""The real thing in a real browser: gunicorn, Chromium, real puzzles, codes read where staff read them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import Row, create_engine, text

from app.cipher import Algorithm, KeyRing, parse_key, parse_keys
from config import load
from tests.support import databases
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "Yingji-2026-ceshi"
START_SECONDS = 60
PATIENCE = 20_000
"""Milliseconds: a busy machine is slow, not wrong."""
expect.set_options(timeout=PATIENCE)


@dataclass
class Site:
    """A running registry, the folder it lives in, and the address of its database."""

    url: str
    instance: Path
    database: str

    def rows(self, sql: str, **values: object) -> list[Row[Any]]:
        """What the database holds; or, for a statement that gives nothing back, what it then does."""
        engine = create_engine(load(_environment(self.instance, self.database))["SQLALCHEMY_DATABASE_URI"])
        with engine.begin() as connection:
            result = connection.execute(text(sql), values)
            found = list(result) if result.returns_rows else []
        engine.dispose()
        return found

    def messages_to(self, mobile: str) -> list[str]:
        """What was sent to a mobile, the newest first: opened with the keys that development keeps."""
        settings = load({"INSTANCE_PATH": str(self.instance)})
        keys = KeyRing(parse_keys(settings["ENCRYPTION_KEYS"]), parse_key(settings["INDEX_KEY"]), Algorithm.AES_256_GCM)
        found = self.rows(
            "SELECT text FROM sms_message WHERE mobile_index = :index ORDER BY id DESC",
            index=keys.index(mobile, "mobile"),
        )
        return [keys.unseal(bytes(sealed), "sms_message.text").decode() for (sealed,) in found if sealed is not None]

    def code_for(self, mobile: str) -> str:
        """The newest code sent to a mobile."""
        return self.messages_to(mobile)[0].split("验证码")[1][:6]

    def work(self) -> None:
        """What the worker does with the exports and imports that wait."""
        command = "from app import create_app; from app.services import exports, imports\nwith create_app().app_context(): exports.run_next(), imports.run_next()"
        subprocess.run(
            [sys.executable, "-c", command], cwd=ROOT, env=_environment(self.instance, self.database), check=True
        )

    def puzzle_answer(self, token: str) -> int:
        """Where the piece belongs."""
        ((answer,),) = self.rows("SELECT answer FROM login_puzzle WHERE token = :token", token=token)
        return int(str(answer))


def _environment(instance: Path, database: str) -> dict[str, str]:
    return {
        **os.environ,
        "INSTANCE_PATH": str(instance),
        "APP_ENV": "test",
        "RATELIMIT_ENABLED": "0",
        "SUPPORT_PHONE": "0871-12345678",
        "SUPPORT_QQ": "123456",
        "DATABASE_URL": database,
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running(instance: Path, gunicorn: Sequence[str], *, worker: bool = False, **settings: str) -> Iterator[Site]:
    """A registry with staff accounts and no experts, served from ``instance``; ``worker``: with its worker.

    What either process says is in ``server.log`` and ``worker.log`` there.
    """
    kind = databases.KINDS[0]
    own = f"registry_journeys_{os.getpid()}_{''.join(filter(str.isalnum, instance.name))}"
    database, drop = databases.create(kind, instance, "registry" if kind == databases.SQLITE else own)
    environment = {**_environment(instance, database), **settings}
    for command in (
        ["-m", "flask", "--app", "run", "db", "upgrade"],
        ["seed_taxonomy.py"],
        [str(HERE / "staff.py"), PASSWORD],
    ):
        subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True, capture_output=True)
    address = f"127.0.0.1:{free_port()}"
    commands = {"server": ["gunicorn", "--bind", address, *gunicorn, "run:app"]}
    if worker:
        commands["worker"] = ["flask", "--app", "run", "worker"]
    processes = []
    for name, command in commands.items():
        with (instance / f"{name}.log").open("w") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        processes.append(started)
    try:
        _wait(f"http://{address}")
        yield Site(f"http://{address}", instance, database)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
        drop()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Set up as ``make run`` does, with staff accounts and no experts."""
    options = ["--no-control-socket", "--workers", "2", "--threads", "4"]
    with running(tmp_path_factory.mktemp("instance"), options) as found:
        yield found


HERE = Path(__file__).resolve().parent


def _wait(url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{url}/login/", timeout=10)
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_REAL_PARTS"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed: screens are not tested")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def people(site: Site, browser: Browser) -> Iterator[People]:
    """Windows of several people at once; any fault of a page's script fails the test."""
    found = People(site, browser)
    yield found
    found.close()
    assert found.faults == []


class People:
    """Each call opens a window of its own, with a session of its own."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.site, self.browser = site, browser
        self.contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def window(self, width: int = 1280) -> Page:
        """An empty window on the registry."""
        context = self.browser.new_context(
            base_url=self.site.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("request", lambda request: self._watch(request.url))
        return page

    def _hear(self, kind: str, text: str) -> None:
        # Chromium reports each 4xx of a form that was refused as an error of the console.
        if kind == "error" and "Failed to load resource" not in text:
            self.faults.append(text)

    def _watch(self, url: str) -> None:
        if not url.startswith((self.site.url, "data:", "blob:", "chrome")):
            self.faults.append(f"a request left the server: {url}")

    def signed_in(self, name: str, password: str = PASSWORD, width: int = 1280) -> Page:
        """A window in which ``name`` has logged in, puzzle and all."""
        page = self.window(width)
        page.goto("/login/")
        sign_in(page, self.site, name, password)
        return page

    def close(self) -> None:
        """Closes every window."""
        for context in self.contexts:
            context.close()


def sign_in(page: Page, site: Site, name: str, password: str) -> None:
    """Fills the login form, drags the piece home, enters."""
    page.get_by_label("身份证号 / 手机号 / 用户名").fill(name)
    page.get_by_label("密码").fill(password)
    token = page.locator("[data-puzzle-token]").input_value()
    slide(page, site.puzzle_answer(token))
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)


def slide(page: Page, x: int) -> None:
    """Moves the slider to ``x``, the last of the way with the keyboard, as who cannot drag would."""
    slider = page.locator("[data-puzzle-range]")
    by_key = min(x, 5)
    slider.fill(str(x - by_key))
    for _ in range(by_key):
        slider.press("ArrowRight")
