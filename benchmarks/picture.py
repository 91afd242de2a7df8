"""The comparison as a picture: bars on a logarithmic scale, in SVG, for a light page and a dark one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from math import log10

from benchmarks.pages import DJANGO, DJANGO_INDEXED, FAB, FLOOR, LABELS, PAGES, PEERS, REGISTRY, SQLADMIN

Figures = Mapping[str, Mapping[str, Mapping[str, float]]]
COLOURS = {
    REGISTRY: "#b3261e",
    FLOOR: "#9aa0a6",
    FAB: "#5c6bc0",
    DJANGO: "#2e7d32",
    DJANGO_INDEXED: "#81c784",
    SQLADMIN: "#f9a825",
}
SHOWN = (
    "list_first", "list_last", "filter_status", "filter_status_region", "search_two_characters", "sort_name", "detail",
)  # fmt: skip
ORDER = (REGISTRY, *(name for name in PEERS if name != REGISTRY))
LOWEST, HIGHEST = 0.1, 10_000
"""Milliseconds at the ends of the scale."""
LABEL, SCALE, BAR, GAP, TOP = 190, 440, 9, 12, 64


def picture(panels: Mapping[str, Figures], title: str) -> str:
    """An SVG with one panel for each database, side by side."""
    width = LABEL + (SCALE + 70) * len(panels)
    group = BAR * len(ORDER) + GAP
    height = TOP + group * len(SHOWN) + 26
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-size="11"'
        f' font-family="system-ui, sans-serif"><title>{escape(title)}</title>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="18" font-size="14">{escape(title)}</text>',
        *_legend(),
        *(
            f'<text x="8" y="{TOP + group * row + 20}">{escape(PAGES[page].label)}</text>'
            f'<text x="8" y="{TOP + group * row + 34}" fill="#666" font-size="9">{escape(PAGES[page].english)}</text>'
            for row, page in enumerate(SHOWN)
        ),
    ]
    for number, (name, figures) in enumerate(panels.items()):
        parts += _panel(LABEL + number * (SCALE + 70), name, figures, group, height)
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> Iterator[str]:
    for number, name in enumerate(ORDER):
        x = 8 + number * 112
        yield f'<rect x="{x}" y="28" width="10" height="10" fill="{COLOURS[name]}"/>'
        yield f'<text x="{x + 14}" y="37">{escape(LABELS[name])}</text>'


def _at(milliseconds: float) -> float:
    """How far along the scale."""
    bounded = min(max(milliseconds, LOWEST), HIGHEST)
    return SCALE * (log10(bounded) - log10(LOWEST)) / (log10(HIGHEST) - log10(LOWEST))


def _panel(left: int, name: str, figures: Figures, group: int, height: int) -> Iterator[str]:
    yield f'<text x="{left}" y="56" font-weight="bold">{escape(name)}</text>'
    for power in range(-1, 5):
        x = left + _at(10.0**power)
        yield f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{TOP}" y2="{height - 22}" stroke="#ddd"/>'
        yield f'<text x="{x:.0f}" y="{height - 8}" fill="#666" text-anchor="middle">{10.0**power:g} ms</text>'
    for row, page in enumerate(SHOWN):
        for number, peer in enumerate(ORDER):
            if peer not in figures.get(page, {}):
                continue
            spent, y = figures[page][peer]["median_ms"], TOP + group * row + number * BAR
            yield f'<rect x="{left}" y="{y}" width="{_at(spent):.1f}" height="{BAR - 1}" fill="{COLOURS[peer]}"/>'
            yield f'<text x="{left + _at(spent) + 3:.1f}" y="{y + 8}" font-size="8">{spent:.3g}</text>'
