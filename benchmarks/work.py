"""Beside the pages: saves, lists a second by two workers, a worker's memory after 10,000 requests, the first request.

``python -m benchmarks.work --size 100000 --database sqlite`` prints and writes ``results/work-<database>-<size>.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app
from app.extensions import db
from app.models import Expert
from app.services.unit_of_work import transactional
from benchmarks.compare import PLACE, RESULTS, facts_for
from benchmarks.databases import pair
from benchmarks.pages import DJANGO, DJANGO_INDEXED, PAGES, PEERS, REGISTRY
from benchmarks.peer_process import PeerProcess, is_installed, started
from benchmarks.peers.asking import Facts
from benchmarks.rotation import environment
from config import load

SAVES, SECONDS, REQUESTS, SETTLED = 200, 5.0, 10_000, 1000
SAVE_AT_MOST, MEGABYTES_AT_MOST, GROWTH_AT_MOST, THROUGHPUT_AT_LEAST = 2.0, 250.0, 10.0, 8.0


@transactional
def save(n: int, turn: int) -> None:
    """An expert's name, employer and place change: everything that a search, a sort or a scope is kept for."""
    expert = db.session.get_one(Expert, n)
    expert.name, expert.employer = f"王建国{'甲乙丙丁'[turn % 4]}", f"第{turn}地质勘察院"
    expert.region_code = ("530102", "530302")[turn % 2]


def saves(own: str, bare: str, size: int, folder: Path, times: int = SAVES) -> dict[str, float]:
    """Milliseconds of a save with the product's indexes and triggers and without, one after the other."""
    apps: dict[str, Flask] = {
        name: create_app(load(environment(url, folder, 1))) for name, url in (("with", own), ("without", bare))
    }
    spent: dict[str, list[float]] = {name: [] for name in apps}
    for turn in range(times):
        for name, app in apps.items():
            with app.app_context():
                began = time.perf_counter()
                save(turn * 7919 % size + 1, turn)
                spent[name].append((time.perf_counter() - began) * 1000)
                db.session.remove()
    for app in apps.values():
        with app.app_context():
            db.engine.dispose()
    return {f"{name}_ms": round(statistics.median(all_of[5:]), 3) for name, all_of in spent.items()}


def _kept_busy(peer: PeerProcess, seconds: float) -> int:
    done, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        peer.ask("list_first")
        done += 1
    return done


def throughput(name: str, facts: Facts, log: Path, seconds: float = SECONDS) -> float:
    """Lists a second that two workers give, each kept busy."""
    with started(name, facts, log) as one, started(name, facts, log) as other, ThreadPoolExecutor(2) as pool:
        for peer in (one, other):
            peer.ask("list_first")
        return round(sum(pool.map(_kept_busy, (one, other), (seconds, seconds))) / seconds, 1)


def endurance(facts: Facts, log: Path, requests: int = REQUESTS, settled: int = SETTLED) -> dict[str, float]:
    """A worker's memory and statements over so many requests to every page in turn, the first ones told apart."""
    statements, after, last = 0, 0.0, 0.0
    with started(REGISTRY, facts, log) as peer:
        # Documents are made by libraries whose work is measured by itself.
        pages = sorted(page for page in peer.pages if PAGES[page].statements is not None)
        for number in range(1, requests + 1):
            given = peer.ask(pages[number % len(pages)])
            statements, last = statements + given["statements"], given["rss"]
            if number == settled:
                after = last
    return {
        "requests": requests,
        "statements_each": round(statements / requests, 2),
        "megabytes": round(last, 1),
        "growth_megabytes": round(last - after, 1),
    }


def first_requests(facts: Facts, log: Path) -> dict[str, float]:
    """Milliseconds of the first request to a page in a new process, whose connection has read nothing yet.

    What the operating system, or PostgreSQL's shared buffers, hold of the files stays: dropping it needs root.
    """
    found = {}
    for page in ("list_first", "filter_status", "search_two_characters", "sort_name", "detail"):
        with started(REGISTRY, facts, log) as peer:
            found[page] = round(peer.ask(page)["ms"], 1)
    return found


def run(kind: str, size: int, folder: Path, reuse: bool = False, leave: bool = False) -> dict[str, Any]:
    """Everything above."""
    with pair(kind, size, folder, reuse, leave) as (own, bare):
        facts, log = facts_for(own, bare, size, folder), folder / "work.log"
        return {
            "first_request_ms": first_requests(facts[REGISTRY], log),
            "lists_a_second": {name: throughput(name, facts[name], log) for name in PEERS if is_installed(name)},
            "endurance": endurance(facts[REGISTRY], log),
            "save": saves(own, bare, size, folder),  # last: it changes rows
        }


def failures(result: dict[str, Any]) -> list[str]:
    """A line for each bar that is missed."""
    saved, kept, lists = result["save"], result["endurance"], result["lists_a_second"]
    theirs = [lists[name] for name in (DJANGO, DJANGO_INDEXED) if name in lists]
    held = [
        ("a save, times that without indexes and triggers", saved["with_ms"] / saved["without_ms"], SAVE_AT_MOST),
        ("megabytes of a worker", kept["megabytes"], MEGABYTES_AT_MOST),
        ("growth in megabytes", kept["growth_megabytes"], GROWTH_AT_MOST),
    ]
    lines = [f"{what} {value:.3g}, bar {bar:g}" for what, value, bar in held if value > bar]
    if theirs and lists[REGISTRY] < THROUGHPUT_AT_LEAST * max(theirs):
        lines.append(f"lists a second, times Django {lists[REGISTRY] / max(theirs):.3g}, bar {THROUGHPUT_AT_LEAST:g}")
    return lines


def main() -> int:
    """Measures, prints, keeps the result; 1 with ``--strict`` where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--reuse", action="store_true", help="use the databases that the last run has left")
    parser.add_argument("--leave", action="store_true", help="leave the databases for another run")
    parser.add_argument("--strict", action="store_true", help="a missed bar is a failure")
    chosen = parser.parse_args()
    result = run(chosen.database, chosen.size, PLACE, chosen.reuse, chosen.leave)
    text, short = json.dumps(result, indent=1), failures(result)
    print(text, *(f"MISSED {line}" for line in short), sep="\n")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"work-{chosen.database}-{chosen.size}.json").write_text(text + "\n", encoding="utf-8")
    return int(chosen.strict and bool(short))


if __name__ == "__main__":
    sys.exit(main())
