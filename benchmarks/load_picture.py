"""The measurement of many people at once as a picture: for each page the median and the 95th percentile, in SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from math import log10
from typing import Any

LABEL, SCALE, ROW, TOP = 270, 460, 18, 64
LOWEST, HIGHEST = 1, 10_000
"""Milliseconds at the ends of the scale."""
MEDIAN, LATE = "#5c6bc0", "#b3261e"


def picture(result: Mapping[str, Any]) -> str:
    """An SVG; ``result`` as ``benchmarks.load`` keeps it."""
    pages = result["pages"]
    width, height = LABEL + SCALE + 60, TOP + ROW * len(pages) + 26
    title = (
        f"{result['users']} 人同时使用，{result['experts']:,} 位专家，{result['seconds'] / 60:.3g} 分钟："
        f"{result['requests']:,} 次请求，{result['failures']} 次失败，95% 在 {result['p95_ms']} 毫秒以内"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-size="11"'
        f' font-family="system-ui, sans-serif"><title>{escape(title)}</title>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="18" font-size="13">{escape(title)}</text>',
        f'<rect x="8" y="28" width="10" height="10" fill="{MEDIAN}"/><text x="22" y="37">中位数 / median</text>',
        f'<rect x="140" y="28" width="10" height="10" fill="{LATE}"/><text x="154" y="37">95%</text>',
        *_scale(height),
    ]
    for row, (name, page) in enumerate(pages.items()):
        parts += _bars(TOP + ROW * row, name, page)
    return "\n".join([*parts, "</svg>", ""])


def _at(milliseconds: float) -> float:
    """How far along the scale."""
    bounded = min(max(milliseconds, LOWEST), HIGHEST)
    return SCALE * log10(bounded / LOWEST) / log10(HIGHEST / LOWEST)


def _scale(height: int) -> Iterator[str]:
    for power in range(5):
        x = LABEL + _at(10.0**power)
        yield f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{TOP - 6}" y2="{height - 22}" stroke="#ddd"/>'
        yield f'<text x="{x:.0f}" y="{height - 8}" fill="#666" text-anchor="middle">{10**power} ms</text>'


def _bars(y: int, name: str, page: Mapping[str, Any]) -> Iterator[str]:
    yield f'<text x="{LABEL - 8}" y="{y + 10}" text-anchor="end">{escape(name)}</text>'
    for step, (key, colour) in enumerate((("median_ms", MEDIAN), ("p95_ms", LATE))):
        long = _at(page[key])
        yield f'<rect x="{LABEL}" y="{y + 7 * step}" width="{long:.1f}" height="6" fill="{colour}"/>'
        yield f'<text x="{LABEL + long + 3:.1f}" y="{y + 6 + 7 * step}" font-size="7">{page[key]}</text>'
