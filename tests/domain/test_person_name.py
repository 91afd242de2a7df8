"""A person's name: what makes two writings the same, and what a stranger is shown of it."""

from __future__ import annotations

import pytest

from app.domain.person_name import comparable, masked_name, with_middle_dots, written_out


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳修", "欧阳*"),
        ("欧阳文忠", "欧阳**"),
        ("欧阳", "欧*"),
        ("欧文", "欧*"),
        ("阿卜杜拉·买买提", "阿***·***"),
        ("𠮷野", "𠮷*"),
        ("𬱖", "*"),
        ("John Smith", "J*** *****"),
        ("", ""),
    ],
)
def test_a_stranger_sees_the_family_name_and_how_long_the_rest_is(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        (" 张　三\u200b", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉･买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("ＪＯＨＮ smith", "John Smith"),
        ("ｙｎｓ２０２０１０１５ 001", "YNS20201015001"),
        ("\u202dYNS20201015001\u202c", "YNS20201015001"),
        ("王U+2CB76", "王𬭶"),
    ],
)
def test_two_writings_of_the_same_are_alike(typed: str, printed: str) -> None:
    assert comparable(typed) == comparable(printed)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [("张山", "张三"), ("吉野", "𠮷野"), ("张", "张三"), ("阿卜杜拉买买提", "阿卜杜拉·买买提"), ("", "张三")],
)
def test_another_name_is_another(typed: str, printed: str) -> None:
    assert comparable(typed) != comparable(printed)


def test_every_keyboards_dot_is_the_middle_dot() -> None:
    assert with_middle_dots("a•b‧c・d∙e⋅f●g·h") == "a·b·c·d·e·f·g·h"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("王U+2CB76", "王𬭶"),
        ("王u+2cb76明", "王𬭶明"),
        ("Ｕ＋4E00", "一"),
        ("U+4E00U+2CB76", "一𬭶"),
        ("U+FA0E", "﨎"),
        ("U+F900", "U+F900"),  # a compatibility ideograph
        ("U+0041", "U+0041"),
        ("U+D800", "U+D800"),
        ("U+2CB767", "U+2CB767"),
        ("U+110000", "U+110000"),
    ],
)
def test_an_ideograph_may_be_written_as_its_code_point(typed: str, meant: str) -> None:
    assert written_out(typed) == meant
