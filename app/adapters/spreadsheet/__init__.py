"""Reading workbooks of strangers (.xlsx), by python-calamine in a process whose memory and time are bounded."""

from __future__ import annotations

import json
import subprocess  # nosec B404  # of our own program, by its path
import sys
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import Invalid

__all__ = ["Sheet", "read_sheet"]

_CHILD = Path(__file__).with_name("child.py")
_WAIT_SECONDS = 120
UNREADABLE = "读不出这份表格：文件可能已损坏，或者表格中有内容的区域太大。请把内容复制到新下载的模板中再上传。"


@dataclass(frozen=True)
class Sheet:
    """The rows that have anything: number as in Excel, and its cells as text from column A on.

    ``is_whole`` is whether there are no more.
    """

    rows: list[tuple[int, list[str]]] = field(repr=False)
    is_whole: bool


def read_sheet(data: bytes, preferred: str, rows_at_most: int) -> Sheet:
    """Reads the sheet of the ``preferred`` name, or the first that is not hidden. Raises ``Invalid``.

    Formulas give the values that were saved with them. The file passes through pipes and touches no disk.
    """
    command = [sys.executable, "-I", str(_CHILD), preferred, str(rows_at_most)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_WAIT_SECONDS, check=True)  # nosec B603
        lines = [json.loads(line) for line in done.stdout.decode("utf-8", "surrogatepass").split("\n") if line]
    except (subprocess.SubprocessError, ValueError):
        # What the reader says of a file may hold what is in it: it is told to nobody.
        raise Invalid(UNREADABLE, field="file") from None
    *rows, is_whole = lines
    return Sheet([(number, cells) for number, cells in rows], is_whole)
