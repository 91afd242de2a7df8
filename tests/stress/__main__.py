"""Runs everything on one database, prints a table, keeps the figures as JSON beside the benchmarks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from benchmarks import rotation
from tests.stress import backing, filing, killing, once, racing, reminding
from tests.stress.installation import installation

Figures = dict[str, Any]
RESULTS = Path(rotation.__file__).parent / "results"


@dataclass(frozen=True)
class Trial:
    """What is tried on an installation of its own, and how often: in full, and in CI."""

    run: Callable[[Flask, int], Figures]
    full: int
    short: int


TRIALS = {
    "filing": Trial(filing.run, 300, 32),
    "racing": Trial(racing.run, 500, 6),
    "killing": Trial(killing.run, 50, 0),
    "reminding": Trial(reminding.run, 5, 0),
    "backing": Trial(backing.run, 20, 0),
    "once": Trial(once.run, 20, 1),
}


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--short", action="store_true", help="as often as CI has time for; keeps no result")
    parser.add_argument("--times", type=int, help="as often as this, whatever the trial")
    parser.add_argument("--only", choices=tuple(TRIALS), action="append")
    chosen = parser.parse_args()
    figures: dict[str, Figures] = {}
    for name in chosen.only or TRIALS:
        trial = TRIALS[name]
        with installation(chosen.database) as app:
            figures[name] = trial.run(app, chosen.times or (trial.short if chosen.short else trial.full))
        for key, value in figures[name].items():
            print(f"{chosen.database:<11} {name:<10} {key:<28} {value}", flush=True)
    if not chosen.short:
        _keep(RESULTS / f"stress-{chosen.database}.json", figures)


def _keep(path: Path, figures: dict[str, Figures]) -> None:
    """What was not tried this time keeps its former figures."""
    former = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(former | figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
