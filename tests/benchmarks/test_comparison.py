"""The comparison in short: every peer that is installed shows the same rows, and what the product asks of the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import compare
from benchmarks.pages import PAGES, PEERS, REGISTRY, SQLADMIN
from benchmarks.peer_process import is_installed
from benchmarks.picture import SHOWN
from tests.support import databases

SIZE = 1000
INSTALLED = [name for name in PEERS if is_installed(name)]
LACKING = "Django and SQLAdmin are not installed: scripts/setup requirements-bench.txt .venv-bench"


@pytest.mark.parametrize("kind", databases.KINDS)
def test_every_peer_shows_the_same_rows_and_the_product_asks_little(kind: str, tmp_path: Path) -> None:
    figures = compare.compare(kind, SIZE, tmp_path, list(PAGES), rounds=2)
    assert list(figures) == list(PAGES)
    for page in SHOWN:
        assert list(figures[page]) == INSTALLED
    for page, peers in figures.items():
        for name, one in peers.items():
            assert set(one) == {"median_ms", "p90_ms", "statements"}
            assert 0 < one["median_ms"] <= one["p90_ms"]
            # The example in SQLAdmin's documentation knows its one user by heart.
            assert one["statements"] > 0 or (page, name) == ("login", SQLADMIN)
    most = {page: bars.statements for page, bars in PAGES.items() if bars.statements is not None}
    assert {page: n for page, n in most.items() if figures[page][REGISTRY]["statements"] > n} == {}
    if len(INSTALLED) < len(PEERS):
        pytest.skip(LACKING)
