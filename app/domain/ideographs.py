"""汉字, in every plane: what a name may be written with, whatever the age of Python's own tables."""

from __future__ import annotations

BLOCKS = (
    (0x4E00, 0x9FFF),  # the basic block
    (0x3400, 0x4DBF),  # extension A
    (0x20000, 0x2A6DF),  # B
    (0x2A700, 0x2B739),  # C
    (0x2B740, 0x2B81D),  # D
    (0x2B820, 0x2CEA1),  # E
    (0x2CEB0, 0x2EBE0),  # F
    (0x2EBF0, 0x2EE5D),  # I
    (0x30000, 0x3134A),  # G
    (0x31350, 0x323AF),  # H
)
"""First and last code point of each block of CJK unified ideographs in GB 18030-2022 with its amendment."""
_AMONG_COMPATIBLE = frozenset("﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩")
"""Twelve unified ones that stand among the compatibility ideographs; 97,680 in all (level 3)."""


def is_ideograph(character: str) -> bool:
    """Whether ``character`` is a CJK unified ideograph of GB 18030-2022."""
    return character in _AMONG_COMPATIBLE or any(first <= ord(character) <= last for first, last in BLOCKS)
