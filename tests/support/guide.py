"""What the guide for administrators says to type, block by block."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.support.source import ROOT

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(sh(?: manual)?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """``mark``: ``sh``, or ``sh manual`` for what needs systemd, root or another host."""

    mark: str
    text: str


BLOCKS = [Block(*found) for found in _BLOCK.findall(GUIDE)]
