"""Many people at work at once: experts, reviewers, filers, and who looks things up, with pauses to read.

``python -m benchmarks.load --users 200 --minutes 30 --size 100000``: fills a PostgreSQL database of its own, serves
it as ``deploy/gunicorn.conf.py`` says with the worker beside, and lets locust (in .venv-load) act as ``load_people.py``
has it. A request that fails, or a 95th percentile of a second or more, is a failure.

Everybody logs in by the product's own login page first, with password and puzzle; only the puzzle's answer is read from
the database, which a person would see. Rate limits are on: each person has an address of their own, which the server
believes as it does its proxy. nginx and TLS are left out, and so are one-time passwords.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from app import create_app
from app.extensions import db
from app.policies.roles import FILER, STAFF
from app.services import passwords, staff
from benchmarks.load_picture import picture
from benchmarks.population import PASSWORD, filled, official
from benchmarks.rotation import ROOT, SERVER, environment
from config import load

PYTHON = ROOT / ".venv-load" / "bin" / "python"
"""locust lives apart: gevent, which it runs on, changes how sockets and threads work."""
REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379")
SHARES = {"expert": 0.55, "reviewer": 0.15, "filer": 0.10, "viewer": 0.20}
P95_BELOW = 1000
"""Milliseconds."""
START_SECONDS = 120
PICTURE = ROOT / "docs" / "load.svg"
Figures = dict[str, Any]


@contextmanager
def database(size: int, template: str = "") -> Iterator[str]:
    """The address of a database with ``size`` experts, a copy of ``template`` where named; dropped at the end."""
    name = f"registry_load_{os.getpid()}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    url = f"{SERVER}/{name}"
    try:
        if not template:
            with tempfile.TemporaryDirectory() as folder:
                app = filled(size, url, Path(folder))
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
        yield url
    finally:
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def cast(users: int, url: str, settings: dict[str, str]) -> list[dict[str, str]]:
    """Who takes part: ``role``, ``login`` and ``address`` of each. Officials each decide somewhere else."""
    counts = {role: max(1, round(users * share)) for role, share in SHARES.items()}
    counts["expert"] += users - sum(counts.values())
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT region_code FROM organization ORDER BY region_code LIKE '%00' DESC, region_code"
        ).fetchall()
        codes = [str(code) for (code,) in rows]
        ids = [n for (n,) in connection.execute("SELECT id FROM expert ORDER BY id LIMIT %s", [counts["expert"]])]
    people = [{"role": "expert", "login": f"expert{n}"} for n in ids]
    people += [{"role": "reviewer", "login": official(code)} for code in codes[: counts["reviewer"]]]
    people += [{"role": "filer", "login": official(code, FILER)} for code in codes[: counts["filer"]]]
    app = create_app(load(settings))
    with app.app_context():
        department = staff.departments_named("云南省应急管理厅科技和信息化处")[0].id
        hashed = passwords.hashed(PASSWORD, "chakan", "查看员", staff=True)
        for n in range(counts["viewer"]):
            new = staff.NewStaff(f"chakan{n}", "查看员", department, (STAFF,), hashed)
            staff.open_account(new, must_change=False, by="测量")
            people.append({"role": "viewer", "login": f"chakan{n}"})
        db.session.remove()
        db.engine.dispose()
    return [{**person, "address": f"10.0.{n // 250}.{n % 250 + 1}"} for n, person in enumerate(people)]


@contextmanager
def serving(settings: Mapping[str, str], folder: Path) -> Iterator[tuple[str, int]]:
    """The server and the worker; gives where the server listens, and its process. What they say is in ``folder``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{probe.getsockname()[1]}"
    commands = {
        "server": ["gunicorn", "--config", "deploy/gunicorn.conf.py", "run:app"],
        "worker": ["flask", "--app", "run", "worker"],
    }
    started: dict[str, int] = {}
    with ExitStack() as stack:
        for name, command in commands.items():
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT, env={**os.environ, **settings, "BIND": place}, stdout=log, stderr=log,
            )  # fmt: skip
            started[name] = process.pid
            stack.callback(process.wait, 60)
            stack.callback(process.terminate)
        until = time.monotonic() + START_SECONDS
        while ask(place, "GET", "/login/")[0] != 200:
            if time.monotonic() > until:
                raise TimeoutError((folder / "server.log").read_text(encoding="utf-8")[-3000:])
            time.sleep(0.1)
        yield place, started["server"]


def cpu_seconds(pid: int) -> float:
    """What a process and those that it has started have worked, those that have ended included."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    ticks = 0
    for one in (pid, *children):
        fields = Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def ask(place: str, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
    """Status, page and session cookie; a status of 0 where nobody listens."""
    connection = HTTPConnection(place, timeout=60)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body or None, {**kind, **{k.replace("_", "-"): v for k, v in headers.items()}})
        response = connection.getresponse()
        cookies = "; ".join(response.headers.get_all("Set-Cookie") or ())
        session = re.search(r"\bsession=([^;]+)", cookies)
        return response.status, response.read().decode(), session[1] if session else ""
    except OSError:
        return 0, "", ""
    finally:
        connection.close()


def logged_in(place: str, url: str, person: Mapping[str, str]) -> tuple[str, float]:
    """The cookie of a session begun at the login page, and the seconds that this took. Raises RuntimeError.

    An expert agrees to how personal data are dealt with, as each does at the first time.
    """
    own = {"X_Forwarded_For": person["address"]}
    status, page, cookie = ask(place, "GET", "/login/", **own)
    hidden = _hidden(page)
    if status != 200:
        raise RuntimeError(f"the login page answers {status}: {page[:3000]}")
    with psycopg.connect(url) as connection:
        answers = connection.execute("SELECT answer FROM login_puzzle WHERE token = %s", [hidden["puzzle_token"]])
        ((answer,),) = answers.fetchall()
    form = {**hidden, "username": person["login"], "password": PASSWORD, "puzzle_x": str(answer)}
    began = time.monotonic()
    status, _, cookie = ask(place, "POST", "/login/", urlencode(form), Cookie=f"session={cookie}", **own)
    spent = time.monotonic() - began
    if status == 302 and person["role"] == "expert":
        _, page, begun = ask(place, "GET", "/privacy/consent", Cookie=f"session={cookie}", **own)
        agreed = urlencode({**_hidden(page), "notice": "y", "sensitive": "y"})
        status, _, cookie = ask(place, "POST", "/privacy/consent", agreed, Cookie=f"session={begun or cookie}", **own)
    if status != 302:
        raise RuntimeError(f"{person['role']} cannot log in: {status}")
    return cookie, spent


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf_token|puzzle_token)"[^>]* value="([^"]+)"', page))


def locust(
    place: str, people: Path, seconds: int, users: int, think: str, folder: Path
) -> tuple[list[Figures], list[str]]:
    """What locust has counted, by page, and what failed, in words. Raises RuntimeError where it did not run."""
    log = folder / "locust.log"
    command = [
        str(PYTHON), "-m", "locust", "--headless", "--json", "--locustfile", "benchmarks/load_people.py",
        "--host", f"http://{place}", "--users", str(users), "--spawn-rate", str(max(1.0, users / 10)),
        "--run-time", f"{seconds}s", "--stop-timeout", "30", "--exit-code-on-error", "0", "--loglevel", "WARNING",
        "--csv", str(folder / "locust"),
    ]  # fmt: skip
    given = {**os.environ, "LOAD_PEOPLE": str(people), "LOAD_THINK": think}
    with log.open("w", encoding="utf-8") as errors:
        done = subprocess.run(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=errors, text=True)
    if done.returncode:
        raise RuntimeError(log.read_text(encoding="utf-8")[-3000:])
    with (folder / "locust_failures.csv").open(encoding="utf-8", newline="") as file:
        failed = [f"{row['Name']}: {row['Error']}" for row in csv.DictReader(file)]
    return json.loads(done.stdout[done.stdout.index("[") :]), failed


def percentile(times: Mapping[str, int], part: float) -> int:
    """Milliseconds below which that part of the requests was answered; ``times``: how many took how long."""
    seen, total = 0, sum(times.values())
    for spent, count in sorted((float(spent), count) for spent, count in times.items()):
        seen += count
        if seen >= part * total:
            return round(spent)
    return 0


def summary(pages: list[Figures]) -> tuple[Figures, dict[str, Figures]]:
    """All together, and each page."""
    whole: dict[str, int] = {}
    for page in pages:
        for spent, count in page["response_times"].items():
            whole[spent] = whole.get(spent, 0) + count

    def shown(times: Mapping[str, int], failures: int) -> Figures:
        spent = {"median_ms": percentile(times, 0.5), "p95_ms": percentile(times, 0.95), "max_ms": percentile(times, 1)}
        return {"requests": sum(times.values()), "failures": failures, **spent}

    each = {page["name"]: shown(page["response_times"], page["num_failures"]) for page in pages}
    return shown(whole, sum(page["num_failures"] for page in pages)), dict(sorted(each.items()))


def run(users: int, seconds: int, size: int, *, template: str = "", think: str = "5,15") -> Figures:
    """The whole measurement."""
    with database(size, template) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = environment(url, folder / "instance", 1) | {
            "PROXIES": "1", "RATELIMIT_STORAGE_URI": f"{REDIS}/12", "SECRET_KEY": "not a secret: for measuring",
        }  # fmt: skip
        people = cast(users, url, settings)
        with serving(settings, folder) as (place, server):
            spent = []
            for person in people:
                person["session"], seconds_spent = logged_in(place, url, person)
                spent.append(seconds_spent)
            given = folder / "people.json"
            given.touch(0o600)
            given.write_text(json.dumps(people), encoding="ascii")
            worked, began = cpu_seconds(server), time.monotonic()
            pages, failed = locust(place, given, seconds, users, think, folder)
            lasted, worked = time.monotonic() - began, cpu_seconds(server) - worked
        whole, each = summary(pages)
        errors = [line for line in (folder / "server.log").read_text(encoding="utf-8").splitlines() if "ERROR" in line]
    return {
        "users": users,
        "experts": size,
        "seconds": round(lasted),
        "think_seconds": think,
        "cores": os.cpu_count(),
        "requests_per_second": round(whole["requests"] / lasted, 1),
        "server_cpu_ms_per_request": round(worked * 1000 / max(1, whole["requests"]), 1),
        "login_p95_ms": round(sorted(spent)[-1 - len(spent) // 20] * 1000),
        "errors_in_log": len(errors),
        **whole,
        "failed": failed,
        "pages": each,
    }


def failures(result: Figures) -> list[str]:
    """What the measurement does not pass by."""
    found = [
        f"{name}: {page['failures']} of {page['requests']} failed"
        for name, page in result["pages"].items()
        if page["failures"]
    ]
    found += result["failed"]
    if result["p95_ms"] >= P95_BELOW:
        found.append(f"p95 is {result['p95_ms']} ms, bar {P95_BELOW}")
    if result["errors_in_log"]:
        found.append(f"{result['errors_in_log']} errors in the server's log")
    return found


def main() -> int:
    """Runs, prints, keeps the result beside this file and as a picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--template", default="", help="a filled database to copy, in place of filling one")
    chosen = parser.parse_args()
    result = run(chosen.users, round(chosen.minutes * 60), chosen.size, template=chosen.template)
    into = ROOT / "benchmarks" / "results" / f"load-postgresql-{chosen.size}.json"
    into.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PICTURE.write_text(picture(result), encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "pages"}, indent=1))
    found = failures(result)
    for failure in found:
        print(failure, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
