"""统计分析 as pictures: SVG that stands alone, on white, with whose figures they are and as of when."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from app.domain.statistics import EXPERTS, Block, Figure, Statistics

COVERAGE = "coverage"
SHADES = 5
"""From the fewest to the most."""

_INK, _SOFT, _LINE, _BLUE, _TRACK, _RED = "#1f2933", "#52606d", "#d5dbe3", "#1f5fbf", "#eef1f5", "#b0201a"
_FILLS = ("#fdeceb", "#eef4fd", "#d8e6fa", "#a9c8f2", "#5f97e0", "#1f5fbf")
_FONT = "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_MARGIN, _HEAD, _FOOT = 24, 84, 44
_WIDTH, _ROW, _LABEL, _NUMBER = 760, 28, 236, 72
_CELL, _INDUSTRY, _FIELD, _LINE_HEIGHT = 62, 120, 190, 26


def shade_of(figure: Figure, most: int) -> int:
    """How dark a figure is among others of which the largest is ``most``; 0 is what lacks."""
    return -(-figure.count * SHADES // most)


def render_picture(statistics: Statistics, block: Block, source: str) -> str:
    """One block: a bar for each figure. ``source`` is the name of who publishes it."""
    room = _WIDTH - 2 * _MARGIN - _LABEL - _NUMBER
    parts = []
    for n, figure in enumerate(block.figures):
        top, bar = _HEAD + n * _ROW, _MARGIN + _LABEL + _NUMBER
        middle = top + _ROW / 2 + 5
        parts += [
            _text(_MARGIN, middle, _fitted(figure.label, 16)),
            _text(bar - 12, middle, f"{figure.count}", anchor="end", weight="600"),
            _box(bar, top + 8, room, _ROW - 16, _TRACK),
            _box(bar, top + 8, round(figure.count * room / block.most), _ROW - 16, _BLUE),
        ]
    title = f"{statistics.place}　{block.title}（{block.unit}）"
    note = f"{statistics.people}。{block.note}" if block.of == EXPERTS else block.note
    return _sheet(statistics, title, note, source, _WIDTH, len(block.figures) * _ROW, parts)


def render_coverage(statistics: Statistics, source: str) -> str:
    """重点领域 × 地区, the darker the more; what lacks says so."""
    coverage, parts = statistics.coverage, []
    left = _MARGIN + _INDUSTRY + _FIELD
    for column, place in enumerate(coverage.places):
        middle = left + column * _CELL + _CELL / 2
        parts.append(_text(middle, _HEAD + 17, _fitted(place, 5), anchor="middle", size=12, weight="600"))
    for n, (industry, field, figures) in enumerate(coverage.rows, 1):
        top = _HEAD + n * _LINE_HEIGHT
        parts += [_text(_MARGIN, top + 17, _fitted(industry, 9), size=12, fill=_SOFT)]
        parts += [_text(_MARGIN + _INDUSTRY, top + 17, _fitted(field, 15), size=12)]
        for column, figure in enumerate(figures):
            at, shade = left + column * _CELL, shade_of(figure, coverage.most)
            ink = _RED if not figure.count else "#ffffff" if shade >= SHADES - 1 else _INK
            parts.append(_box(at, top, _CELL - 2, _LINE_HEIGHT - 2, _FILLS[shade]))
            said = f"{figure.count}" if figure.count else "缺"
            parts.append(_text(at + _CELL / 2 - 1, top + 17, said, anchor="middle", size=12, fill=ink))
    width = left + max(len(coverage.places), 5) * _CELL + _MARGIN
    note = f"{statistics.people}。每个重点领域的人数；“缺”是没有该领域专家的地区。"
    title = f"{statistics.place}　领域覆盖（人数）"
    return _sheet(statistics, title, note, source, width, (len(coverage.rows) + 1) * _LINE_HEIGHT, parts)


def _sheet(
    statistics: Statistics, title: str, note: str, source: str, width: int, height: int, parts: Iterable[str]
) -> str:
    whole = _HEAD + height + _FOOT
    foot = f"来源：{source}　{statistics.as_of}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{whole}" viewBox="0 0 {width} {whole}"'
            f' role="img" font-family="{escape(_FONT)}" font-size="14" fill="{_INK}">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(foot)}</desc>",
            _box(0, 0, width, whole, "#ffffff"),
            _text(_MARGIN, 36, title, size=18, weight="600"),
            _text(_MARGIN, 60, note, size=12, fill=_SOFT),
            *parts,
            _box(_MARGIN, whole - 32, width - 2 * _MARGIN, 1, _LINE),
            _text(_MARGIN, whole - 12, foot, size=12, fill=_SOFT),
            "</svg>\n",
        ]
    )


def _fitted(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 14, weight: str = "400", fill: str = _INK
) -> str:
    look = f'text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{fill}"'
    return f'<text x="{x:g}" y="{y:g}" {look}>{escape(text)}</text>'


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"/>'
