"""What the figures say: a table to read, and the bars that were missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.pages import AT_10_000, DJANGO, DJANGO_INDEXED, FLOOR, LABELS, PAGES, PEERS, REGISTRY

Figures = Mapping[str, Mapping[str, Mapping[str, float]]]
MILLION = 1_000_000


def head() -> str:
    """What stands above each ``line``."""
    names = "".join(f"{name:>22}" for name in PEERS)
    return f"milliseconds: median /90th percentile (statements)\n{'page':<26}{names}{'x floor':>10}{'x Django':>10}"


def line(page: str, peers: Mapping[str, Mapping[str, float]]) -> str:
    """Median, 90th percentile and statements of each peer, and how the product compares."""
    cells = "".join(f"{_cell(peers.get(name)):>22}" for name in PEERS)
    ratios = (f"{ratio:.3g}" if ratio else "-" for ratio in (times_floor(peers), times_django(peers)))
    return f"{page:<26}{cells}" + "".join(f"{ratio:>10}" for ratio in ratios)


def _cell(one: Mapping[str, float] | None) -> str:
    return f"{one['median_ms']:.1f} /{one['p90_ms']:.1f} ({one['statements']:.0f})" if one else "-"


def times_floor(peers: Mapping[str, Mapping[str, float]]) -> float | None:
    """The product's time as a multiple of the floor's."""
    return peers[REGISTRY]["median_ms"] / peers[FLOOR]["median_ms"] if FLOOR in peers else None


def times_django(peers: Mapping[str, Mapping[str, float]]) -> float | None:
    """The product's time as a multiple of the better Django's."""
    theirs = [peers[name]["median_ms"] for name in (DJANGO, DJANGO_INDEXED) if name in peers]
    return peers[REGISTRY]["median_ms"] / min(theirs) if theirs else None


def missed(figures: Figures, size: int, small: Figures | None) -> list[str]:
    """A line for each bar that the product misses; ``small`` are the figures at 10,000 experts."""
    return [
        f"{page} ({PAGES[page].label}): {what} {value:.3g}, bar {bar:g}"
        for page, peers in figures.items()
        for what, value, bar in _held(page, peers, size, (small or {}).get(page))
        if value > bar
    ]


def _held(
    page: str, peers: Mapping[str, Mapping[str, float]], size: int, small: Mapping[str, Mapping[str, float]] | None
) -> Iterator[tuple[str, float, float]]:
    bars, own = PAGES[page], peers[REGISTRY]
    if bars.statements is not None:
        yield "statements", own["statements"], bars.statements
    if bars.milliseconds is not None:
        yield "milliseconds", own["median_ms"], bars.milliseconds
    if bars.floor and (ratio := times_floor(peers)):
        yield "times the floor", ratio, bars.floor
    most = bars.django if size >= MILLION else AT_10_000.get(page) if size == 10_000 else None
    if most and (ratio := times_django(peers)):
        yield f"times the better {LABELS[DJANGO].split()[0]}", ratio, most
    if bars.growth and small and size >= MILLION:
        yield "times the same at 10,000", own["median_ms"] / small[REGISTRY]["median_ms"], bars.growth
