"""The first letters of a name, in every plane of characters."""

from __future__ import annotations

import pytest

from app.domain.ideographs import BLOCKS
from app.domain.pinyin import initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("王建国", "wjg"),
        ("吕布", "lb"),
        ("欧阳修", "oyx"),
        ("曾国藩", "zgf"),  # as a family name, not céng
        ("国曾", "gc"),
        ("单雄信", "sxx"),
        ("尉迟恭", "ycg"),
        ("尉健行", "wjx"),
        ("万俟卨", "mqx"),
        ("长孙无忌", "zswj"),
        ("买买提·艾力", "mmtal"),
        ("Ａli·王", "aliw"),
        ("John Smith", "johnsmith"),
        ("嗯", "n"),
        ("〇一", "ly"),
        ("王𬱖", "wd"),
        ("王\U0003134a", "w"),  # the last of extension G, which has no reading
        ("", ""),
        ("  ", ""),
        ("1·2", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_nothing_but_small_letters_whatever_the_character() -> None:
    with_reading = 0
    for first, last in BLOCKS:
        for code in range(first, last + 1):
            letters = initials("一" + chr(code))
            assert letters in ("y", *(f"y{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")), hex(code)
            with_reading += len(letters) == 2
    assert with_reading > 41_000
