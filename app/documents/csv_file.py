"""A table as CSV that a spreadsheet opens: UTF-8 with a byte order mark, and no cell that it would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

Cells = tuple[str, ...]

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""OWASP, CSV Injection; the wide forms are read as formulas by Chinese and Japanese editions."""


def render_csv(rows: Iterable[Cells]) -> bytes:
    """The rows, lines ended by CR LF (RFC 4180). A cell that would begin a formula begins with ``'``."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_BEGINS_A_FORMULA) else cell
