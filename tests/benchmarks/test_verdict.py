"""What is said of the figures: bars, table, picture, README."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks import report, work
from benchmarks.pages import PAGES, PEERS, REGISTRY
from benchmarks.picture import SHOWN, picture
from benchmarks.verdict import head, line, missed


def figures(product: float, floor: float = 1.0, others: float = 1000.0) -> dict[str, dict[str, dict[str, float]]]:
    """Of every page that has a bar."""
    spent = {"floor": floor, REGISTRY: product}
    return {
        page: {
            name: {"median_ms": spent.get(name, others), "p90_ms": spent.get(name, others), "statements": 3}
            for name in PEERS
        }
        for page in SHOWN
    }


def test_a_product_within_its_bars_misses_none() -> None:
    assert missed(figures(6.0), 1_000_000, figures(5.0)) == []


@pytest.mark.parametrize(
    ("product", "size", "small", "said"),
    [
        (11.0, 1_000_000, 11.0, "times the floor 11, bar 10"),
        (120.0, 100_000, 120.0, "milliseconds 120, bar 100"),
        (9.0, 1_000_000, 5.0, "times the same at 10,000 1.8, bar 1.6"),
        (300.0, 10_000, 300.0, "times the better Django 0.3, bar 0.25"),
        (30.0, 1_000_000, 30.0, "times the better Django 0.03, bar 0.02"),
    ],
)
def test_each_kind_of_bar_can_be_missed(product: float, size: int, small: float, said: str) -> None:
    assert any(said in line for line in missed(figures(product), size, figures(small)))


def test_a_statement_too_many_is_a_bar_missed() -> None:
    measured = figures(3.0)
    measured["detail"][REGISTRY]["statements"] = 4
    assert missed(measured, 1_000_000, None) == [f"detail ({PAGES['detail'].label}): statements 4, bar 3"]


def test_the_table_has_a_line_for_each_page_and_the_ratios() -> None:
    lines = [line(page, peers) for page, peers in figures(5.0).items()]
    assert [one.split()[0] for one in lines] == list(SHOWN)
    assert lines[0].split()[-2:] == ["5", "0.005"]
    assert len(lines[0]) == len(head().splitlines()[-1])


def test_the_picture_is_svg_with_a_bar_for_each_peer_and_page() -> None:
    root = ElementTree.fromstring(picture({"SQLite": figures(5.0), "PostgreSQL": figures(6.0)}, "一 < 二"))
    bars = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if one.get("height") == "8"]
    assert len(bars) == 2 * len(SHOWN) * len(PEERS)
    long, short = (max(float(bar.get("width", 0)) for bar in bars if bar.get("fill") == colour)
                   for colour in ("#2e7d32", "#b3261e"))  # fmt: skip
    assert long > short


def test_readme_takes_tables_between_its_markers_and_says_what_was_missed() -> None:
    part = report.text({"sqlite": {10_000: figures(5.0), 1_000_000: figures(11.0)}, "postgresql": {}})
    readme = report.written(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", part)
    assert readme.startswith("before\n")
    assert readme.endswith("after\n")
    assert "old" not in readme
    assert "1,000,000：list_first (列表首页): times the floor 11, bar 10" in readme
    with pytest.raises(ValueError, match="benchmark: begin"):
        report.written("nothing here", part)


def test_what_goes_on_beside_the_pages_has_bars_too() -> None:
    good = {
        "save": {"with_ms": 1.9, "without_ms": 1.0},
        "endurance": {"megabytes": 249.0, "growth_megabytes": 9.0},
        "lists_a_second": {"django": 10.0, "django_indexed": 12.0, REGISTRY: 97.0},
    }
    assert work.failures(good) == []
    bad = {
        "save": {"with_ms": 2.1, "without_ms": 1.0},
        "endurance": {"megabytes": 251.0, "growth_megabytes": 11.0},
        "lists_a_second": {"django": 10.0, "django_indexed": 12.0, REGISTRY: 95.0},
    }
    assert len(work.failures(bad)) == 4
