"""How long anybody waits while the schema of a large PostgreSQL database is brought up to date, and back again.

``python -m benchmarks.upgrade --size 1000000 --since 0016`` fills a database of its own at that revision, then goes up
a revision at a time to the newest and down again the same way, while people read lists and profiles, save profiles and
enter cases and acts, each twenty times a second, by statements of the kinds that the product issues.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
from alembic.script import ScriptDirectory
from flask import current_app

from app import create_app
from app.extensions import db
from benchmarks import grown
from benchmarks.beside import beside
from benchmarks.rotation import ROOT, database, environment
from config import load

BAR_SECONDS = 1.0
HANDS = 2
"""Threads for each act, each so often that together they come to twenty a second."""
EVERY = 0.1
LOOK_SECONDS = 0.02

READS = (
    "SELECT expert.id, expert.name, employer, title_level, full_name FROM expert JOIN region ON code = region_code"
    " ORDER BY expert.id DESC LIMIT 25",
    "SELECT * FROM expert LEFT JOIN application ON application.expert_id = expert.id WHERE expert.id = %(n)s",
    "SELECT username, attachment.* FROM attachment JOIN expert ON expert.id = expert_id"
    " JOIN ab_user ON ab_user.id = user_id WHERE expert_id = %(n)s",
    "SELECT * FROM transition JOIN certificate USING (application_id) WHERE application_id = %(n)s",
    "SELECT id, status FROM sms_message ORDER BY id DESC LIMIT 25",
)
WRITES = (
    "UPDATE expert SET address = '青年路' || %(turn)s, version = version + 1, updated_at = now() WHERE id = %(n)s",
    "WITH content AS (INSERT INTO snapshot (expert_id, taken_at, content)"
    "   SELECT expert_id, now(), content FROM snapshot WHERE id = %(n)s RETURNING id, expert_id)"
    " INSERT INTO application (version, expert_id, organization_id, department_id, region_code, status, submitted_at,"
    "   changed_at, snapshot_id) SELECT 1, expert_id, 1, 1, '530000', 'withdrawn', now(), now(), id FROM content",
    "UPDATE application SET version = version + 1, changed_at = now() WHERE id = %(n)s",
    "INSERT INTO transition (application_id, action, source, target, at, actor_id, actor_name, actor_place, reason)"
    " VALUES (%(n)s, 'withdraw', 'pending_review', 'withdrawn', now(), %(n)s, '李莉', '专家本人', '')",
    "INSERT INTO audit_entry (at, actor_id, actor_name, action, subject)"
    " VALUES (now(), %(n)s, '李莉', '修改资料', '专家 ' || %(turn)s)",
    "UPDATE certificate SET version = version + 1 WHERE expert_id = %(n)s",
    "UPDATE ab_user SET last_login = now(), login_count = %(turn)s WHERE id = %(n)s",
    "INSERT INTO sms_message (key, mobile, mobile_index, purpose, text, status, created_at, due_at, tries)"
    " SELECT md5(random()::text), mobile, mobile_index, purpose, text, 'sent', now(), now(), 1"
    " FROM sms_message WHERE id = %(n)s",
    "INSERT INTO attachment (expert_id, kind, filename, content_type, size, digest, uploaded_at)"
    " SELECT expert_id, kind, filename, content_type, size, digest, now() FROM attachment WHERE id = %(n)s",
)
WAITING = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0) FROM pg_locks
JOIN pg_stat_activity USING (pid) WHERE NOT granted AND waitstart IS NOT NULL AND application_name = 'people'
"""


class People:
    """Readers and writers at work until told to stop: of each, the longest that a statement took."""

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size = url, size
        self.longest: dict[str, float] = {}
        self.acts, self.failures = Counter[str](), Counter[str]()

    def begin(self) -> None:
        """Forgets what was measured."""
        self.longest = dict.fromkeys(("read", "write", "lock"), 0.0)
        self.acts, self.failures = Counter(), Counter()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the block runs."""
        self.begin()
        acts = [("read", READS), ("write", WRITES)] * HANDS
        with beside(*(partial(self._work, *act, seed) for seed, act in enumerate(acts)), self._look):
            yield

    def _work(self, kind: str, statements: tuple[str, ...], seed: int, over: threading.Event) -> None:
        turn = seed * len(WRITES)
        with psycopg.connect(self._url, autocommit=True, application_name="people") as connection:
            while not over.wait(EVERY):
                turn += 1
                bound = {"n": turn * 104_729 % self._size + 1, "turn": turn}
                began = time.perf_counter()
                try:
                    connection.execute(statements[turn % len(statements)].encode(), bound, prepare=False)
                except psycopg.Error as error:
                    self.failures[f"{kind}: {error}"] += 1
                self.acts[kind] += 1
                self.longest[kind] = max(self.longest[kind], time.perf_counter() - began)

    def _look(self, over: threading.Event) -> None:
        """The longest that one of them stood in line for a lock, as the server says it."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not over.wait(LOOK_SECONDS):
                found = connection.execute(WAITING).fetchone()
                self.longest["lock"] = max(self.longest["lock"], float(found[0]) if found else 0.0)


def run(size: int, since: str, until: str = "head", around_seconds: float = 1.0) -> dict[str, Any]:
    """The whole measurement. Raises RuntimeError where anybody's statement failed.

    People work for ``around_seconds`` before each step and after it, for some take no longer than a blink.
    """
    with tempfile.TemporaryDirectory() as name, database("postgresql", Path(name), "upgrade") as url:
        app = create_app(load(environment(url, Path(name), 1)))
        with app.app_context():
            flask_migrate.upgrade(revision=since)
            began = time.monotonic()
            with psycopg.connect(url, autocommit=True) as connection:
                rows = grown.fill(connection, size)
            print(f"{size} experts, {sum(rows.values())} rows in {time.monotonic() - began:.0f} s", flush=True)
            scripts = ScriptDirectory(current_app.extensions["migrate"].directory)
            between = [script.revision for script in scripts.walk_revisions(since, until)][-2::-1]
            people = People(url, size)

            def step(called: str, act: Callable[[], Any]) -> dict[str, Any]:
                with people.at_work():
                    time.sleep(around_seconds)
                    began = time.monotonic()
                    act()
                    seconds = time.monotonic() - began
                    time.sleep(around_seconds)
                print(called, found := _figures(people, seconds), flush=True)
                return found

            quiet = step("quiet", lambda: time.sleep(around_seconds))
            up = {one: step(f"up {one}", lambda: flask_migrate.upgrade(revision="+1")) for one in between}
            down = {
                one: step(f"down {one}", lambda: flask_migrate.downgrade(revision="-1")) for one in reversed(between)
            }
            db.engine.dispose()
    return {"experts": size, "since": since, "rows": rows, "quiet": quiet, "up": up, "down": down}


def _figures(people: People, seconds: float) -> dict[str, Any]:
    if people.failures:
        raise RuntimeError(dict(people.failures))
    longest = {f"longest_{kind}_ms": round(1000 * spent) for kind, spent in people.longest.items()}
    return {"seconds": round(seconds, 1), **longest, "acts": people.acts.total()}


def exceeding(result: dict[str, Any]) -> list[str]:
    """The steps during which a statement waited for longer than the bar."""
    return [
        f"{way} {revision}"
        for way in ("up", "down")
        for revision, found in result[way].items()
        if max(found["longest_read_ms"], found["longest_write_ms"]) > 1000 * BAR_SECONDS
    ]


def main() -> None:
    """Runs, prints, and keeps the result beside this file; fails where somebody waited too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--since", default="0003", help="the revision that is filled, from 0003 on")
    parser.add_argument("--until", default="head", help="the last revision")
    chosen = parser.parse_args()
    result = run(chosen.size, chosen.since, chosen.until)
    kept = ROOT / "benchmarks" / "results" / f"upgrade-postgresql-{chosen.size}.json"
    former = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for way in ("up", "down"):
        # What was not measured this time keeps its former figures.
        result[way] = dict(sorted((former.get(way, {}) | result[way]).items()))
    kept.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if slow := exceeding(result):
        raise SystemExit(f"somebody waited for longer than {BAR_SECONDS} s: {', '.join(slow)}")


if __name__ == "__main__":
    main()
