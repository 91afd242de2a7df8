"""The product beside its peers, page by page on the same rows: ``make bench SIZE=1000000 DB=postgresql``.

Each peer runs in a process of its own; a page is asked of one after the other, round after round, so that what
disturbs the machine disturbs all. Status 200 and the same rows from every peer come before any time is compared.
Times are those that the server takes, without a network. Writes ``results/<database>-<size>.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from benchmarks import words
from benchmarks.databases import pair
from benchmarks.pages import OWN, PAGES, PEERS, REGISTRY
from benchmarks.peer_process import PeerProcess, all_started
from benchmarks.peers.asking import Facts
from benchmarks.rotation import ROOT
from benchmarks.verdict import head, line, missed

RESULTS = Path(__file__).parent / "results"
PLACE = ROOT / "instance" / "bench"
ROUNDS, FEWEST = 61, 5
SECONDS = 2.0
"""A peer has had enough of a page after so long, and ``FEWEST`` times."""
COUNTY, PREFECTURE = "530102", "530100"

Figures = dict[str, dict[str, dict[str, float]]]


def facts_for(own: str, bare: str, size: int, folder: Path) -> dict[str, Facts]:
    """What each peer is told."""
    chosen = size // 2
    return {
        name: Facts(
            url=own if name in OWN else bare, folder=str(folder), size=size, expert_id=chosen, saved_id=chosen + 1,
            county=COUNTY, prefecture=PREFECTURE, name=words.SEARCHED_NAME, absent_name=words.ABSENT_NAME,
            employer=words.SEARCHED_EMPLOYER, absent_employer=words.ABSENT_EMPLOYER,
            one_character=words.ONE_CHARACTER,
        )
        for name in PEERS
    }  # fmt: skip


def name_in(url: str, key: int) -> str:
    """The name of an expert."""
    engine = create_engine(make_url(url.replace("postgresql://", "postgresql+psycopg://")))
    with engine.connect() as connection:
        found: str = connection.execute(text("SELECT name FROM expert WHERE id = :key"), {"key": key}).scalar_one()
    engine.dispose()
    return found


def warmed(page: str, peers: list[PeerProcess], name: str, size: int) -> list[PeerProcess]:
    """Those who show the page of ``size`` experts, asked a few times.

    Raises RuntimeError where their rows differ, or one's detail does not show the expert's ``name``.
    """
    kept = PEERS if PAGES[page].is_compared(size) else (REGISTRY,)
    showing = [peer for peer in peers if page in peer.pages and peer.name in kept and peer.name not in PAGES[page].ties]
    rows: dict[str, list[int]] = {}
    for peer in showing:
        for _ in range(3):
            given = peer.ask(page, name)
            if given["ms"] > 500:
                break
        if page == "detail" and not given["shows"]:
            raise RuntimeError(f"{peer.name} does not show the expert")
        rows[peer.name] = [] if page == "detail" else given["ids"]
    if len({tuple(ids) for ids in rows.values()}) > 1:
        raise RuntimeError(f"{page}: the peers show different rows: {rows}")
    return showing


def measured(
    page: str, peers: list[PeerProcess], name: str, size: int, rounds: int = ROUNDS
) -> dict[str, dict[str, float]]:
    """Median, 90th percentile and statements of each peer, in milliseconds."""
    spent: dict[str, list[float]] = defaultdict(list)
    statements: dict[str, int] = {}
    showing = warmed(page, peers, name, size)
    for _ in range(rounds):
        for peer in showing:
            times = spent[peer.name]
            if len(times) >= FEWEST and sum(times) > SECONDS * 1000:
                continue
            given = peer.ask(page)
            times.append(given["ms"])
            statements[peer.name] = given["statements"]
        showing = showing[1:] + showing[:1]  # nobody always comes after the same neighbour
    return {
        peer.name: {
            "median_ms": round(statistics.median(spent[peer.name]), 3),
            "p90_ms": round(statistics.quantiles(spent[peer.name], n=10)[-1], 3),
            "statements": statements[peer.name],
        }
        for peer in sorted(showing, key=lambda one: PEERS.index(one.name))
    }


def compare(
    kind: str, size: int, folder: Path, pages: list[str], rounds: int = ROUNDS, reuse: bool = False, leave: bool = False
) -> Figures:
    """The whole comparison, each page printed when it is done.

    Raises RuntimeError for a page that fails, or rows that differ.
    """
    with (
        pair(kind, size, folder, reuse, leave) as (own, bare),
        all_started(facts_for(own, bare, size, folder), folder) as peers,
    ):
        name = name_in(own, size // 2)
        figures: Figures = {}
        print(head(), flush=True)
        for page in pages:
            figures[page] = measured(page, peers, name, size, rounds)
            print(line(page, figures[page]), flush=True)
        return figures


def earlier(kind: str, size: int = 10_000) -> Figures | None:
    """The result at that size, if it was measured."""
    path = RESULTS / f"{kind}-{size}.json"
    found: Any = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return found


def main() -> int:
    """Compares, prints, and keeps the result beside this file; 1 with ``--strict`` where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--pages", nargs="+", default=list(PAGES), choices=PAGES, help="these alone, unwritten")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--reuse", action="store_true", help="use the databases that the last run has left")
    parser.add_argument("--leave", action="store_true", help="leave the databases for another run")
    parser.add_argument("--strict", action="store_true", help="a missed bar is a failure")
    chosen = parser.parse_args()
    figures = compare(chosen.database, chosen.size, PLACE, chosen.pages, chosen.rounds, chosen.reuse, chosen.leave)
    short = missed(figures, chosen.size, earlier(chosen.database))
    print("\n".join(f"MISSED {line}" for line in short) or "every bar is met")
    if chosen.pages == list(PAGES):
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{chosen.database}-{chosen.size}.json"
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(chosen.strict and bool(short))


if __name__ == "__main__":
    sys.exit(main())
