"""What the words in the box may mean, and what may not stand in an address."""

from __future__ import annotations

import pytest

from app.domain.identity import looks_personal
from app.domain.search import LONGEST, Sought, read


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("", Sought("")),
        ("  王 ", Sought("王", name="王")),
        ("王建国", Sought("王建国", name="王建国")),
        ("买买提.艾力", Sought("买买提.艾力", name="买买提.艾力")),
        ("买买提•艾力", Sought("买买提·艾力", name="买买提·艾力")),
        ("𬱖", Sought("𬱖", name="𬱖")),
        ("王U+2CB76", Sought("王𬭶", name="王𬭶")),
        ("W", Sought("W")),
        ("WjG", Sought("WjG", letters="wjg", number="WJG")),
        ("ｗｊｇ", Sought("ｗｊｇ", letters="wjg", number="WJG")),
        ("w j g", Sought("w j g", letters="wjg", number="WJG")),
        ("yns2020", Sought("yns2020", number="YNS2020")),
        ("SB00000012", Sought("SB00000012", number="SB00000012", case=12)),
        ("sb12", Sought("sb12", number="SB12", case=12)),
        ("00000012", Sought("00000012", case=12)),
        ("0", Sought("0")),
        ("'%_\\", Sought("'%_\\")),
        ("王\x00建", Sought("王建", name="王建")),
        ("王" * 99, Sought("王" * LONGEST, name="王" * LONGEST)),
    ],
)
def test_words_are_sorted_out(typed: str, sought: Sought) -> None:
    assert read(typed) == sought


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000", "+86 138 0013 8000", "138-0013-8000", "１３８００１３８０００", "张三13800138000", "8613800138000",
        "530102197505200011", "53010219750520001x", "530102 19750520 0011", "530102750520001", "1380013800",
        "李四 530102 19750520 0011",
    ],
)  # fmt: skip
def test_numbers_of_people_are_recognized(typed: str) -> None:
    assert looks_personal(typed)


@pytest.mark.parametrize("typed", ["", "王建国", "YNS20201015001", "YNS202010151000", "SB00000012", "123456789", "wjg"])
def test_other_words_are_not(typed: str) -> None:
    assert not looks_personal(typed)
