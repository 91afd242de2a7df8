"""How soon a page shows something, and what comes over the line for it, in a real browser.

``python -m benchmarks.screens``: Debian's Chromium on the sample people, served as ``make run`` does. Each page is
opened by somebody new (cold: nothing kept) and once more (warm), on this machine as it is, and as on a cheap phone: a
processor four times slower, and a line of 1.6 Mbit/s down, 750 kbit/s up with 150 ms for a round trip ("Fast 3G").
First and largest paint are what the browser's PerformanceObserver says; bytes are those on the line: styles and scripts
compressed, pages as they are, for what is secret in them (BREACH). The bars: a page in 300 KB, and no request that
leaves the server. The table goes into docs/screens.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import session
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from app import create_app
from app.extensions import db
from app.models import Account, Expert
from app.views.session import start_session
from benchmarks.rotation import ROOT

TIMES = 3
BYTES_AT_MOST = 300 * 1024
EXPERT, OFFICIAL = "王建国", "yn.shenhe"
PAGES = {
    "登录": (None, "/login/"),
    "专家首页": (EXPERT, "/my/"),
    "基本信息": (EXPERT, "/my/profile"),
    "待审核": (OFFICIAL, "/review/list/"),
    "专家信息": (OFFICIAL, "/expert/list/"),
}
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOW_PROCESSOR = 4
WAYS = {"as it is": False, "slow": True}
DOCUMENT = ROOT / "docs" / "screens.md"
BEGIN, END = "<!-- screens: begin -->", "<!-- screens: end -->"
PAINTS = """() => new Promise(done => {
  new PerformanceObserver(seen => done([
    performance.getEntriesByName("first-contentful-paint")[0].startTime, seen.getEntries().at(-1).startTime,
  ])).observe({ type: "largest-contentful-paint", buffered: true });
})"""

Figures = dict[str, Any]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A registry with the sample people, served on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ.update(INSTANCE_PATH=str(folder), PORT=str(port), RATELIMIT_ENABLED="0")
    subprocess.run([sys.executable, "-m", "scripts.prepare"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    command = [sys.executable, "-m", "gunicorn", "--config", "scripts/gunicorn.conf.py", "run:app"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/login/", timeout=10).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


def cookies() -> dict[str, str]:
    """The session's cookie of each person, as their login gives it."""
    app = create_app()
    made = {}
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    with app.test_request_context():
        expert = db.session.scalars(select(Expert).where(Expert.name == EXPERT)).one()
        official = db.session.scalars(select(Account).where(Account.username == OFFICIAL)).one()
        for name, account in ((EXPERT, expert.user), (OFFICIAL, official)):
            start_session(account)
            made[name] = signer.dumps(dict(session))
    return {name: text.decode() if isinstance(text, bytes) else text for name, text in made.items()}


def opened(page: Page, url: str, path: str) -> Figures:
    """One look at a page: when it painted, what came, and what left the server."""
    came: dict[str, float] = {"requests": 0, "bytes": 0}
    gone: list[str] = []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")

    def sent(event: Any) -> None:
        if not event["request"]["url"].startswith((url, "data:", "blob:")):
            gone.append(event["request"]["url"])

    def finished(event: Any) -> None:
        came["bytes"] += event["encodedDataLength"]
        came["requests"] += event["encodedDataLength"] > 0  # what was kept took nothing

    line.on("Network.requestWillBeSent", sent)
    line.on("Network.loadingFinished", finished)
    page.goto(url + path, wait_until="load")
    first, largest = page.evaluate(PAINTS)
    line.detach()
    return {"first_paint": first, "largest_paint": largest, **came, "left_the_server": gone}


def measure(browser: Browser, url: str, people: dict[str, str], times: int) -> Figures:
    """Page to way to cold and warm: medians."""
    found: Figures = {}
    for name, (who, path) in PAGES.items():
        found[name] = {}
        for way, is_slow in WAYS.items():
            looks: dict[str, list[Figures]] = {"cold": [], "warm": []}
            for _ in range(times):
                context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
                if who:
                    context.add_cookies([{"name": "session", "value": people[who], "url": url}])
                page = context.new_page()
                if is_slow:
                    line = context.new_cdp_session(page)
                    line.send("Network.enable")
                    line.send("Network.emulateNetworkConditions", SLOW_LINE)
                    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_PROCESSOR})
                for taken in looks.values():
                    taken.append(opened(page, url, path))
                context.close()
            found[name][way] = {kind: _median(taken) for kind, taken in looks.items()}
    return found


def _median(taken: list[Figures]) -> Figures:
    figures: Figures = {
        name: round(statistics.median(one[name] for one in taken)) for name in taken[0] if name != "left_the_server"
    }
    return {**figures, "left_the_server": sorted({address for one in taken for address in one["left_the_server"]})}


def failures(found: Figures) -> list[str]:
    """What misses a bar."""
    missed = []
    for name, ways in found.items():
        for way, looks in ways.items():
            for kind, figures in looks.items():
                if figures["bytes"] > BYTES_AT_MOST:
                    missed.append(f"{name}, {way}, {kind}: {figures['bytes']} bytes")
                missed += [f"{name} asks {address}" for address in figures["left_the_server"]]
    return missed


def table(found: Figures) -> str:
    """For docs/screens.md: milliseconds of first and largest paint, and what came over the line."""
    rows = [
        "| page | cold | warm | cold, slow | warm, slow | cold: KB, requests | warm: KB, requests |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, ways in found.items():
        looks = [ways[way][kind] for way in WAYS for kind in ("cold", "warm")]
        times = [f"{one['first_paint']} / {one['largest_paint']}" for one in looks]
        loads = [f"{one['bytes'] / 1024:.0f}, {one['requests']}" for one in looks[:2]]
        rows.append(f"| {name} `{PAGES[name][1]}` | {' | '.join(times + loads)} |")
    return "\n".join(rows)


def main() -> None:
    """Measures, writes ``results/screens.json`` and the table, and fails if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES)
    chosen = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        found = measure(browser, url, cookies(), chosen.times)
        browser.close()
    text = json.dumps(found, ensure_ascii=False, indent=2)
    print(text)
    (ROOT / "benchmarks" / "results" / "screens.json").write_text(text + "\n", encoding="utf-8")
    written = DOCUMENT.read_text(encoding="utf-8")
    parts = re.compile(f"{BEGIN}.*{END}", re.DOTALL)
    DOCUMENT.write_text(parts.sub(f"{BEGIN}\n{table(found)}\n{END}", written), encoding="utf-8")
    if problems := failures(found):
        raise SystemExit("; ".join(problems))


if __name__ == "__main__":
    main()
