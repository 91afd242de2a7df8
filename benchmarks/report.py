"""``python -m benchmarks.report``: writes what was measured into README, as a picture and as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.compare import Figures, earlier
from benchmarks.pages import LABELS, PAGES, PEERS, REGISTRY
from benchmarks.picture import picture
from benchmarks.rotation import ROOT
from benchmarks.verdict import missed

SIZES = (10_000, 100_000, 1_000_000)
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"
PICTURE = "docs/benchmark.svg"

Results = Mapping[str, Mapping[int, Figures]]


def results() -> Results:
    """Database to size to figures, of what was measured."""
    found = {kind: {size: earlier(kind, size) for size in SIZES} for kind in DATABASES}
    return {kind: {size: one for size, one in sizes.items() if one} for kind, sizes in found.items()}


def text(measured: Results) -> str:
    """The part of README between the markers."""
    lines = [f"![每页的服务器时间，毫秒，对数刻度 / milliseconds of server time, log scale]({PICTURE})", ""]
    for kind, sizes in measured.items():
        if not sizes:
            continue
        largest = max(sizes)
        lines += [
            f"{DATABASES[kind]}，{largest:,} 位专家：毫秒中位数（查询次数）/ median milliseconds (statements)",
            "",
        ]
        lines += [*_table(sizes[largest]), ""]
        if len(sizes) > 1:
            lines += [f"{DATABASES[kind]}，本系统随专家人数 / the product by number of experts：毫秒 / ms", ""]
            lines += [*_growth(sizes), ""]
        lines += _missed(kind, sizes)
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _head(cells: Sequence[str]) -> list[str]:
    return [_row(cells), _row(["---"] * len(cells))]


def _table(figures: Figures) -> Iterator[str]:
    yield from _head(["", *(LABELS[name] for name in PEERS)])
    for page, peers in figures.items():
        cells = (
            f"{one['median_ms']:.3g}（{one['statements']:.0f}）" if (one := peers.get(name)) else "" for name in PEERS
        )
        yield _row([f"{PAGES[page].label} / {PAGES[page].english}", *cells])


def _growth(sizes: Mapping[int, Figures]) -> Iterator[str]:
    yield from _head(["", *(f"{size:,}" for size in sizes)])
    for page in next(iter(sizes.values())):
        cells = [f"{one[page][REGISTRY]['median_ms']:.3g}" if page in one else "" for one in sizes.values()]
        yield _row([PAGES[page].label, *cells])


def _missed(kind: str, sizes: Mapping[int, Figures]) -> list[str]:
    lines = [f"- {size:,}：{line}" for size in sizes for line in missed(sizes[size], size, sizes.get(SIZES[0]))]
    return [f"没有达到的目标 / bars missed（{DATABASES[kind]}）：", "", *lines, ""] if lines else []


def written(readme: str, part: str) -> str:
    """``readme`` with ``part`` between its markers. Raises ValueError where it has none."""
    if BEGIN not in readme or END not in readme:
        raise ValueError(f"README has no {BEGIN} … {END}")
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{part.strip()}\n{END}", readme, flags=re.DOTALL)


def main() -> None:
    """Writes the picture and README."""
    measured = results()
    largest = max((size for sizes in measured.values() for size in sizes), default=None)
    if largest is None:
        return
    panels = {f"{DATABASES[kind]}": sizes[largest] for kind, sizes in measured.items() if largest in sizes}
    title = f"{largest:,} 位专家，一页的服务器时间 / server time of a page, {largest:,} experts"
    (ROOT / PICTURE).write_text(picture(panels, title), encoding="utf-8")
    readme: Path = ROOT / "README.md"
    readme.write_text(written(readme.read_text(encoding="utf-8"), text(measured)), encoding="utf-8")


if __name__ == "__main__":
    main()
